package auth

import "slices"

// The roles that a token can carry.
const (
	RoleLearner       = "learner"
	RoleTutor         = "tutor"
	RoleAdministrator = "administrator"
)

// Caller is who called: what a verified token says, or zero for somebody without a token.
type Caller struct {
	Subject     string // uid of the identity service
	UserID      string // id of Kwipper's user, empty before RegisterUser
	Country     string // home country, lower case ISO 3166-1 alpha-2
	Roles       []string
	DisplayName string
	Language    string // BCP 47, may be empty
}

// Authenticated reports whether there was a token.
func (c Caller) Authenticated() bool { return c.Subject != "" }

// Registered reports whether the caller is a user of Kwipper.
func (c Caller) Registered() bool { return c.UserID != "" }

// HasRole reports whether the token grants role.
func (c Caller) HasRole(role string) bool { return slices.Contains(c.Roles, role) }

// IsAdministrator reports whether the token grants the administrator's role.
func (c Caller) IsAdministrator() bool { return c.HasRole(RoleAdministrator) }
