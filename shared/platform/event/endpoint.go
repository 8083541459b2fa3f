package event

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/health"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// bodyLimitBytes bounds a delivery: Pub/Sub's messages have 10 MB at most, in base64.
const bodyLimitBytes = 14 << 20

// ReasonMalformed says that a delivery is not what its sender would send.
const ReasonMalformed = "MALFORMED_EVENT"

// endpoint handles the deliveries to one event function.
type endpoint struct {
	name   string
	health *health.Endpoint
	// handle does the work. A final fault that it returns means that the delivery has been
	// put away: it is acknowledged.
	handle func(ctx context.Context, delivery delivery) error
}

// delivery is one request to an event function, of a caller that may send it.
type delivery struct {
	header http.Header
	body   []byte
}

// ServeHTTP answers one delivery and logs it in one line.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer trigger.Begin()()
	if e.health.Serve(w, r) {
		return
	}
	begin := time.Now()
	ctx := telemetry.FromHeader(r.Context(), r.Header)
	status, err := e.answer(ctx, w, r)
	logDelivery(ctx, e.name, status, time.Since(begin), err)
	w.WriteHeader(status)
}

// answer handles a delivery up to its status: 204 acknowledges it.
func (e *endpoint) answer(ctx context.Context, w http.ResponseWriter, r *http.Request) (int, error) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, fault.New(fault.InvalidArgument, trigger.ReasonMethod, "method %s is not allowed", r.Method)
	}
	if err := e.verify(ctx, r.Header); err != nil {
		return trigger.MeaningOf(trigger.Classify(err)).HTTPStatus, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimitBytes))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return http.StatusRequestEntityTooLarge, err
		}
		return http.StatusServiceUnavailable, fmt.Errorf("read the body: %w", err)
	}
	err = e.guarded(ctx, delivery{header: r.Header, body: body})
	if err != nil && trigger.MeaningOf(trigger.Classify(err)).Disposal == trigger.Retry {
		return http.StatusServiceUnavailable, err
	}
	return http.StatusNoContent, err
}

// verify checks that the invoking service account calls this function and no other.
func (e *endpoint) verify(ctx context.Context, header http.Header) error {
	account, err := config.Invoker()
	if err != nil {
		return err
	}
	services, err := auth.Services(ctx, e.name)
	if err != nil {
		return err
	}
	return services.Service(ctx, auth.ServiceToken(header), account)
}

// guarded handles a delivery and turns a panic into an error, which is retried.
func (e *endpoint) guarded(ctx context.Context, d delivery) (err error) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			panic(reason)
		default:
			err = &trigger.Crash{Reason: reason, Stack: debug.Stack()}
		}
	}()
	return e.handle(ctx, d)
}

// verifying wires with a probe of whether the issuer of the invoker's tokens is known.
func verifying[D any](name string, wire func(context.Context) (D, error)) func(context.Context) (D, error) {
	return func(ctx context.Context) (D, error) {
		health.Add(ctx, "service tokens", func(ctx context.Context) error {
			_, err := auth.Services(ctx, name)
			return err
		})
		return wire(ctx)
	}
}
