package event

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/health"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
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
	e := &endpoint{name: name, health: health.NewEndpoint(wiring.Probes), open: func(d delivery) (work, error) {
		var task T
		if len(d.body) > 0 {
			if err := json.Unmarshal(d.body, &task); err != nil {
				return work{}, fault.New(fault.InvalidArgument, ReasonMalformed, "the body of the task: %w", err)
			}
		}
		return work{origin: telemetry.OriginOfHeader(d.header), due: taskETA(d.header), do: func(ctx context.Context) error {
			dependencies, err := wiring.Get(ctx)
			if err != nil {
				return asRetry(err)
			}
			return handle(ctx, dependencies, task)
		}}, nil
	}}
	return e.ServeHTTP
}

// taskETA returns when Cloud Tasks was to call, in seconds since 1970 with a fraction; zero
// for others who call.
func taskETA(header http.Header) time.Time {
	seconds, err := strconv.ParseFloat(header.Get("X-CloudTasks-TaskETA"), 64)
	if err != nil || seconds <= 0 || seconds > maxETASeconds {
		return time.Time{}
	}
	return time.UnixMicro(int64(seconds * 1e6))
}

// maxETASeconds is the year 9999.
const maxETASeconds = 253402300799
