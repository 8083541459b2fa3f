package identity

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// reuseUntil is how much life a service token must have left to be handed out again:
// signing costs a millisecond of CPU, and a busy Pub/Sub pushes hundreds of messages a second.
const reuseUntil = tokenLifetime / 2

// accessAudience is the audience of access tokens, which real ones do not have.
const accessAudience = "https://www.googleapis.com/"

type serviceTokenKey struct{ email, audience string }

type serviceToken struct {
	token  string
	expiry time.Time
}

type serviceTokenCache struct {
	mu     sync.Mutex
	tokens map[serviceTokenKey]serviceToken
}

// maxCachedServiceTokens bounds the cache; callers choose the audiences.
const maxCachedServiceTokens = 10_000

// ServiceToken issues an OIDC token for a service account, as Google's token service does
// for Pub/Sub push, Cloud Tasks and Cloud Scheduler. Like Google's, the token may have been
// issued before and is valid for at least half an hour.
func (s *Server) ServiceToken(ctx context.Context, email, audience string) (string, error) {
	issued, err := s.serviceToken(ctx, email, audience)
	return issued.token, err
}

// AccessToken issues what stands for an OAuth access token of a service account: with it the
// administrators' methods can be called.
func (s *Server) AccessToken(ctx context.Context, email string) (string, error) {
	return s.ServiceToken(ctx, email, accessAudience)
}

func (s *Server) serviceToken(ctx context.Context, email, audience string) (serviceToken, error) {
	if err := ctx.Err(); err != nil {
		return serviceToken{}, err
	}
	if !strings.Contains(email, "@") {
		return serviceToken{}, fmt.Errorf("email %q is not that of a service account", email)
	}
	if audience == "" {
		return serviceToken{}, errors.New("audience is empty")
	}
	key, now := serviceTokenKey{email, audience}, time.Now()
	s.services.mu.Lock()
	defer s.services.mu.Unlock()
	if cached, ok := s.services.tokens[key]; ok && cached.expiry.Sub(now) > reuseUntil {
		return cached, nil
	}
	issued, err := s.signServiceToken(email, audience, now)
	if err != nil {
		return serviceToken{}, err
	}
	if len(s.services.tokens) >= maxCachedServiceTokens {
		clear(s.services.tokens)
	}
	s.services.tokens[key] = issued
	return issued, nil
}

func (s *Server) signServiceToken(email, audience string, now time.Time) (serviceToken, error) {
	subject := serviceSubject(email)
	expiry := now.Add(tokenLifetime)
	token, err := s.serviceKey.sign(map[string]any{
		"iss": s.serviceIssuer, "aud": audience, "azp": subject, "sub": subject,
		"email": email, "email_verified": true,
		"iat": now.Unix(), "exp": expiry.Unix(),
	})
	if err != nil {
		return serviceToken{}, fmt.Errorf("service token for %s: %w", email, err)
	}
	return serviceToken{token: token, expiry: expiry}, nil
}

// verifyAccessToken takes what AccessToken issued; an OIDC token for somebody else is none.
func (s *Server) verifyAccessToken(token string) error {
	claims, err := verifySignature(&s.serviceKey.private.PublicKey, token)
	if err != nil {
		return err
	}
	if claims["iss"] != s.serviceIssuer || claims["aud"] != accessAudience {
		return fmt.Errorf("issued by %v for %v", claims["iss"], claims["aud"])
	}
	if expiry, _ := claims["exp"].(float64); time.Now().Unix() >= int64(expiry) {
		return errTokenExpired
	}
	return nil
}

// serviceSubject derives the numeric unique id that Google gives each service account.
func serviceSubject(email string) string {
	sum := sha256.Sum256([]byte(email))
	return fmt.Sprintf("1%020d", binary.BigEndian.Uint64(sum[:]))
}
