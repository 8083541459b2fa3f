// Package traces remembers the recent traces of the local stack, for its page to show.
package traces

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	maxTraces = 300
	maxSpans  = 1000 // of a trace; what comes after them is counted only
)

// Span is a span that has ended.
type Span struct {
	ID         string            `json:"id"`
	Parent     string            `json:"parent,omitempty"`
	Depth      int               `json:"depth"` // below the first span of the trace that is remembered
	Name       string            `json:"name"`
	Kind       string            `json:"kind"`
	Begin      time.Time         `json:"begin"`
	Millis     float64           `json:"millis"`
	Failure    string            `json:"failure,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Links      []string          `json:"links,omitempty"` // traces that it links to
}

// Trace is a trace as far as it has come.
type Trace struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"` // of its first span
	Begin   time.Time `json:"begin"`
	Millis  float64   `json:"millis"`
	Count   int       `json:"count"` // of spans, those included that are not kept
	Failed  int       `json:"failed"`
	Sagas   []string  `json:"sagas,omitempty"`
	Spans   []Span    `json:"spans,omitempty"`
	sagaIDs map[string]bool
}

// Recorder is a span processor that remembers the latest traces.
type Recorder struct {
	mu     sync.Mutex
	traces map[trace.TraceID]*Trace
	order  []trace.TraceID // by the end of their first span
}

// New returns a recorder without traces.
func New() *Recorder { return &Recorder{traces: map[trace.TraceID]*Trace{}} }

// OnStart does nothing: spans are remembered when they have ended.
func (*Recorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// Shutdown does nothing: what is remembered stays readable.
func (*Recorder) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing: there is nothing that waits.
func (*Recorder) ForceFlush(context.Context) error { return nil }

// OnEnd remembers a span.
func (r *Recorder) OnEnd(s sdktrace.ReadOnlySpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := s.SpanContext().TraceID()
	t, ok := r.traces[id]
	if !ok {
		t = &Trace{ID: id.String(), sagaIDs: map[string]bool{}}
		r.traces[id], r.order = t, append(r.order, id)
		if len(r.order) > maxTraces {
			delete(r.traces, r.order[0])
			r.order = slices.Delete(r.order, 0, 1)
		}
	}
	t.add(s)
}

func (t *Trace) add(s sdktrace.ReadOnlySpan) {
	t.Count++
	if s.Status().Code == codes.Error {
		t.Failed++
	}
	for _, a := range s.Attributes() {
		if a.Key == "kwipper.saga" && !t.sagaIDs[a.Value.AsString()] {
			t.sagaIDs[a.Value.AsString()] = true
			t.Sagas = append(t.Sagas, a.Value.AsString())
		}
	}
	if len(t.Spans) < maxSpans {
		t.Spans = append(t.Spans, newSpan(s))
	}
}

func newSpan(s sdktrace.ReadOnlySpan) Span {
	span := Span{
		ID: s.SpanContext().SpanID().String(), Name: s.Name(), Kind: s.SpanKind().String(), Begin: s.StartTime().UTC(),
		Millis: millis(s.EndTime().Sub(s.StartTime())),
	}
	if s.Parent().IsValid() {
		span.Parent = s.Parent().SpanID().String()
	}
	if s.Status().Code == codes.Error {
		span.Failure = cmp.Or(s.Status().Description, "failed")
	}
	for _, l := range s.Links() {
		span.Links = append(span.Links, l.SpanContext.TraceID().String())
	}
	span.Attributes = attributes(s.Attributes())
	return span
}

func attributes(all []attribute.KeyValue) map[string]string {
	if len(all) == 0 {
		return nil
	}
	found := make(map[string]string, len(all))
	for _, a := range all {
		found[string(a.Key)] = a.Value.String()
	}
	return found
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// List returns the remembered traces without their spans, the latest first.
func (r *Recorder) List() []Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Trace, 0, len(r.order))
	for _, id := range slices.Backward(r.order) {
		t := r.traces[id].whole()
		t.Spans = nil
		list = append(list, t)
	}
	return list
}

// Get returns a trace with its spans, in the order of a tree: below each its own.
func (r *Recorder) Get(id string) (Trace, bool) {
	parsed, err := trace.TraceIDFromHex(id)
	if err != nil {
		return Trace{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.traces[parsed]
	if !ok {
		return Trace{}, false
	}
	return t.whole(), true
}

// whole returns a copy with what the spans say together.
func (t *Trace) whole() Trace {
	w := *t
	w.Sagas = slices.Clone(t.Sagas)
	w.Spans = tree(t.Spans)
	if len(w.Spans) == 0 {
		return w
	}
	w.Name, w.Begin = w.Spans[0].Name, w.Spans[0].Begin
	end := w.Begin
	for _, s := range w.Spans {
		if s.Begin.Before(w.Begin) {
			w.Begin = s.Begin
		}
		if e := s.Begin.Add(time.Duration(s.Millis * float64(time.Millisecond))); e.After(end) {
			end = e
		}
	}
	w.Millis = millis(end.Sub(w.Begin))
	return w
}

// tree orders spans by their beginning, each before those below it.
func tree(spans []Span) []Span {
	known, below := map[string]bool{}, map[string][]Span{}
	for _, s := range spans {
		known[s.ID] = true
	}
	for _, s := range spans {
		parent := s.Parent
		if !known[parent] {
			parent = "" // it is remote, or under way still
		}
		below[parent] = append(below[parent], s)
	}
	ordered := make([]Span, 0, len(spans))
	var walk func(parent string, depth int)
	walk = func(parent string, depth int) {
		children := below[parent]
		slices.SortStableFunc(children, func(a, b Span) int { return a.Begin.Compare(b.Begin) })
		for _, s := range children {
			s.Depth = depth
			ordered = append(ordered, s)
			walk(s.ID, depth+1)
		}
	}
	walk("", 0)
	return ordered
}
