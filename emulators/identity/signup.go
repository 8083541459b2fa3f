package identity

import (
	"crypto/rand"
	"fmt"
	"time"
)

// Ways to sign in, as the sign_in_provider claim has them.
const (
	providerPassword  = "password"
	providerAnonymous = "anonymous"
	providerCustom    = "custom"
)

type signUpRequest struct {
	IDToken          string `json:"idToken"` // turns an anonymous account into one with a password
	LocalID          string `json:"localId"`
	Email            string `json:"email"`
	Password         string `json:"password"`
	DisplayName      string `json:"displayName"`
	PhotoURL         string `json:"photoUrl"`
	EmailVerified    bool   `json:"emailVerified"`
	Disabled         bool   `json:"disabled"`
	CustomAttributes string `json:"customAttributes"`
	TenantID         string `json:"tenantId"`
}

func (s *Server) signUp(who caller, request signUpRequest) (any, error) {
	if request.TenantID != "" {
		return nil, refuse("UNSUPPORTED_TENANT_OPERATION")
	}
	reserved := request.LocalID != "" || request.EmailVerified || request.Disabled || request.CustomAttributes != ""
	if reserved && !who.admin {
		return nil, refuse("INSUFFICIENT_PERMISSION : only an administrator sets localId, emailVerified, disabled and customAttributes")
	}
	if request.IDToken != "" {
		return s.linkPassword(request)
	}
	anonymous := request.Email == "" && request.Password == ""
	if !anonymous && !who.admin {
		if err := checkCredentials(request.Email, request.Password); err != nil {
			return nil, err
		}
	}
	claims, err := parseClaims(request.CustomAttributes)
	if err != nil {
		return nil, err
	}
	created, err := s.createAccount(User{
		LocalID: request.LocalID, Email: request.Email, EmailVerified: request.EmailVerified,
		DisplayName: request.DisplayName, PhotoURL: request.PhotoURL, Disabled: request.Disabled,
		Claims: claims, Password: request.Password,
	})
	if err != nil {
		return nil, err
	}
	if who.admin {
		return map[string]any{"localId": created.LocalID, "email": created.Email}, nil
	}
	provider := providerPassword
	if anonymous {
		provider = providerAnonymous
	}
	return s.signIn(created, provider, nil)
}

// linkPassword gives the caller's own account an email and a password.
func (s *Server) linkPassword(request signUpRequest) (any, error) {
	user, _, err := s.verifyUserToken(request.IDToken)
	if err != nil {
		return nil, err
	}
	if err := checkCredentials(request.Email, request.Password); err != nil {
		return nil, err
	}
	hash, err := hashPassword(request.Password)
	if err != nil {
		return nil, err
	}
	linked, err := s.accounts.update(user.LocalID, func(a *account) error {
		a.Email, a.EmailVerified, a.PasswordHash = canonicalEmail(request.Email), false, hash
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.signIn(linked, providerPassword, nil)
}

// CreateUser adds an account, for instance one of sample data. An empty LocalID is made up.
// It returns ErrEmailExists if there is another account with the email.
func (s *Server) CreateUser(user User) (User, error) {
	created, err := s.createAccount(user)
	if err != nil {
		return User{}, fmt.Errorf("create user %q: %w", user.Email, err)
	}
	return created.User, nil
}

// FindUser returns the account with a local id or an email.
func (s *Server) FindUser(user string) (User, bool) {
	found, ok := s.accounts.find(user)
	return found.User, ok
}

// Users returns all accounts.
func (s *Server) Users() []User {
	all := s.accounts.list()
	users := make([]User, len(all))
	for i, user := range all {
		users[i] = user.User
	}
	return users
}

func (s *Server) createAccount(user User) (account, error) {
	user.Email = canonicalEmail(user.Email)
	if user.Email != "" && !validEmail(user.Email) {
		return account{}, refuse("INVALID_EMAIL")
	}
	if err := checkClaims(user.Claims); err != nil {
		return account{}, err
	}
	if len(user.LocalID) > 128 {
		return account{}, refuse("INVALID_LOCAL_ID")
	}
	created := account{User: user, CreatedAt: time.Now().UTC()}
	if created.LocalID == "" {
		created.LocalID = rand.Text() + rand.Text()[:2] // 28 characters, as real ids have
	}
	if user.Password != "" {
		if err := checkPassword(user.Password); err != nil {
			return account{}, err
		}
		hash, err := hashPassword(user.Password)
		if err != nil {
			return account{}, err
		}
		created.PasswordHash, created.Password = hash, ""
	}
	return created, s.accounts.create(created)
}

func checkCredentials(email, password string) error {
	switch {
	case email == "":
		return refuse("MISSING_EMAIL")
	case !validEmail(canonicalEmail(email)):
		return refuse("INVALID_EMAIL")
	case password == "":
		return refuse("MISSING_PASSWORD")
	}
	return checkPassword(password)
}

func checkPassword(password string) error {
	if len(password) < passwordMinLength {
		return refuse(fmt.Sprintf("WEAK_PASSWORD : Password should be at least %d characters", passwordMinLength))
	}
	if len(password) > passwordMaxLength {
		return refuse(fmt.Sprintf("PASSWORD_DOES_NOT_MEET_REQUIREMENTS : Password may have %d bytes", passwordMaxLength))
	}
	return nil
}
