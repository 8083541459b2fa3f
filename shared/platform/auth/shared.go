package auth

import (
	"context"
	"sync"

	"github.com/kwipper/kwipper/shared/platform/config"
)

var (
	mu        sync.Mutex
	verifiers = map[verifierKey]*Verifier{}
)

type verifierKey struct{ issuer, audience string }

// Users returns the verifier of user tokens, one in a process.
func Users(ctx context.Context) (*Verifier, error) {
	issuer, err := config.URL("IDENTITY_ISSUER")
	if err != nil {
		return nil, err
	}
	audience, err := config.String("IDENTITY_AUDIENCE")
	if err != nil {
		return nil, err
	}
	return shared(ctx, issuer, audience)
}

// Services returns the verifier of the service tokens that the function name accepts: those
// for its own address.
func Services(ctx context.Context, name string) (*Verifier, error) {
	audience, err := config.FunctionURL(name)
	if err != nil {
		return nil, err
	}
	return shared(ctx, config.ServiceIssuer(), audience)
}

// shared returns the verifier for issuer and audience and makes it when it is missing. A
// failed discovery is not kept.
func shared(ctx context.Context, issuer, audience string) (*Verifier, error) {
	mu.Lock()
	defer mu.Unlock()
	key := verifierKey{issuer, audience}
	if v, ok := verifiers[key]; ok {
		return v, nil
	}
	v, err := NewVerifier(ctx, issuer, audience)
	if err != nil {
		return nil, err
	}
	verifiers[key] = v
	return v, nil
}
