package identity

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/kwipper/kwipper/emulators/journal"
)

// What an out-of-band code, which a person gets by email, is for.
const (
	oobResetPassword = "PASSWORD_RESET"
	oobVerifyEmail   = "VERIFY_EMAIL"
)

const oobLifetime = time.Hour

// oobCode is an email that would have been sent.
type oobCode struct {
	Code        string    `json:"oobCode"`
	Email       string    `json:"email"`
	RequestType string    `json:"requestType"`
	Link        string    `json:"oobLink"`
	CreatedAt   time.Time `json:"createdAt"`
}

type sendOobCodeRequest struct {
	RequestType string `json:"requestType"`
	Email       string `json:"email"`
	IDToken     string `json:"idToken"`
	ReturnLink  bool   `json:"returnOobLink"`
}

func (s *Server) sendOobCode(who caller, request sendOobCodeRequest) (any, error) {
	if request.ReturnLink && !who.admin {
		return nil, refuse("INSUFFICIENT_PERMISSION : only an administrator gets the link")
	}
	email, err := s.oobRecipient(who, request)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"kind": "identitytoolkit#GetOobConfirmationCodeResponse", "email": email}
	if user, ok := s.accounts.find(email); !ok || user.Email == "" {
		return answer, nil // without a code: enumeration protection
	}
	code := oobCode{Code: rand.Text() + rand.Text(), Email: email,
		RequestType: request.RequestType, CreatedAt: time.Now().UTC()}
	code.Link = s.oobLink(code)
	encoded, err := json.Marshal(code)
	if err != nil {
		return nil, fmt.Errorf("encode code: %w", err)
	}
	if err := s.store.Write(journal.Put(oobPrefix+code.Code, encoded)); err != nil {
		return nil, err
	}
	if request.ReturnLink {
		answer["oobCode"], answer["oobLink"] = code.Code, code.Link
	}
	return answer, nil
}

func (s *Server) oobRecipient(who caller, request sendOobCodeRequest) (string, error) {
	switch request.RequestType {
	case oobResetPassword:
	case oobVerifyEmail:
		if who.admin && request.IDToken == "" {
			break
		}
		if request.IDToken == "" {
			return "", refuse("MISSING_ID_TOKEN")
		}
		user, _, err := s.verifyUserToken(request.IDToken)
		if err != nil {
			return "", err
		}
		request.Email = user.Email
	case "":
		return "", refuse("MISSING_REQ_TYPE")
	default:
		return "", refuse("OPERATION_NOT_ALLOWED : " + request.RequestType)
	}
	email := canonicalEmail(request.Email)
	if email == "" {
		return "", refuse("MISSING_EMAIL")
	}
	if !validEmail(email) {
		return "", refuse("INVALID_EMAIL")
	}
	return email, nil
}

func (s *Server) oobLink(code oobCode) string {
	mode := "resetPassword"
	if code.RequestType == oobVerifyEmail {
		mode = "verifyEmail"
	}
	return s.URL() + "/emulator/action?" + url.Values{"mode": {mode}, "lang": {"en"}, "oobCode": {code.Code}}.Encode()
}

// findOobCode returns a code that can be used.
func (s *Server) findOobCode(code string) (oobCode, error) {
	encoded, found, err := s.store.Get(oobPrefix + code)
	if err != nil {
		return oobCode{}, err
	}
	if !found {
		return oobCode{}, refuse("INVALID_OOB_CODE")
	}
	var stored oobCode
	if err := json.Unmarshal(encoded, &stored); err != nil {
		return oobCode{}, fmt.Errorf("read code: %w", err)
	}
	if time.Since(stored.CreatedAt) > oobLifetime {
		return oobCode{}, refuse("EXPIRED_OOB_CODE")
	}
	return stored, nil
}

// useOobCode changes the account of a code's email, and the code is gone.
func (s *Server) useOobCode(code oobCode, change func(*account)) (account, error) {
	user, ok := s.accounts.find(code.Email)
	if !ok {
		return account{}, refuse("EMAIL_NOT_FOUND")
	}
	return s.accounts.update(user.LocalID, func(a *account) error {
		if _, err := s.findOobCode(code.Code); err != nil { // used, just now
			return err
		}
		change(a)
		return s.store.Write(journal.Remove(oobPrefix + code.Code))
	})
}

func (s *Server) applyOobCode(code string) (any, error) {
	stored, err := s.findOobCode(code)
	if err != nil {
		return nil, err
	}
	if stored.RequestType != oobVerifyEmail {
		return nil, refuse("INVALID_OOB_CODE")
	}
	user, err := s.useOobCode(stored, func(a *account) { a.EmailVerified = true })
	if err != nil {
		return nil, err
	}
	return userInfo(user), nil
}

type resetPasswordRequest struct {
	OobCode     string `json:"oobCode"`
	NewPassword string `json:"newPassword"`
}

// resetPassword without a new password tells what a code is for.
func (s *Server) resetPassword(_ caller, request resetPasswordRequest) (any, error) {
	if request.OobCode == "" {
		return nil, refuse("MISSING_OOB_CODE")
	}
	stored, err := s.findOobCode(request.OobCode)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"email": stored.Email, "requestType": stored.RequestType}
	if request.NewPassword == "" {
		return answer, nil
	}
	if stored.RequestType != oobResetPassword {
		return nil, refuse("INVALID_OOB_CODE")
	}
	if err := checkPassword(request.NewPassword); err != nil {
		return nil, err
	}
	hash, err := hashPassword(request.NewPassword)
	if err != nil {
		return nil, err
	}
	_, err = s.useOobCode(stored, func(a *account) {
		a.PasswordHash, a.ValidSince = hash, time.Now().UTC().Truncate(time.Second)
		a.EmailVerified = true // who got the email has shown that it is theirs
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}
