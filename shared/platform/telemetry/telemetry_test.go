package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestTraceTravels(t *testing.T) {
	ctx := telemetry.FromHeader(t.Context(), http.Header{"Traceparent": {parent}})
	header := http.Header{}
	telemetry.Inject(ctx, header)
	sent := header.Get(telemetry.Header)
	assert.Contains(t, sent, "4bf92f3577b34da6a3ce929d0e0e4736", "the same trace")
	assert.NotContains(t, sent, "00f067aa0ba902b7", "in a span of its own")
	assert.True(t, strings.HasSuffix(sent, "-01"), "sampled as the caller decided")

	attributes := map[string]string{}
	telemetry.InjectAttributes(ctx, attributes)
	assert.Equal(t, sent, attributes[telemetry.Header])

	pushed := telemetry.FromHeader(t.Context(), http.Header{})
	pushed = telemetry.FromAttributes(pushed, attributes)
	telemetry.Inject(pushed, header)
	assert.Contains(t, header.Get(telemetry.Header), "4bf92f3577b34da6a3ce929d0e0e4736", "the message's trace wins")
}

func TestWithoutTraceOneBegins(t *testing.T) {
	for _, value := range []string{"", "hello", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"} {
		header := http.Header{}
		telemetry.Inject(telemetry.FromHeader(t.Context(), http.Header{"Traceparent": {value}}), header)
		assert.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-00$`, header.Get(telemetry.Header), value)
	}
}

func TestLogHasTheFieldsOfCloudLogging(t *testing.T) {
	var out bytes.Buffer
	logger := telemetry.NewLogger(&out, "kwipper-test", map[string]string{"function": "Pay"})
	ctx := telemetry.FromHeader(t.Context(), http.Header{"Traceparent": {parent}})
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
