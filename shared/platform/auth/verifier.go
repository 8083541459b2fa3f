package auth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/kwipper/kwipper/shared/fault"
)

// The reasons for which a call is refused.
const (
	ReasonTokenMissing = "TOKEN_MISSING"
	ReasonTokenExpired = "TOKEN_EXPIRED"
	ReasonTokenInvalid = "TOKEN_INVALID"
	// ReasonKeysUnavailable says that the issuer's keys could not be fetched.
	ReasonKeysUnavailable = "UNAVAILABLE"
	// ReasonPermissionDenied says that the caller is known and may not do this.
	ReasonPermissionDenied = "PERMISSION_DENIED"
)

// fetchTimeout bounds discovery and the fetching of keys.
const fetchTimeout = 10 * time.Second

// Verifier checks tokens of one issuer for one audience.
type Verifier struct {
	verifier *oidc.IDTokenVerifier
}

// NewVerifier discovers the issuer and returns a verifier of its tokens for audience.
// Keys are fetched when first needed and again when a token names an unknown one.
func NewVerifier(ctx context.Context, issuer, audience string) (*Verifier, error) {
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Timeout: fetchTimeout, Transport: newKeyCache()})
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, fault.New(fault.Unavailable, ReasonKeysUnavailable, "discover token issuer %s: %w", issuer, err)
	}
	var found struct {
		KeysURI string `json:"jwks_uri"`
	}
	if err := provider.Claims(&found); err != nil || found.KeysURI == "" {
		return nil, fault.New(fault.Unavailable, ReasonKeysUnavailable, "token issuer %s announces no jwks_uri", issuer)
	}
	keys := keySet{oidc.NewRemoteKeySet(ctx, found.KeysURI)}
	return &Verifier{oidc.NewVerifier(issuer, keys, &oidc.Config{
		ClientID: audience, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256},
	})}, nil
}

// verify checks the token and reads its claims into v.
func (v *Verifier) verify(ctx context.Context, token string, claims any) (*oidc.IDToken, error) {
	if token == "" {
		return nil, fault.New(fault.Unauthenticated, ReasonTokenMissing, "the request has no bearer token")
	}
	attempt := &fetch{}
	verified, err := v.verifier.Verify(context.WithValue(ctx, fetchKey{}, attempt), token)
	if err != nil {
		return nil, refusal(err, attempt)
	}
	if err := verified.Claims(claims); err != nil {
		return nil, fault.New(fault.Unauthenticated, ReasonTokenInvalid, "the token's claims have wrong types: %w", err)
	}
	if verified.Subject == "" {
		return nil, fault.New(fault.Unauthenticated, ReasonTokenInvalid, "the token has no subject")
	}
	return verified, nil
}

func refusal(err error, attempt *fetch) error {
	if attempt.err != nil {
		return fault.New(fault.Unavailable, ReasonKeysUnavailable, "the token issuer's keys cannot be fetched: %w", attempt.err)
	}
	if _, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
		return fault.New(fault.Unauthenticated, ReasonTokenExpired, "the token has expired")
	}
	return fault.New(fault.Unauthenticated, ReasonTokenInvalid, "the token is not valid: %w", err)
}

// keySet tells apart a signature that is wrong from keys that cannot be had: the verifier
// reports both as text only.
type keySet struct{ remote *oidc.RemoteKeySet }

type fetchKey struct{}

// fetch records why keys could not be fetched during one verification.
type fetch struct{ err error }

// VerifySignature returns the payload of a token that one of the issuer's keys has signed.
func (k keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, token)
	// A wrong signature wraps nothing; a failed fetch wraps its cause.
	if attempt, ok := ctx.Value(fetchKey{}).(*fetch); ok && err != nil {
		attempt.err = errors.Unwrap(err)
	}
	return payload, err
}
