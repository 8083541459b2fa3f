// Package telemetry writes logs in the fields of Cloud Logging and carries W3C trace
// context through HTTP headers and message attributes. It exports nothing by itself, so
// that it costs a cold start next to nothing: Cloud Run records the requests, and every log
// line names trace and span.
package telemetry

import (
	"context"
	"crypto/rand"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Header is where the trace context travels, in HTTP headers and in message attributes.
const Header = "traceparent"

var propagator propagation.TraceContext

// FromHeader returns ctx in a new span below the one that the headers name, or of a new
// trace when they name none.
func FromHeader(ctx context.Context, header http.Header) context.Context {
	return child(propagator.Extract(ctx, propagation.HeaderCarrier(header)))
}

// FromAttributes returns ctx in a new span below the one that a message's attributes name;
// without any, below that of ctx.
func FromAttributes(ctx context.Context, attributes map[string]string) context.Context {
	if attributes[Header] == "" {
		return ctx
	}
	return child(propagator.Extract(ctx, propagation.MapCarrier(attributes)))
}

// Inject writes the trace context of ctx into headers.
func Inject(ctx context.Context, header http.Header) {
	propagator.Inject(ctx, propagation.HeaderCarrier(header))
}

// InjectAttributes writes the trace context of ctx into a message's attributes.
func InjectAttributes(ctx context.Context, attributes map[string]string) {
	propagator.Inject(ctx, propagation.MapCarrier(attributes))
}

// child enters a span of its own below the one in ctx.
func child(ctx context.Context) context.Context {
	parent := trace.SpanContextFromContext(ctx)
	config := trace.SpanContextConfig{
		TraceID: parent.TraceID(), TraceFlags: parent.TraceFlags(), TraceState: parent.TraceState(),
	}
	if !parent.IsValid() {
		_, _ = rand.Read(config.TraceID[:]) // crypto/rand.Read never fails
	}
	_, _ = rand.Read(config.SpanID[:])
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(config))
}
