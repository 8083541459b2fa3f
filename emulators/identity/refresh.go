package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/kwipper/kwipper/emulators/journal"
)

const expiresInSeconds = "3600"

// beginSession stores a session under the hash of a new refresh token, which it returns.
func (s *Server) beginSession(from session) (string, error) {
	encoded, err := json.Marshal(from)
	if err != nil {
		return "", fmt.Errorf("encode session: %w", err)
	}
	token := rand.Text() + rand.Text() + rand.Text()
	return token, s.store.Write(journal.Put(refreshPrefix+tokenHash(token), encoded))
}

func (s *Server) findSession(token string) (session, error) {
	encoded, found, err := s.store.Get(refreshPrefix + tokenHash(token))
	if err != nil {
		return session{}, err
	}
	if !found {
		return session{}, refuse("INVALID_REFRESH_TOKEN")
	}
	var from session
	if err := json.Unmarshal(encoded, &from); err != nil {
		return session{}, fmt.Errorf("read session: %w", err)
	}
	return from, nil
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// serveRefresh is the OAuth token endpoint: form-encoded, or JSON as some clients send.
func (s *Server) serveRefresh(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
	answer, err := s.refresh(refreshForm(r))
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func refreshForm(r *http.Request) (grantType, token string) {
	if r.Header.Get("Content-Type") == "application/json" {
		var body struct {
			GrantType    string `json:"grant_type"`
			RefreshToken string `json:"refresh_token"`
		}
		if json.NewDecoder(r.Body).Decode(&body) == nil {
			return body.GrantType, body.RefreshToken
		}
	}
	return r.PostFormValue("grant_type"), r.PostFormValue("refresh_token")
}

func (s *Server) refresh(grantType, token string) (any, error) {
	if grantType == "" {
		return nil, refuse("MISSING_GRANT_TYPE")
	}
	if grantType != "refresh_token" {
		return nil, refuse("INVALID_GRANT_TYPE")
	}
	if token == "" {
		return nil, refuse("MISSING_REFRESH_TOKEN")
	}
	from, err := s.findSession(token)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	user, err := s.accounts.update(from.LocalID, func(a *account) error {
		if a.Disabled {
			return refuse("USER_DISABLED")
		}
		if from.AuthTime.Unix() < a.ValidSince.Unix() {
			return errTokenExpired
		}
		a.RefreshedAt = now
		return nil
	})
	if errors.Is(err, errUserNotFound) {
		return nil, refuse("USER_NOT_FOUND")
	}
	if err != nil {
		return nil, err
	}
	idToken, err := s.userKey.sign(s.userClaims(user, from, now))
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"access_token": idToken, "id_token": idToken, "refresh_token": token,
		"expires_in": expiresInSeconds, "token_type": "Bearer",
		"user_id": user.LocalID, "project_id": s.project,
	}, nil
}
