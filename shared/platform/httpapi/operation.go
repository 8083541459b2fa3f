package httpapi

import (
	"context"
	"net/http"

	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/health"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// Operation serves the operation id of the OpenAPI document. wire runs once, at the first
// request that gets as far; its failure is not kept.
func Operation[D any](
	id string,
	wire func(context.Context) (D, error),
	serve func(context.Context, D, *Request) (*Response, error),
) http.HandlerFunc {
	wiring := trigger.NewWiring(func(ctx context.Context) (D, error) {
		health.Add(ctx, "user tokens", verifiesUsers)
		return wire(ctx)
	})
	e := &endpoint{
		id: id, health: health.NewEndpoint(wiring.Probes),
		serve: func(ctx context.Context, r *Request) (*Response, error) {
			dependencies, err := wiring.Get(ctx)
			if err != nil {
				return nil, err
			}
			return serve(ctx, dependencies, r)
		},
	}
	return e.ServeHTTP
}

// verifiesUsers probes whether the issuer of user tokens is known.
func verifiesUsers(ctx context.Context) error {
	_, err := auth.Users(ctx)
	return err
}
