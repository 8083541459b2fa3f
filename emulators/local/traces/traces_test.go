package traces_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/kwipper/kwipper/emulators/local/traces"
)

func TestTraceIsATree(t *testing.T) {
	recorder := traces.New()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("test")
	ctx, root := tracer.Start(t.Context(), "Subscribe")
	below, first := tracer.Start(ctx, "first")
	_, second := tracer.Start(ctx, "second")
	_, deep := tracer.Start(below, "deep", trace.WithAttributes(attribute.String("kwipper.saga", "jp-1")))
	second.End()
	deep.SetStatus(codes.Error, "DECLINED")
	deep.End()
	first.End()
	root.End()
	_, other := tracer.Start(t.Context(), "RenewBilling", trace.WithLinks(trace.Link{SpanContext: root.SpanContext()}))
	other.End()

	list := recorder.List()
	require.Len(t, list, 2)
	assert.Equal(t, "RenewBilling", list[0].Name, "the latest first")
	assert.Empty(t, list[1].Spans)
	found, ok := recorder.Get(list[1].ID)
	require.True(t, ok)
	var names []string
	for _, s := range found.Spans {
		names = append(names, fmt.Sprintf("%d %s %s", s.Depth, s.Name, s.Failure))
	}
	assert.Equal(t, []string{"0 Subscribe ", "1 first ", "2 deep DECLINED", "1 second "}, names)
	assert.Equal(t, []string{"jp-1"}, found.Sagas)
	assert.Equal(t, 1, found.Failed)
	linked, _ := recorder.Get(list[0].ID)
	assert.Equal(t, []string{found.ID}, linked.Spans[0].Links)

	for _, id := range []string{"", "x", "0af7651916cd43dd8448eb211c80319c"} {
		_, ok := recorder.Get(id)
		assert.False(t, ok, id)
	}
}

func TestOldTracesAreForgotten(t *testing.T) {
	recorder := traces.New()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("test")
	for i := range 1000 {
		_, span := tracer.Start(t.Context(), fmt.Sprint(i))
		span.End()
	}
	list := recorder.List()
	assert.Len(t, list, 300)
	assert.Equal(t, "999", list[0].Name)

	ctx, root := tracer.Start(t.Context(), "long")
	for range 5000 {
		_, span := tracer.Start(ctx, "step")
		span.End()
	}
	root.End()
	assert.Equal(t, 5001, recorder.List()[0].Count)
	long, _ := recorder.Get(recorder.List()[0].ID)
	assert.Len(t, long.Spans, 1000)
}
