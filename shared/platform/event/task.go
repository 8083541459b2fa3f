package event

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/health"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// Task serves tasks of Cloud Tasks, whose body is T in JSON, and targets of Cloud
// Scheduler, whose empty body is T's zero value. A task that fails for good is logged as an
// error and acknowledged.
func Task[D, T any](
	name string,
	wire func(context.Context) (D, error),
	handle func(context.Context, D, T) error,
) http.HandlerFunc {
	wiring := trigger.NewWiring(verifying(name, wire))
	e := &endpoint{name: name, health: health.NewEndpoint(wiring.Probes), handle: func(ctx context.Context, d delivery) error {
		var task T
		if len(d.body) > 0 {
			if err := json.Unmarshal(d.body, &task); err != nil {
				return fault.New(fault.InvalidArgument, ReasonMalformed, "the body of the task: %w", err)
			}
		}
		dependencies, err := wiring.Get(ctx)
		if err != nil {
			return asRetry(err)
		}
		return handle(ctx, dependencies, task)
	}}
	return e.ServeHTTP
}
