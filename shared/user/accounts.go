package user

import (
	"context"
	"fmt"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
)

// Accounts are the use cases that change what tokens say. Each commits to the store first
// and then copies to the identity service; repeating it, after a crash between the two,
// completes the copy.
type Accounts struct {
	Store      Store
	Identities Identities
}

// Register makes an identity a user. A repetition with the same key answers the user as it
// is now.
func (a Accounts) Register(ctx context.Context, key idempotency.Key, subject string, p Profile) (User, error) {
	u, err := New(subject, p)
	if err != nil {
		return User{}, err
	}
	key.Country = u.Country // the token has none yet
	id, err := a.Store.Insert(ctx, key, u)
	if f, ok := fault.Of(err); ok && f.Reason == ReasonAlreadyRegistered {
		// Whoever lost the key after a crash is refused, and yet gets the claims.
		if _, err := a.copyClaims(ctx, f.Metadata[MetadataUser]); err != nil {
			return User{}, err
		}
		return User{}, f
	}
	if err != nil {
		return User{}, err
	}
	return a.copyClaims(ctx, id)
}

// Update changes the profile of a user. A caller who gives an etag is refused when the user
// has changed since.
func (a Accounts) Update(ctx context.Context, id, etag string, change func(*Profile)) (User, error) {
	u, err := a.Store.Change(ctx, id, func(u *User) (bool, error) {
		if etag != "" && etag != u.Etag() {
			return false, fault.New(fault.Conflict, ReasonEtagMismatch, "the user has changed since; read it again")
		}
		p := u.Profile
		change(&p)
		p, err := p.normalised()
		if err != nil || p == u.Profile {
			return false, err
		}
		u.Profile = p
		return true, nil
	})
	if err != nil {
		return User{}, err
	}
	return a.copyClaims(ctx, u.ID)
}

// GrantRole gives a user a role, which the next token has.
func (a Accounts) GrantRole(ctx context.Context, id string, role Role) (User, error) {
	if _, err := a.Store.Change(ctx, id, func(u *User) (bool, error) { return u.Grant(role), nil }); err != nil {
		return User{}, err
	}
	return a.copyClaims(ctx, id)
}

// copyClaims writes the claims of a user as the store has it and reads the user again: when
// another has changed it meanwhile, what was written may be older than what the other wrote,
// and is written again. So the last to write has always seen the last change.
func (a Accounts) copyClaims(ctx context.Context, id string) (User, error) {
	const attempts = 10
	u, err := a.Store.Get(ctx, id)
	if err != nil {
		return User{}, err
	}
	for range attempts {
		if err := a.Identities.SetAccount(ctx, u.Subject, u.DisplayName, claims(u)); err != nil {
			return User{}, fmt.Errorf("write the claims of user %s: %w", id, notTheirs(err))
		}
		written := u.Revision
		if u, err = a.Store.Get(ctx, id); err != nil {
			return User{}, err
		}
		if u.Revision == written {
			return u, nil
		}
	}
	return User{}, fault.New(fault.Unavailable, "UNAVAILABLE", "user %s is being changed; try again", id)
}

// notTheirs turns a refusal of the identity service into a failure of ours: the caller
// asked for nothing wrong.
func notTheirs(err error) error {
	if fault.Final(err) {
		return fault.New(fault.Internal, "INTERNAL", "the identity service refused: %w", err)
	}
	return err
}

func claims(u User) map[string]any {
	return map[string]any{"userId": u.ID, "country": u.Country, "roles": u.Roles, "language": u.LanguageCode}
}
