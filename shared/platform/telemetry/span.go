package telemetry

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// scope names the instrumentation.
const scope = "github.com/kwipper/kwipper/shared/platform/telemetry"

// provider makes the spans. Until Record it samples what a caller has sampled and tells
// nobody.
var provider atomic.Pointer[sdktrace.TracerProvider]

func init() {
	provider.Store(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample()))))
}

// Record gives the spans of this process, sampled as sampler says, to processor, those of
// the Google clients included. The function that it returns hands over what is left and
// restores what was before.
func Record(sampler sdktrace.Sampler, processor sdktrace.SpanProcessor) (stop func(context.Context) error) {
	p := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(processor))
	before, global := provider.Swap(p), otel.GetTracerProvider()
	otel.SetTracerProvider(p)
	return func(ctx context.Context) error {
		provider.Store(before)
		otel.SetTracerProvider(global)
		return p.Shutdown(ctx)
	}
}

// Span is a piece of work under way.
type Span struct{ span trace.Span }

// Serve begins the span of work that came from outside: a request or a message. The name is
// that of a function.
func Serve(ctx context.Context, name string, from Origin, kind trace.SpanKind) (context.Context, Span) {
	options := []trace.SpanStartOption{trace.WithSpanKind(kind)}
	if from.Link.IsValid() {
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: from.Link}))
	}
	if from.Parent.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, from.Parent)
	}
	ctx, span := tracer().Start(ctx, name, options...)
	return ctx, Span{span}
}

// GoOn begins a span of work for something that began in the trace of traceParent: a saga
// that is moved on by whoever finds it due. Within that trace already it is a span like
// another; from elsewhere it joins that trace, linked to where it is.
func GoOn(ctx context.Context, name, traceParent string) (context.Context, Span) {
	begun, here := parse(traceParent), trace.SpanContextFromContext(ctx)
	var options []trace.SpanStartOption
	if begun.IsValid() && begun.TraceID() != here.TraceID() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, begun)
		options = append(options, trace.WithLinks(trace.Link{SpanContext: here}))
	}
	ctx, span := tracer().Start(ctx, name, options...)
	return ctx, Span{span}
}

func tracer() trace.Tracer { return provider.Load().Tracer(scope) }

// Set adds what the work turned out to be about; ids and names of our own, nothing personal.
func (s Span) Set(name, value string) {
	if value != "" {
		s.span.SetAttributes(attribute.String("kwipper."+name, value))
	}
}

// End ends the span. A reason says that it failed, and why, in the word of a fault.
func (s Span) End(failure string) {
	if failure != "" {
		s.span.SetStatus(codes.Error, failure)
	}
	s.span.End()
}
