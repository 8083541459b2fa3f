package filter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/pubsub/filter"
)

func TestMatches(t *testing.T) {
	attributes := map[string]string{"command": "Pay", "country": "jp", "iana.org/language_tag": "ja", "empty": "", "NOT": "x"}
	tests := map[string]bool{
		``:                                                 true,
		`   `:                                              true,
		`attributes:command`:                               true,
		`attributes:absent`:                                false,
		`attributes:empty`:                                 true,
		`attributes.command = "Pay"`:                       true,
		`attributes.command="Pay"`:                         true,
		`attributes.command = "pay"`:                       false,
		`attributes.command != "Refund"`:                   true,
		`attributes.absent != "x"`:                         true,
		`attributes.absent = ""`:                           false,
		`attributes."iana.org/language_tag"="ja"`:          true,
		`attributes:"iana.org/language_tag"`:               true,
		`hasPrefix(attributes.command, "Pa")`:              true,
		`hasPrefix(attributes.absent, "")`:                 false,
		`NOT attributes:command`:                           false,
		`-attributes:command`:                              false,
		`NOT NOT attributes:command`:                       true,
		`attributes:command AND attributes.country = "jp"`: true,
		`attributes:absent OR attributes.country = "jp"`:   true,
		`attributes:absent OR (attributes:command AND NOT attributes.country = "id")`:       true,
		`(attributes:absent OR attributes:command) AND -hasPrefix(attributes.country, "j")`: false,
		`attributes:command AND attributes:country AND attributes:absent`:                   false,
		`attributes.command = "\u0050ay"`:                                                   true,
		`attributes.NOT = "x"`:                                                              true,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			parsed, err := filter.Parse(text)
			require.NoError(t, err)
			assert.Equal(t, want, parsed.Matches(attributes))
		})
	}
}

func TestMalformedIsRefused(t *testing.T) {
	for _, text := range []string{
		`command = "Pay"`,
		`attributes`,
		`attributes:`,
		`attributes.command`,
		`attributes.command = Pay`,
		`attributes.command = 'Pay'`,
		`attributes.command = "Pay`,
		`attributes.command < "Pay"`,
		`attributes.iana.org = "x"`,
		`attributes:a AND`,
		`attributes:a attributes:b`,
		`attributes:a AND attributes:b OR attributes:c`,
		`(attributes:a`,
		`attributes:a)`,
		`NOT`,
		`not attributes:a`,
		`hasPrefix(attributes.a)`,
		`hasPrefix(attributes.command, "P", )`,
		`hasPrefix("a", "b")`,
		`attributes:""`,
		`attributes:a # comment`,
		strings.Repeat(" ", 250) + `attributes:a`,
	} {
		_, err := filter.Parse(text)
		assert.Error(t, err, "%s", text)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`attributes:a`, `attributes.a = "b" AND NOT (attributes:c OR -attributes:d)`,
		`hasPrefix(attributes."x.y", "\x41")`, `((((`, `"`, `attributes.a != "\"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := filter.Parse(text)
		if err != nil {
			return
		}
		parsed.Matches(map[string]string{"a": "b"})
		negated, err := filter.Parse("NOT (" + text + ")")
		if err != nil {
			return // too long, or the empty filter
		}
		assert.NotEqual(t, parsed.Matches(nil), negated.Matches(nil))
	})
}
