package course

import (
	"strings"
	"unicode"

	"github.com/kwipper/kwipper/shared/platform/auth"
)

const maxNameRunes = 100

// ViewerOf returns the caller as one who looks at courses.
func ViewerOf(c auth.Caller) Viewer {
	return Viewer{
		UserID: c.UserID, Country: c.Country, DisplayName: shownName(c.DisplayName), Language: c.Language,
		Tutor: c.Registered() && c.HasRole(auth.RoleTutor),
	}
}

// shownName makes a name fit to be shown and stored. Names in tokens can be set by their
// owners past our checks, and a name that a column refuses would hold up a saga for ever.
func shownName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > maxNameRunes {
		name = string(runes[:maxNameRunes])
	}
	return strings.TrimSpace(name)
}
