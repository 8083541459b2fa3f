package pagetoken_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
)

type filter struct{ Region, Level string }

var jp = filter{"JP", ""}

func newCodec(t testing.TB, key string) *pagetoken.Codec {
	t.Helper()
	codec, err := pagetoken.New([]byte(key))
	require.NoError(t, err)
	return codec
}

func TestTokenSaysWhereTheListGoesOn(t *testing.T) {
	codec := newCodec(t, "0123456789abcdef")
	want := pagetoken.Token{ReadTime: time.Now().UTC(), LastKey: []string{"2026-11-22T00:00:00Z", "jp-1"}}
	text, err := codec.Encode(want, jp)
	require.NoError(t, err)
	got, err := codec.Decode(text, jp)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	beginning, err := codec.Decode("", jp)
	require.NoError(t, err)
	assert.True(t, beginning.IsZero())
}

func TestTokensThatAreRefused(t *testing.T) {
	codec := newCodec(t, "0123456789abcdef")
	encode := func(c *pagetoken.Codec, readTime time.Time, f filter) string {
		text, err := c.Encode(pagetoken.Token{ReadTime: readTime, LastKey: []string{"a"}}, f)
		require.NoError(t, err)
		return text
	}
	good := encode(codec, time.Now(), jp)
	altered := []byte(good)
	altered[len(altered)-6] ^= 1
	for name, test := range map[string]struct{ token, reason string }{
		"altered":      {string(altered), pagetoken.ReasonInvalid},
		"other key":    {encode(newCodec(t, "fedcba9876543210"), time.Now(), jp), pagetoken.ReasonInvalid},
		"other filter": {encode(codec, time.Now(), filter{"MX", ""}), pagetoken.ReasonInvalid},
		"no base64":    {"!!", pagetoken.ReasonInvalid},
		"too short":    {"AAAA", pagetoken.ReasonInvalid},
		"too long":     {string(make([]byte, 5000)), pagetoken.ReasonInvalid},
		"expired":      {encode(codec, time.Now().Add(-time.Hour), jp), pagetoken.ReasonExpired},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := codec.Decode(test.token, jp)
			assert.Equal(t, fault.InvalidArgument, fault.KindOf(err))
			assert.Equal(t, test.reason, fault.ReasonOf(err))
		})
	}
	stale := encode(codec, time.Time{}, jp)
	_, err := codec.Decode(stale, jp)
	assert.NoError(t, err, "a list that is read strongly has no timestamp to expire")
}

func TestShortKeysAreRefused(t *testing.T) {
	_, err := pagetoken.New([]byte("short"))
	assert.Error(t, err)
	t.Setenv("PAGE_TOKEN_KEY", "")
	_, err = pagetoken.Open()
	assert.ErrorContains(t, err, "PAGE_TOKEN_KEY")
}

func FuzzDecode(f *testing.F) {
	codec := newCodec(f, "0123456789abcdef")
	good, err := codec.Encode(pagetoken.Token{LastKey: []string{"a"}}, jp)
	require.NoError(f, err)
	f.Add(good)
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := codec.Decode(text, jp)
		if err == nil && text != good && !token.IsZero() {
			t.Errorf("%q was not signed and gives %v", text, token)
		}
	})
}
