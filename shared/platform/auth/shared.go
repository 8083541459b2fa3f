package auth

import (
	"context"
	"sync"

	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// verifiers holds, by verifierKey, the *trigger.Wiring of each *Verifier of this process.
var verifiers sync.Map

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
	key := verifierKey{issuer, audience}
	wiring, ok := verifiers.Load(key)
	if !ok {
		wiring, _ = verifiers.LoadOrStore(key, trigger.NewWiring(func(ctx context.Context) (*Verifier, error) {
			return NewVerifier(ctx, issuer, audience)
		}))
	}
	return wiring.(*trigger.Wiring[*Verifier]).Get(ctx)
}
