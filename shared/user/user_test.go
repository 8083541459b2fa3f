package user_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/user"
)

func profile() user.Profile {
	return user.Profile{DisplayName: "花子", GivenName: "花子", FamilyName: "山田", RegionCode: "JP", TimeZone: "Asia/Tokyo", LanguageCode: "ja"}
}

func TestNewUserHasAnIdMadeFromTheIdentity(t *testing.T) {
	a, err := user.New("uid-1", profile())
	require.NoError(t, err)
	b, err := user.New("uid-1", profile())
	require.NoError(t, err)
	assert.Equal(t, a.ID, b.ID)
	assert.True(t, strings.HasPrefix(a.ID, "jp-"))
	assert.Equal(t, "jp", a.Country)
	assert.Equal(t, []user.Role{user.Learner}, a.Roles)
}

func TestProfileIsChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*user.Profile)
		field  string
	}{
		{"any script", func(p *user.Profile) { p.DisplayName = "นารี ประเสริฐ" }, ""},
		{"joiner", func(p *user.Profile) { p.DisplayName = "ක්\u200dරිස්ටි" }, ""},
		{"no family name", func(p *user.Profile) { p.FamilyName = "" }, ""},
		{"canonical language", func(p *user.Profile) { p.LanguageCode = "es-mx" }, ""},
		{"blank name", func(p *user.Profile) { p.DisplayName = "  " }, "displayName"},
		{"control", func(p *user.Profile) { p.GivenName = "a\x00b" }, "givenName"},
		{"line break", func(p *user.Profile) { p.GivenName = "a\nb" }, "givenName"},
		{"direction override", func(p *user.Profile) { p.FamilyName = "\u202eevil" }, "familyName"},
		{"long", func(p *user.Profile) { p.DisplayName = strings.Repeat("あ", 101) }, "displayName"},
		{"region", func(p *user.Profile) { p.RegionCode = "US" }, "regionCode"},
		{"zone", func(p *user.Profile) { p.TimeZone = "Asia/Atlantis" }, "timeZone"},
		{"machine's zone", func(p *user.Profile) { p.TimeZone = "Local" }, "timeZone"},
		{"language", func(p *user.Profile) { p.LanguageCode = "klingonese-x" }, "languageCode"},
	} {
		p := profile()
		c.change(&p)
		u, err := user.New("uid-1", p)
		if c.field == "" {
			assert.NoError(t, err, c.name)
			continue
		}
		f, ok := fault.Of(err)
		if assert.True(t, ok, c.name) && assert.Len(t, f.Fields, 1, c.name) {
			assert.Equal(t, c.field, f.Fields[0].Name, c.name)
		}
		assert.Empty(t, u.ID, c.name)
	}
}
