package identity

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"time"
)

// customTokenAudience is the audience of every custom token.
const customTokenAudience = "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"

type passwordRequest struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	TenantID string `json:"tenantId"`
}

// signInWithPassword does not tell an unknown email from a wrong password, as projects with
// email enumeration protection (all new ones) do not.
func (s *Server) signInWithPassword(_ caller, request passwordRequest) (any, error) {
	switch {
	case request.TenantID != "":
		return nil, refuse("UNSUPPORTED_TENANT_OPERATION")
	case request.Email == "":
		return nil, refuse("MISSING_EMAIL")
	case !validEmail(canonicalEmail(request.Email)):
		return nil, refuse("INVALID_EMAIL")
	case request.Password == "":
		return nil, refuse("MISSING_PASSWORD")
	}
	user, ok := s.accounts.find(canonicalEmail(request.Email))
	if !ok || user.Email == "" || !user.PasswordHash.matches(request.Password) {
		return nil, refuse("INVALID_LOGIN_CREDENTIALS")
	}
	return s.signIn(user, providerPassword, map[string]any{
		"registered": true, "displayName": user.DisplayName})
}

// signIn begins a session and answers its tokens, beside what the method adds.
func (s *Server) signIn(user account, provider string, more map[string]any) (any, error) {
	return s.signInWithClaims(user, provider, nil, more)
}

func (s *Server) signInWithClaims(user account, provider string, claims, more map[string]any) (any, error) {
	if user.Disabled {
		return nil, refuse("USER_DISABLED")
	}
	now := time.Now().UTC()
	user, err := s.accounts.update(user.LocalID, func(a *account) error {
		a.LastLoginAt, a.RefreshedAt = now, now
		return nil
	})
	if err != nil {
		return nil, err
	}
	from := session{LocalID: user.LocalID, Provider: provider, AuthTime: now, Claims: claims}
	idToken, err := s.userKey.sign(s.userClaims(user, from, now))
	if err != nil {
		return nil, err
	}
	refreshToken, err := s.beginSession(from)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{
		"idToken": idToken, "refreshToken": refreshToken,
		"expiresIn": expiresInSeconds, "localId": user.LocalID, "email": user.Email,
	}
	for name, value := range more {
		answer[name] = value
	}
	return answer, nil
}

type customTokenRequest struct {
	Token    string `json:"token"`
	TenantID string `json:"tenantId"`
}

func (s *Server) signInWithCustomToken(_ caller, request customTokenRequest) (any, error) {
	if request.TenantID != "" {
		return nil, refuse("UNSUPPORTED_TENANT_OPERATION")
	}
	if request.Token == "" {
		return nil, refuse("MISSING_CUSTOM_TOKEN")
	}
	uid, claims, err := s.verifyCustomToken(request.Token)
	if err != nil {
		return nil, refuse("INVALID_CUSTOM_TOKEN : " + err.Error())
	}
	user, found := s.accounts.byLocalID(uid)
	if !found {
		user, err = s.createAccount(User{LocalID: uid})
		if errors.Is(err, errLocalIDExists) { // by another sign-in, just now
			user, err = account{User: User{LocalID: uid}}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return s.signInWithClaims(user, providerCustom, claims, map[string]any{"isNewUser": !found})
}

// verifyCustomToken returns the user and the claims of a token that one of the known
// service accounts signed.
func (s *Server) verifyCustomToken(token string) (string, map[string]any, error) {
	keys := []*rsa.PublicKey{&s.serviceKey.private.PublicKey}
	for _, key := range s.customTokenKeys {
		keys = append(keys, key)
	}
	var token0 map[string]any
	var err error
	for _, key := range keys {
		if token0, err = verifySignature(key, token); err == nil {
			break
		}
	}
	if err != nil {
		return "", nil, err
	}
	return checkCustomToken(token0)
}

func checkCustomToken(token map[string]any) (string, map[string]any, error) {
	if token["aud"] != customTokenAudience {
		return "", nil, fmt.Errorf("audience is %v", token["aud"])
	}
	if token["iss"] == nil || token["iss"] != token["sub"] {
		return "", nil, errors.New("issuer and subject are not one service account")
	}
	expiry, _ := token["exp"].(float64)
	if time.Now().Unix() >= int64(expiry) {
		return "", nil, errTokenExpired
	}
	uid, _ := token["uid"].(string)
	if uid == "" || len(uid) > 128 {
		return "", nil, errors.New("uid must have 1 to 128 characters")
	}
	claims, _ := token["claims"].(map[string]any)
	return uid, claims, checkClaims(claims)
}

// CustomToken issues what signInWithCustomToken takes, as the Firebase Admin SDK does.
func (s *Server) CustomToken(uid string, claims map[string]any) (string, error) {
	if err := checkClaims(claims); err != nil {
		return "", fmt.Errorf("custom token for %s: %w", uid, err)
	}
	now := time.Now()
	return s.serviceKey.sign(map[string]any{
		"iss": s.defaultServiceAccount, "sub": s.defaultServiceAccount, "aud": customTokenAudience,
		"iat": now.Unix(), "exp": now.Add(tokenLifetime).Unix(), "uid": uid, "claims": claims,
	})
}
