package identity

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

type lookupRequest struct {
	IDToken string   `json:"idToken"`
	LocalID []string `json:"localId"`
	Email   []string `json:"email"`
}

func (s *Server) lookup(who caller, request lookupRequest) (any, error) {
	var found []account
	switch {
	case request.IDToken != "":
		user, _, err := s.verifyUserToken(request.IDToken)
		if err != nil {
			return nil, err
		}
		if user.Disabled {
			return nil, refuse("USER_DISABLED")
		}
		found = append(found, user)
	case !who.admin:
		return nil, refuse("MISSING_ID_TOKEN")
	default:
		found = s.lookupAll(request)
	}
	answer := map[string]any{"kind": "identitytoolkit#GetAccountInfoResponse"}
	if len(found) > 0 {
		users := make([]map[string]any, len(found))
		for i, user := range found {
			users[i] = userInfo(user)
		}
		answer["users"] = users
	}
	return answer, nil
}

func (s *Server) lookupAll(request lookupRequest) []account {
	var found []account
	for _, id := range request.LocalID {
		if user, ok := s.accounts.byLocalID(id); ok {
			found = append(found, user)
		}
	}
	for _, email := range request.Email {
		if user, ok := s.accounts.find(canonicalEmail(email)); ok && user.Email != "" {
			found = append(found, user)
		}
	}
	return found
}

// redactedHash stands where the real service shows those with permission a password hash;
// the SDKs conclude from it that there is a password.
var redactedHash = base64.StdEncoding.EncodeToString([]byte("REDACTED"))

// userInfo is an account as the API shows it.
func userInfo(user account) map[string]any {
	info := map[string]any{
		"localId": user.LocalID, "emailVerified": user.EmailVerified, "disabled": user.Disabled,
		"createdAt":  strconv.FormatInt(user.CreatedAt.UnixMilli(), 10),
		"validSince": strconv.FormatInt(max(user.ValidSince.Unix(), user.CreatedAt.Unix()), 10),
	}
	if !user.LastLoginAt.IsZero() {
		info["lastLoginAt"] = strconv.FormatInt(user.LastLoginAt.UnixMilli(), 10)
		info["lastRefreshAt"] = user.RefreshedAt.UTC().Format(time.RFC3339Nano)
	}
	for name, value := range map[string]string{
		"email": user.Email, "displayName": user.DisplayName, "photoUrl": user.PhotoURL} {
		if value != "" {
			info[name] = value
		}
	}
	if len(user.Claims) > 0 {
		info["customAttributes"] = encodeClaims(user.Claims)
	}
	if user.PasswordHash != nil {
		info["passwordHash"] = redactedHash
	}
	if user.Email != "" {
		info["providerUserInfo"] = []map[string]string{{
			"providerId": providerPassword, "federatedId": user.Email, "email": user.Email,
			"rawId": user.Email, "displayName": user.DisplayName, "photoUrl": user.PhotoURL}}
	}
	return info
}

// encodeClaims writes what came from JSON.
func encodeClaims(claims map[string]any) string {
	encoded, err := json.Marshal(claims)
	if err != nil {
		return fmt.Sprintf("{%q:%q}", "error", err)
	}
	return string(encoded)
}

type createAuthURIRequest struct {
	Identifier  string `json:"identifier"`
	ContinueURI string `json:"continueUri"`
}

// createAuthURI answers the same for every email: enumeration protection.
func (s *Server) createAuthURI(_ caller, request createAuthURIRequest) (any, error) {
	if request.Identifier == "" {
		return nil, refuse("MISSING_IDENTIFIER")
	}
	if request.ContinueURI == "" {
		return nil, refuse("MISSING_CONTINUE_URI")
	}
	if !validEmail(canonicalEmail(request.Identifier)) {
		return nil, refuse("INVALID_IDENTIFIER")
	}
	return map[string]any{"kind": "identitytoolkit#CreateAuthUriResponse", "sessionId": tokenHash(request.Identifier)[:27]}, nil
}
