package user

import (
	"context"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
)

// The reasons of this package's faults.
const (
	ReasonAlreadyRegistered = "USER_ALREADY_REGISTERED"
	ReasonNotRegistered     = "USER_NOT_REGISTERED"
	ReasonNotFound          = "NOT_FOUND"
	ReasonEtagMismatch      = "ETAG_MISMATCH"
)

// MetadataUser names, in a fault ReasonAlreadyRegistered, the id of the user that there is.
const MetadataUser = "user"

// Store keeps users.
type Store interface {
	// Insert adds a user once for a key and returns its id. An identity that is a user already is
	// refused with ReasonAlreadyRegistered and MetadataUser.
	Insert(ctx context.Context, key idempotency.Key, u User) (id string, err error)
	// Get returns a user, as of now; unknown ones are NotFound.
	Get(ctx context.Context, id string) (User, error)
	// Change applies change to a user in one transaction and returns the user after it. A
	// change that returns false, or an error, leaves the user as it was.
	Change(ctx context.Context, id string, change func(*User) (bool, error)) (User, error)
}

// Enrollments keeps which subscriptions a user has, for sagas.
type Enrollments interface {
	// Add records a subscription once for a command, Remove undoes that.
	Add(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error)
	Remove(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error)
}

// Identities is the identity service. SetAccount writes display name and claims of an
// identity, which its next token has. It is idempotent.
type Identities interface {
	SetAccount(ctx context.Context, subject, displayName string, claims map[string]any) error
}

// NotFound is the fault of a user who is not there.
func NotFound(id string) *fault.Fault {
	return fault.New(fault.NotFound, ReasonNotFound, "there is no user %s", id)
}
