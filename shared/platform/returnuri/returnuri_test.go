package returnuri_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/returnuri"
)

func TestCheck(t *testing.T) {
	t.Setenv("RETURN_URI_ALLOWLIST", "https://app.example,http://127.0.0.1:3000")
	for _, uri := range []string{"https://app.example/done?x=1", "http://127.0.0.1:3000/", "https://app.example"} {
		assert.NoError(t, returnuri.Check(uri), uri)
	}
	for _, uri := range []string{
		"", "/done", "http://app.example/", "https://app.example.evil.example/", "https://app.example@evil.example/",
		"https://evil.example/?https://app.example", "javascript:alert(1)", "https://app.example:444/", "//app.example/",
	} {
		assert.Equal(t, "RETURN_URI_NOT_ALLOWED", fault.ReasonOf(returnuri.Check(uri)), uri)
	}
}
