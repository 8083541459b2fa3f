package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kwipper/kwipper/emulators/journal"
)

// Keys in the journal, by kind.
const (
	keyPrefix     = "key/"
	userPrefix    = "user/"
	refreshPrefix = "refresh/"
	oobPrefix     = "oob/"
)

// ErrEmailExists says that another account has the email already.
var ErrEmailExists = errors.New("email is in use")

var (
	errLocalIDExists = errors.New("local id is in use")
	errUserNotFound  = errors.New("user does not exist")
)

// User is an account as its owner and the administrator see it.
type User struct {
	LocalID       string         `json:"localId"`
	Email         string         `json:"email,omitempty"`
	EmailVerified bool           `json:"emailVerified"`
	DisplayName   string         `json:"displayName,omitempty"`
	PhotoURL      string         `json:"photoUrl,omitempty"`
	Disabled      bool           `json:"disabled"`
	Claims        map[string]any `json:"claims,omitempty"`
	// Password is set only to create the user; a hash of it is kept.
	Password string `json:"-"`
}

// account is a user with what only the emulator knows. It is a value: maps inside are
// replaced, never written to.
type account struct {
	User
	PasswordHash *passwordHash `json:"passwordHash,omitempty"`
	CreatedAt    time.Time     `json:"createdAt"`
	LastLoginAt  time.Time     `json:"lastLoginAt"`
	RefreshedAt  time.Time     `json:"refreshedAt"`
	// ValidSince ends all tokens that were issued before it.
	ValidSince time.Time `json:"validSince"`
}

// accounts holds all accounts in memory and in the journal.
type accounts struct {
	store   *journal.Store
	mu      sync.RWMutex
	users   map[string]account // by local id
	byEmail map[string]string  // local id by lower-case email
}

func loadAccounts(store *journal.Store) (*accounts, error) {
	a := &accounts{store: store}
	return a, a.reload()
}

// reload takes what the journal holds.
func (a *accounts) reload() error {
	users, byEmail := map[string]account{}, map[string]string{}
	err := a.store.Scan(userPrefix, func(key string, value []byte) error {
		var user account
		if err := json.Unmarshal(value, &user); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		users[user.LocalID] = user
		if user.Email != "" {
			byEmail[user.Email] = user.LocalID
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users, a.byEmail = users, byEmail
	return nil
}

func (a *accounts) byLocalID(id string) (account, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	user, ok := a.users[id]
	return user, ok
}

// find takes a local id or an email.
func (a *accounts) find(user string) (account, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if found, ok := a.users[user]; ok {
		return found, true
	}
	found, ok := a.users[a.byEmail[canonicalEmail(user)]]
	return found, ok
}

// list returns all accounts in the order of their ids.
func (a *accounts) list() []account {
	a.mu.RLock()
	defer a.mu.RUnlock()
	all := make([]account, 0, len(a.users))
	for _, user := range a.users {
		all = append(all, user)
	}
	slices.SortFunc(all, func(x, y account) int { return strings.Compare(x.LocalID, y.LocalID) })
	return all
}

func (a *accounts) create(user account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, taken := a.users[user.LocalID]; taken {
		return errLocalIDExists
	}
	return a.put(account{}, user)
}

// update changes one account; change sees its present state and may refuse.
func (a *accounts) update(id string, change func(*account) error) (account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, ok := a.users[id]
	if !ok {
		return account{}, errUserNotFound
	}
	after := before
	if err := change(&after); err != nil {
		return account{}, err
	}
	return after, a.put(before, after)
}

// put needs the lock.
func (a *accounts) put(before, after account) error {
	owner, taken := a.byEmail[after.Email]
	if after.Email != "" && taken && owner != after.LocalID {
		return ErrEmailExists
	}
	encoded, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("encode user %s: %w", after.LocalID, err)
	}
	if err := a.store.Write(journal.Put(userPrefix+after.LocalID, encoded)); err != nil {
		return err
	}
	delete(a.byEmail, before.Email)
	if after.Email != "" {
		a.byEmail[after.Email] = after.LocalID
	}
	a.users[after.LocalID] = after
	return nil
}

func (a *accounts) remove(id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	user, ok := a.users[id]
	if !ok {
		return errUserNotFound
	}
	if err := a.store.Write(journal.Remove(userPrefix + id)); err != nil {
		return err
	}
	delete(a.users, id)
	delete(a.byEmail, user.Email)
	return nil
}

func canonicalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func validEmail(email string) bool {
	parsed, err := mail.ParseAddress(email)
	return err == nil && parsed.Address == email && len(email) <= 256
}
