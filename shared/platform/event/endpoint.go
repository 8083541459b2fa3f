package event

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"

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
	// open reads a delivery. A final fault says that it is none that its sender would send.
	open func(delivery) (work, error)
}

// delivery is one request to an event function, of a caller that may send it.
type delivery struct {
	header http.Header
	body   []byte
}

// work is what a delivery asks for.
type work struct {
	origin telemetry.Origin
	due    time.Time // when it was published or should have been called, by the machine's clock; zero: unknown
	// do does it. A final fault that it returns means that the delivery has been put away:
	// it is acknowledged.
	do func(context.Context) error
}

// ServeHTTP answers one delivery and logs it in one line.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer trigger.Begin(w)()
	if e.health.Serve(w, r) {
		return
	}
	line := record{name: e.name, begin: time.Now()}
	var asked work
	err := guarded(r.Context(), func(context.Context) (err error) {
		asked, err = e.admit(w, r)
		return err
	})
	ctx, span := telemetry.Serve(r.Context(), e.name, asked.origin, trace.SpanKindConsumer)
	if err == nil {
		line.due = asked.due
		err = guarded(ctx, asked.do)
	}
	line.status, line.err = statusOf(err), err
	line.log(ctx)
	span.End(line.failure())
	trigger.LimitWriting(w)
	w.WriteHeader(line.status)
}

// admit checks who calls and reads what is asked for.
func (e *endpoint) admit(w http.ResponseWriter, r *http.Request) (work, error) {
	elsewhere := work{origin: telemetry.OriginOfHeader(r.Header)}
	if r.Method != http.MethodPost {
		return elsewhere, refusal{http.StatusMethodNotAllowed, fault.New(fault.InvalidArgument, trigger.ReasonMethod, "method %s is not allowed", r.Method)}
	}
	if err := e.verify(r.Context(), r.Header); err != nil {
		return elsewhere, refusal{trigger.MeaningOf(trigger.Classify(err)).HTTPStatus, err}
	}
	body, err := trigger.ReadBody(w, r, bodyLimitBytes)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return elsewhere, refusal{http.StatusRequestEntityTooLarge, err}
		}
		return elsewhere, refusal{http.StatusServiceUnavailable, fmt.Errorf("read the body: %w", err)}
	}
	asked, err := e.open(delivery{header: r.Header, body: body})
	if err != nil {
		return elsewhere, err
	}
	return asked, nil
}

// refusal is an error of a request that is no delivery, with the status that it answers.
type refusal struct {
	status int
	error
}

// Unwrap returns why it was refused.
func (r refusal) Unwrap() error { return r.error }

// statusOf returns the status that disposes of a delivery: 204 acknowledges it.
func statusOf(err error) int {
	if refused, ok := errors.AsType[refusal](err); ok {
		return refused.status
	}
	if err != nil && trigger.MeaningOf(trigger.Classify(err)).Disposal == trigger.Retry {
		return http.StatusServiceUnavailable
	}
	return http.StatusNoContent
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
func guarded(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			panic(reason)
		default:
			err = &trigger.Crash{Reason: reason, Stack: debug.Stack()}
		}
	}()
	return do(ctx)
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
