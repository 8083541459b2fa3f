package httpapi

import (
	"slices"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/auth"
)

// The words of x-kwipper-access. Who meets any of an operation's words may call it.
const (
	accessPublic        = "public"        // no token needed
	accessToken         = "token"         // any valid token
	accessRegistered    = "registered"    // a token with a user id
	accessSelf          = "self"          // the path's {user} is the caller
	accessTutor         = "tutor"         // the tutor's role; ownership is the use case's
	accessAdministrator = "administrator" // the administrator's role
	accessSignature     = "signature"     // a signed body instead of a token
)

// me stands for the caller in a path.
const me = "me"

func (r *Request) allows(word string) bool { return slices.Contains(r.document.Access, word) }

// authorize resolves {user} and checks the caller against the operation's access words.
// A public operation may name any user in its path; all others name one's own, unless
// the caller is an administrator and administrators may.
func (r *Request) authorize() error {
	named, hasUser := r.path["user"]
	if hasUser && named == me {
		if r.caller.Registered() {
			named = r.caller.UserID
		} else if r.caller.Authenticated() {
			return fault.New(fault.NotFound, ReasonNotRegistered, "the caller has not registered yet")
		}
		r.path["user"] = named
	}
	if slices.ContainsFunc(r.document.Access, func(word string) bool { return meets(word, r.caller, named) }) {
		return nil
	}
	if !r.caller.Registered() && !r.caller.IsAdministrator() {
		return fault.New(fault.PermissionDenied, ReasonNotRegistered, "the caller has not registered yet")
	}
	return fault.New(fault.PermissionDenied, auth.ReasonPermissionDenied, "the caller may not do this")
}

// meets reports whether the caller is who an access word names.
func meets(word string, caller auth.Caller, user string) bool {
	switch word {
	case accessPublic, accessSignature:
		return true
	case accessToken:
		return caller.Authenticated()
	case accessRegistered:
		return caller.Registered()
	case accessSelf:
		return caller.Registered() && user == caller.UserID
	case accessTutor:
		return caller.Registered() && caller.HasRole(auth.RoleTutor)
	case accessAdministrator:
		return caller.IsAdministrator()
	default:
		return false // an unknown word lets nobody in
	}
}
