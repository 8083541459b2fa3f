package course

import "github.com/kwipper/kwipper/shared/platform/auth"

// ViewerOf returns the caller as one who looks at courses.
func ViewerOf(c auth.Caller) Viewer {
	return Viewer{
		UserID: c.UserID, Country: c.Country, DisplayName: c.DisplayName, Language: c.Language,
		Tutor: c.Registered() && c.HasRole(auth.RoleTutor),
	}
}
