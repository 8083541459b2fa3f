package httpapi

import (
	"slices"

	"github.com/kwipper/kwipper/shared/api/operation"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/auth"
)

// me stands for the caller in a path.
const me = "me"

func (r *Request) allows(word string) bool { return slices.Contains(r.operation.Access, word) }

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
	if slices.ContainsFunc(r.operation.Access, func(word string) bool { return meets(word, r.caller, named) }) {
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
	case operation.Public, operation.Signature:
		return true
	case operation.Token:
		return caller.Authenticated()
	case operation.Registered:
		return caller.Registered()
	case operation.Self:
		return caller.Registered() && user == caller.UserID
	case operation.Tutor:
		return caller.Registered() && caller.HasRole(auth.RoleTutor)
	case operation.Administrator:
		return caller.IsAdministrator()
	default:
		return false // an unknown word lets nobody in
	}
}
