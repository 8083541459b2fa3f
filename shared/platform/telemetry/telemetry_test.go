package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// serve begins a span of what comes with these headers.
func serve(t *testing.T, header http.Header) context.Context {
	ctx, span := telemetry.Serve(t.Context(), "Test", telemetry.OriginOfHeader(header), trace.SpanKindServer)
	t.Cleanup(func() { span.End("") })
	return ctx
}

func TestTraceTravels(t *testing.T) {
	ctx := serve(t, http.Header{"Traceparent": {parent}})
	header := http.Header{}
	telemetry.Inject(ctx, header)
	sent := header.Get(telemetry.Header)
	assert.Contains(t, sent, "4bf92f3577b34da6a3ce929d0e0e4736", "the same trace")
	assert.NotContains(t, sent, "00f067aa0ba902b7", "in a span of its own")
	assert.True(t, strings.HasSuffix(sent, "-01"), "sampled as the caller decided")
	assert.Equal(t, sent, telemetry.Parent(ctx))

	attributes := map[string]string{}
	telemetry.InjectAttributes(ctx, attributes)
	assert.Equal(t, sent, attributes[telemetry.Header])

	pushed, span := telemetry.Serve(t.Context(), "Push", telemetry.OriginOfAttributes(attributes), trace.SpanKindConsumer)
	defer span.End("")
	assert.Contains(t, telemetry.Parent(pushed), "4bf92f3577b34da6a3ce929d0e0e4736", "the message's trace")
}

func TestWithoutTraceOneBegins(t *testing.T) {
	for _, value := range []string{"", "hello", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"} {
		assert.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-00$`, telemetry.Parent(serve(t, http.Header{"Traceparent": {value}})), value)
	}
	assert.Empty(t, telemetry.Parent(t.Context()))
}

// recorded runs work and returns the spans that it made, by name.
func recorded(t *testing.T, work func()) map[string]sdktrace.ReadOnlySpan {
	recorder := tracetest.NewSpanRecorder()
	stop := telemetry.Record(sdktrace.AlwaysSample(), recorder)
	work()
	require.NoError(t, stop(t.Context()))
	spans := map[string]sdktrace.ReadOnlySpan{}
	for _, span := range recorder.Ended() {
		spans[span.Name()] = span
	}
	return spans
}

func TestWhatIsScheduledForLaterLinks(t *testing.T) {
	header := http.Header{}
	spans := recorded(t, func() {
		ctx, sweep := telemetry.Serve(t.Context(), "EnqueueRenewals", telemetry.Origin{}, trace.SpanKindConsumer)
		telemetry.InjectLink(ctx, header)
		sweep.End("")
		_, renewal := telemetry.Serve(t.Context(), "RenewBilling", telemetry.OriginOfHeader(header), trace.SpanKindConsumer)
		renewal.Set("saga", "jp-1")
		renewal.End("UNAVAILABLE")
	})
	sweep, renewal := spans["EnqueueRenewals"], spans["RenewBilling"]
	assert.NotEqual(t, sweep.SpanContext().TraceID(), renewal.SpanContext().TraceID())
	require.Len(t, renewal.Links(), 1)
	assert.Equal(t, sweep.SpanContext().SpanID(), renewal.Links()[0].SpanContext.SpanID())
	assert.Equal(t, "UNAVAILABLE", renewal.Status().Description)
	assert.Contains(t, renewal.Attributes(), attribute.String("kwipper.saga", "jp-1"))
}

func TestSagaGoesOnInItsOwnTrace(t *testing.T) {
	var begun string
	spans := recorded(t, func() {
		ctx, start := telemetry.Serve(t.Context(), "Subscribe", telemetry.Origin{}, trace.SpanKindServer)
		begun = telemetry.Parent(ctx)
		_, near := telemetry.GoOn(ctx, "near", begun)
		near.End("")
		start.End("")
		elsewhere, resume := telemetry.Serve(t.Context(), "ResumeSagas", telemetry.Origin{}, trace.SpanKindConsumer)
		_, far := telemetry.GoOn(elsewhere, "far", begun)
		far.End("")
		_, unknown := telemetry.GoOn(elsewhere, "unknown", "")
		unknown.End("")
		resume.End("")
	})
	saga, resume := spans["Subscribe"].SpanContext(), spans["ResumeSagas"].SpanContext()
	assert.Equal(t, saga.TraceID(), spans["near"].SpanContext().TraceID())
	assert.Empty(t, spans["near"].Links())
	assert.Equal(t, saga.TraceID(), spans["far"].SpanContext().TraceID(), "it joins the saga's")
	assert.Equal(t, saga.SpanID(), spans["far"].Parent().SpanID())
	require.Len(t, spans["far"].Links(), 1)
	assert.Equal(t, resume.SpanID(), spans["far"].Links()[0].SpanContext.SpanID())
	assert.Equal(t, resume.TraceID(), spans["unknown"].SpanContext().TraceID())
}

func TestLogHasTheFieldsOfCloudLogging(t *testing.T) {
	var out bytes.Buffer
	logger := telemetry.NewLogger(&out, "kwipper-test", map[string]string{"function": "Pay"})
	ctx := serve(t, http.Header{"Traceparent": {parent}})
	logger.With("a", 1).WithGroup("g").WarnContext(ctx, "hello", "b", 2)
	logger.Log(ctx, slog.LevelError, "worse")
	logger.DebugContext(ctx, "not written")

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &line))
	assert.Equal(t, "ERROR", line["severity"])
	assert.Equal(t, "worse", line["message"])
	assert.Equal(t, "projects/kwipper-test/traces/4bf92f3577b34da6a3ce929d0e0e4736", line["logging.googleapis.com/trace"])
	assert.Len(t, line["logging.googleapis.com/spanId"], 16)
	assert.Equal(t, true, line["logging.googleapis.com/trace_sampled"])
	assert.Equal(t, map[string]any{"function": "Pay"}, line["logging.googleapis.com/labels"])
	assert.Contains(t, lines[0], `"severity":"WARNING"`)
}
