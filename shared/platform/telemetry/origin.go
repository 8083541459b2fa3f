package telemetry

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The headers, and attributes of messages, that the context travels in.
const (
	// Header names the span that the work goes on from (W3C Trace Context).
	Header = "traceparent"
	// LinkHeader names, in the same form, the span that scheduled it for later.
	LinkHeader = "kwipper-tracelink"
)

var propagator propagation.TraceContext

// Origin is where work comes from: it goes on with the trace of Parent, or begins one that
// links to Link. Either may be missing.
type Origin struct{ Parent, Link trace.SpanContext }

// OriginOfHeader reads the origin of an HTTP request.
func OriginOfHeader(header http.Header) Origin {
	if link := parse(header.Get(LinkHeader)); link.IsValid() {
		return Origin{Link: link}
	}
	return Origin{Parent: parse(header.Get(Header))}
}

// OriginOfAttributes reads the origin of a message.
func OriginOfAttributes(attributes map[string]string) Origin {
	return Origin{Parent: parse(attributes[Header])}
}

func parse(traceParent string) trace.SpanContext {
	ctx := propagator.Extract(context.Background(), propagation.MapCarrier{Header: traceParent})
	return trace.SpanContextFromContext(ctx)
}

// Parent returns the context's span in the form of traceparent, empty without one.
func Parent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagator.Inject(ctx, carrier)
	return carrier[Header]
}

// Inject writes the trace context of ctx into headers.
func Inject(ctx context.Context, header http.Header) {
	propagator.Inject(ctx, propagation.HeaderCarrier(header))
}

// InjectAttributes writes the trace context of ctx into a message's attributes.
func InjectAttributes(ctx context.Context, attributes map[string]string) {
	propagator.Inject(ctx, propagation.MapCarrier(attributes))
}

// InjectLink writes into headers that what they call was scheduled by the span of ctx.
func InjectLink(ctx context.Context, header http.Header) {
	if parent := Parent(ctx); parent != "" {
		header.Set(LinkHeader, parent)
	}
}
