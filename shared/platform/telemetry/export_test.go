package telemetry_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

// taker takes spans by OTLP.
type taker struct {
	collector.UnimplementedTraceServiceServer
	names chan string
}

func (s taker) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				s.names <- span.GetName()
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func TestSpansAreExported(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, spans := grpc.NewServer(), taker{names: make(chan string, 10)}
	collector.RegisterTraceServiceServer(server, spans)
	go func() { _ = server.Serve(listener) }() // ends when it is stopped
	defer server.Stop()
	t.Setenv("TRACES_ENDPOINT", "http://"+listener.Addr().String())
	t.Setenv("TRACE_SAMPLE_RATIO", "1")
	stop, err := telemetry.Export(t.Context())
	require.NoError(t, err)
	_, span := telemetry.Serve(t.Context(), "Subscribe", telemetry.Origin{}, trace.SpanKindServer)
	span.End("")
	require.NoError(t, stop(t.Context()), "what is left is handed over")
	assert.Equal(t, "Subscribe", <-spans.names)
}

func TestSettingsOfTheExporterAreChecked(t *testing.T) {
	t.Setenv("TRACES_ENDPOINT", "127.0.0.1:1")
	for _, ratio := range []string{"x", "-1", "1.5", "NaN"} {
		t.Setenv("TRACE_SAMPLE_RATIO", ratio)
		_, err := telemetry.Export(t.Context())
		assert.ErrorContains(t, err, "TRACE_SAMPLE_RATIO", ratio)
	}
	t.Setenv("TRACES_ENDPOINT", "")
	stop, err := telemetry.Export(t.Context())
	require.NoError(t, err, "nothing is exported unless it is asked for")
	require.NoError(t, stop(t.Context()))
}
