package httpapi

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseIdempotencyKey(t *testing.T) {
	for header, want := range map[string]string{
		"8e03978e-40d5-43dd-bc93-6894a57f9324":   "8e03978e-40d5-43dd-bc93-6894a57f9324",
		`"8e03978e-40d5-43dd-bc93-6894a57f9324"`: "8e03978e-40d5-43dd-bc93-6894a57f9324",
		`"a \"b\" \\c"`:                          `a "b" \c`,
		" padded ":                               "padded",
		`in"side`:                                `in"side`,
	} {
		key, err := parseIdempotencyKey([]string{header})
		require.NoError(t, err, header)
		assert.Equal(t, want, key)
	}
	for _, header := range []string{"", "  ", `""`, `"`, `"a`, `"a"b"`, `"\x"`, `"a\"`, "Ключ", "a\x7f", strings.Repeat("k", 256)} {
		_, err := parseIdempotencyKey([]string{header})
		assert.Error(t, err, header)
	}
	_, err := parseIdempotencyKey([]string{"a", "b"})
	assert.Error(t, err, "given twice")
}

func TestParseWait(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"wait=3":                           3 * time.Second,
		"respond-async, Wait = 4":          4 * time.Second,
		`wait="5"; x=y`:                    5 * time.Second,
		"wait=3600":                        10 * time.Second,
		"wait=0":                           0,
		"wait=-1":                          0,
		"wait=99999999999999999999999999":  0,
		"wait":                             0,
		"return=minimal":                   0,
		"return=representation, wait=2,,,": 2 * time.Second,
	} {
		wait, _ := parseWait([]string{header})
		assert.Equal(t, want, wait, header)
	}
}

func TestParseIfMatch(t *testing.T) {
	for header, want := range map[string]string{"": "", "*": "", `"v1"`: "v1", `W/"v1"`: "v1", "v1": "v1"} {
		assert.Equal(t, want, parseIfMatch(header), header)
	}
}

func FuzzParseIdempotencyKey(f *testing.F) {
	f.Add("8e03978e")
	f.Add(`"a\"b"`)
	f.Fuzz(func(t *testing.T, header string) {
		key, err := parseIdempotencyKey([]string{header})
		if err == nil && (key == "" || len(key) > maxKeyLength) {
			t.Errorf("%q gives %q", header, key)
		}
	})
}
