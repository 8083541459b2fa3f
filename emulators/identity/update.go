package identity

import (
	"slices"
	"strconv"
	"time"
)

type updateRequest struct {
	IDToken         string   `json:"idToken"`
	OobCode         string   `json:"oobCode"` // from an email: verifies its address
	Email           *string  `json:"email"`
	Password        *string  `json:"password"`
	DisplayName     *string  `json:"displayName"`
	PhotoURL        *string  `json:"photoUrl"`
	DeleteAttribute []string `json:"deleteAttribute"`
	ReturnTokens    bool     `json:"returnSecureToken"`

	// For administrators only.
	LocalID          string  `json:"localId"`
	CustomAttributes *string `json:"customAttributes"`
	EmailVerified    *bool   `json:"emailVerified"`
	DisableUser      *bool   `json:"disableUser"`
	ValidSince       *string `json:"validSince"`
}

func (r updateRequest) needsAdmin() bool {
	return r.LocalID != "" || r.CustomAttributes != nil || r.EmailVerified != nil ||
		r.DisableUser != nil || r.ValidSince != nil
}

func (s *Server) update(who caller, request updateRequest) (any, error) {
	if request.needsAdmin() && !who.admin {
		return nil, refuse("INSUFFICIENT_PERMISSION : only an administrator sets localId, customAttributes, emailVerified, disableUser and validSince")
	}
	if request.OobCode != "" {
		return s.applyOobCode(request.OobCode)
	}
	id := request.LocalID
	if request.IDToken != "" {
		user, _, err := s.verifyUserToken(request.IDToken)
		if err != nil {
			return nil, err
		}
		id = user.LocalID
	}
	if id == "" {
		if who.admin {
			return nil, refuse("MISSING_LOCAL_ID")
		}
		return nil, refuse("MISSING_ID_TOKEN")
	}
	change, err := request.change()
	if err != nil {
		return nil, err
	}
	updated, err := s.accounts.update(id, change)
	if err != nil {
		return nil, err
	}
	if request.ReturnTokens && request.IDToken != "" {
		return s.signIn(updated, providerPassword, userInfo(updated))
	}
	return userInfo(updated), nil
}

// change checks the request and returns what it does to an account.
func (r updateRequest) change() (func(*account) error, error) {
	hash, err := r.passwordHash()
	if err != nil {
		return nil, err
	}
	if r.Email != nil && !validEmail(canonicalEmail(*r.Email)) {
		return nil, refuse("INVALID_EMAIL")
	}
	setAdmin, err := r.adminChange()
	if err != nil {
		return nil, err
	}
	return func(a *account) error {
		if r.Email != nil && canonicalEmail(*r.Email) != a.Email {
			a.Email, a.EmailVerified = canonicalEmail(*r.Email), false
		}
		if hash != nil {
			a.PasswordHash, a.ValidSince = hash, time.Now().UTC().Truncate(time.Second)
		}
		if r.DisplayName != nil {
			a.DisplayName = *r.DisplayName
		}
		if r.PhotoURL != nil {
			a.PhotoURL = *r.PhotoURL
		}
		if slices.Contains(r.DeleteAttribute, "DISPLAY_NAME") {
			a.DisplayName = ""
		}
		if slices.Contains(r.DeleteAttribute, "PHOTO_URL") {
			a.PhotoURL = ""
		}
		setAdmin(a)
		return nil
	}, nil
}

func (r updateRequest) passwordHash() (*passwordHash, error) {
	if r.Password == nil {
		return nil, nil
	}
	if err := checkPassword(*r.Password); err != nil {
		return nil, err
	}
	return hashPassword(*r.Password)
}

func (r updateRequest) adminChange() (func(*account), error) {
	var claims map[string]any
	if r.CustomAttributes != nil {
		var err error
		if claims, err = parseClaims(*r.CustomAttributes); err != nil {
			return nil, err
		}
	}
	var validSinceSeconds int64
	if r.ValidSince != nil {
		var err error
		if validSinceSeconds, err = strconv.ParseInt(*r.ValidSince, 10, 64); err != nil {
			return nil, refuse("INVALID_ARGUMENT : validSince is not a number of seconds")
		}
	}
	return func(a *account) {
		if r.CustomAttributes != nil {
			a.Claims = claims
		}
		if r.EmailVerified != nil {
			a.EmailVerified = *r.EmailVerified
		}
		if r.DisableUser != nil {
			a.Disabled = *r.DisableUser
		}
		if r.ValidSince != nil {
			a.ValidSince = time.Unix(validSinceSeconds, 0).UTC()
		}
	}, nil
}

type deleteRequest struct {
	IDToken string `json:"idToken"`
	LocalID string `json:"localId"`
}

func (s *Server) delete(who caller, request deleteRequest) (any, error) {
	id := request.LocalID
	switch {
	case request.IDToken != "":
		user, _, err := s.verifyUserToken(request.IDToken)
		if err != nil {
			return nil, err
		}
		id = user.LocalID
	case !who.admin:
		return nil, refuse("MISSING_ID_TOKEN")
	case id == "":
		return nil, refuse("MISSING_LOCAL_ID")
	}
	if err := s.accounts.remove(id); err != nil {
		return nil, err
	}
	return map[string]any{"kind": "identitytoolkit#DeleteAccountResponse"}, nil
}
