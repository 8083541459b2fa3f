package user_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/user"
)

// memory is a store of one user and the identity service beside it.
type memory struct {
	mu     sync.Mutex
	there  *user.User
	key    string
	claims map[string]any
	name   string
	fail   error
	// before runs once before claims are written.
	before func()
}

func (m *memory) Insert(_ context.Context, key idempotency.Key, u user.User) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.there == nil {
		m.there, m.key = &u, key.Hash
	}
	if m.key != key.Hash {
		return "", fault.New(fault.AlreadyExists, user.ReasonAlreadyRegistered, "again").With(user.MetadataUser, m.there.ID)
	}
	return m.there.ID, nil
}

func (m *memory) Get(_ context.Context, id string) (user.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.there == nil || m.there.ID != id {
		return user.User{}, user.NotFound(id)
	}
	return *m.there, nil
}

func (m *memory) Change(_ context.Context, id string, change func(*user.User) (bool, error)) (user.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.there == nil || m.there.ID != id {
		return user.User{}, user.NotFound(id)
	}
	u := *m.there
	dirty, err := change(&u)
	if err == nil && dirty {
		u.Revision++
		m.there = &u
	}
	return u, err
}

func (m *memory) SetAccount(_ context.Context, _, name string, claims map[string]any) error {
	if before := m.before; before != nil {
		m.before = nil
		before()
	}
	if m.fail != nil {
		return m.fail
	}
	m.name, m.claims = name, claims
	return nil
}

func TestRegisterHealsWhatACrashLeftUndone(t *testing.T) {
	m := &memory{fail: errors.New("connection lost")}
	accounts := user.Accounts{Store: m, Identities: m}
	_, err := accounts.Register(t.Context(), idempotency.Key{Hash: "a"}, "uid-1", profile())
	require.Error(t, err)
	require.NotNil(t, m.there, "the user is committed before the claims are written")
	assert.Nil(t, m.claims)

	m.fail = nil
	u, err := accounts.Register(t.Context(), idempotency.Key{Hash: "a"}, "uid-1", profile())
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"userId": u.ID, "country": "jp", "roles": []user.Role{user.Learner}, "language": "ja"}, m.claims)
	assert.Equal(t, "花子", m.name)
}

func TestRegisterWithAnotherKeyIsRefusedAndYetWritesTheClaims(t *testing.T) {
	m := &memory{}
	accounts := user.Accounts{Store: m, Identities: m}
	_, err := accounts.Register(t.Context(), idempotency.Key{Hash: "a"}, "uid-1", profile())
	require.NoError(t, err)
	m.claims = nil
	_, err = accounts.Register(t.Context(), idempotency.Key{Hash: "b"}, "uid-1", profile())
	assert.Equal(t, user.ReasonAlreadyRegistered, fault.ReasonOf(err))
	assert.NotNil(t, m.claims)
}

func TestClaimsAreNeverLeftOlderThanTheUser(t *testing.T) {
	m := &memory{}
	accounts := user.Accounts{Store: m, Identities: m}
	u, err := accounts.Register(t.Context(), idempotency.Key{Hash: "a"}, "uid-1", profile())
	require.NoError(t, err)
	// While a repetition is about to write the claims it has read, an administrator grants a role.
	m.before = func() {
		_, err := accounts.GrantRole(t.Context(), u.ID, user.Tutor)
		assert.NoError(t, err)
	}
	_, err = accounts.Register(t.Context(), idempotency.Key{Hash: "a"}, "uid-1", profile())
	require.NoError(t, err)
	assert.Equal(t, []user.Role{user.Learner, user.Tutor}, m.claims["roles"])
}

func TestUpdateChecksEtagAndProfile(t *testing.T) {
	m := &memory{}
	accounts := user.Accounts{Store: m, Identities: m}
	u, err := accounts.Register(t.Context(), idempotency.Key{Hash: "a"}, "uid-1", profile())
	require.NoError(t, err)

	_, err = accounts.Update(t.Context(), u.ID, "99", func(p *user.Profile) { p.TimeZone = "Asia/Manila" })
	assert.Equal(t, user.ReasonEtagMismatch, fault.ReasonOf(err))
	_, err = accounts.Update(t.Context(), u.ID, u.Etag(), func(p *user.Profile) { p.TimeZone = "Nowhere" })
	assert.True(t, fault.Is(err, fault.InvalidArgument))
	changed, err := accounts.Update(t.Context(), u.ID, u.Etag(), func(p *user.Profile) { p.RegionCode = "PH"; p.DisplayName = "Hana" })
	require.NoError(t, err)
	assert.Equal(t, u.ID, changed.ID, "the id keeps the old country")
	assert.Equal(t, "jp", m.claims["country"])
	assert.Equal(t, "Hana", m.name)
	assert.NotEqual(t, u.Etag(), changed.Etag())
}
