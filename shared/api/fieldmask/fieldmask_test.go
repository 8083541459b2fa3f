package fieldmask_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/api/fieldmask"
	"github.com/kwipper/kwipper/shared/fault"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name, mask, body string
		want             fieldmask.Mask
	}{
		{"body", "", `{"title":"x","etag":"1"}`, fieldmask.Mask{"title": true}},
		{"mask counts first", "text", `{"title":"x"}`, fieldmask.Mask{"text": true}},
		{"nothing", "", `{"etag":"1"}`, fieldmask.Mask{}},
		{"unknown", "state", `{}`, nil},
		{"no object", "", `[]`, nil},
	} {
		got, err := fieldmask.Of(c.mask, []byte(c.body), "title", "text")
		assert.Equal(t, c.want, got, c.name)
		assert.Equal(t, c.want == nil, fault.Is(err, fault.InvalidArgument), c.name)
	}
}

func TestSetChangesOnlyMaskedFields(t *testing.T) {
	mask, err := fieldmask.Of("title", nil, "title", "text")
	require.NoError(t, err)
	title, text := "old", "old"
	fieldmask.Set(mask, "title", &title, "new")
	fieldmask.Set(mask, "text", &text, "new")
	assert.Equal(t, []string{"new", "old"}, []string{title, text})
}
