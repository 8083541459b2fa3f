package identity

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// tokenLifetime is how long ID tokens are valid, as with the real services.
const tokenLifetime = time.Hour

var (
	errTokenExpired = errors.New("token has expired")
	errTokenInvalid = errors.New("token is not valid")
)

// session is what a refresh token stands for.
type session struct {
	LocalID  string         `json:"localId"`
	Provider string         `json:"provider"`
	AuthTime time.Time      `json:"authTime"`
	Claims   map[string]any `json:"claims,omitempty"`
}

// MintOptions make a user token wrong on purpose, for tests of those who verify it.
type MintOptions struct {
	Expired       bool
	WrongIssuer   bool
	WrongAudience bool
	WrongKey      bool
}

// MintUserToken issues an ID token without a password, for tools and tests. The user is
// named by local id or email; an unknown one gets a token without an account. The claims
// are added to the account's own.
func (s *Server) MintUserToken(user string, claims map[string]any, options MintOptions) (string, error) {
	if user == "" {
		return "", errors.New("user is empty")
	}
	if err := checkClaims(claims); err != nil {
		return "", err
	}
	found, ok := s.accounts.find(user)
	if !ok {
		found = account{User: User{LocalID: user}}
		if validEmail(user) {
			found.LocalID, found.Email, found.EmailVerified = "uid-"+user, user, true
		}
	}
	now := time.Now()
	if options.Expired {
		now = now.Add(-2 * tokenLifetime)
	}
	all := s.userClaims(found, session{Provider: "custom", AuthTime: now, Claims: claims}, now)
	if options.WrongIssuer {
		all["iss"] = s.userIssuer + "-other"
	}
	if options.WrongAudience {
		all["aud"] = s.project + "-other"
	}
	key := s.userKey
	if options.WrongKey {
		other, err := s.strangerKey()
		if err != nil {
			return "", err
		}
		key = other
	}
	return key.sign(all)
}

// userClaims are the claims that Firebase puts into an ID token.
func (s *Server) userClaims(user account, from session, now time.Time) map[string]any {
	claims := maps.Clone(user.Claims)
	if claims == nil {
		claims = map[string]any{}
	}
	maps.Copy(claims, from.Claims)
	identities := map[string]any{}
	if user.Email != "" {
		identities["email"] = []string{user.Email}
		claims["email"] = user.Email
		claims["email_verified"] = user.EmailVerified
	}
	if user.DisplayName != "" {
		claims["name"] = user.DisplayName
	}
	if user.PhotoURL != "" {
		claims["picture"] = user.PhotoURL
	}
	if from.Provider == providerAnonymous {
		claims["provider_id"] = providerAnonymous
	}
	maps.Copy(claims, map[string]any{
		"iss": s.userIssuer, "aud": s.project, "sub": user.LocalID, "user_id": user.LocalID,
		"auth_time": from.AuthTime.Unix(), "iat": now.Unix(), "exp": now.Add(tokenLifetime).Unix(),
		"firebase": map[string]any{"identities": identities, "sign_in_provider": from.Provider},
	})
	return claims
}

// verifyUserToken returns the account and the session that an ID token of ours stands for.
func (s *Server) verifyUserToken(token string) (account, session, error) {
	claims, err := verifySignature(&s.userKey.private.PublicKey, token)
	if err != nil {
		return account{}, session{}, fmt.Errorf("%w: %w", errTokenInvalid, err)
	}
	if claims["iss"] != s.userIssuer || claims["aud"] != s.project {
		return account{}, session{}, fmt.Errorf("%w: issued by %v for %v", errTokenInvalid, claims["iss"], claims["aud"])
	}
	issued, _ := claims["iat"].(float64)
	expiry, _ := claims["exp"].(float64)
	authTime, _ := claims["auth_time"].(float64)
	if time.Now().Unix() >= int64(expiry) {
		return account{}, session{}, errTokenExpired
	}
	subject, _ := claims["sub"].(string)
	user, ok := s.accounts.byLocalID(subject)
	if !ok {
		return account{}, session{}, errUserNotFound
	}
	if int64(issued) < user.ValidSince.Unix() {
		return account{}, session{}, errTokenExpired
	}
	firebase, _ := claims["firebase"].(map[string]any)
	provider, _ := firebase["sign_in_provider"].(string)
	return user, session{LocalID: subject, Provider: provider, AuthTime: time.Unix(int64(authTime), 0)}, nil
}
