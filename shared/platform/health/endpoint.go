package health

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// The paths at which every function answers for its health. Cloud Run keeps /healthz, and
// all paths that end in z, to itself.
const (
	LivePath  = "/health/live"
	ReadyPath = "/health/ready"
)

const (
	// checkTimeout bounds one check of readiness.
	checkTimeout = 3 * time.Second
	// freshFor is how long the outcome of a check is answered.
	freshFor = 10 * time.Second
)

// The words of a report. They are those of grpc.health.v1.
const (
	Serving    = "SERVING"
	NotServing = "NOT_SERVING"
)

// Report is the body of an answer.
type Report struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"` // name -> SERVING or NOT_SERVING
}

// Endpoint answers for one function.
type Endpoint struct {
	wire func(context.Context) (*Probes, error)
	now  func() time.Time // the machine's

	mu      sync.Mutex
	last    Report
	checked time.Time
}

// NewEndpoint returns the endpoint of a function that wire wires; wire may be called often.
func NewEndpoint(wire func(context.Context) (*Probes, error)) *Endpoint {
	return &Endpoint{wire: wire, now: time.Now}
}

// Serve answers a request for health and reports whether it was one.
func (e *Endpoint) Serve(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch r.URL.Path {
	case LivePath:
		answer(w, Report{Status: Serving})
	case ReadyPath:
		answer(w, e.ready(context.WithoutCancel(r.Context())))
	default:
		return false
	}
	return true
}

// ready checks, unless it has just done so. Those who ask during a check wait for it.
func (e *Endpoint) ready(ctx context.Context) Report {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := e.now(); !e.checked.IsZero() && now.Sub(e.checked) < freshFor {
		return e.last
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	e.last = e.check(ctx)
	e.checked = e.now()
	return e.last
}

func (e *Endpoint) check(ctx context.Context) Report {
	report := Report{Status: Serving, Checks: map[string]string{}}
	probes, err := e.wire(ctx)
	report.add(ctx, "wiring", err)
	if err == nil {
		for name, err := range probes.run(ctx) {
			report.add(ctx, name, err)
		}
	}
	return report
}

func (r *Report) add(ctx context.Context, name string, err error) {
	r.Checks[name] = Serving
	if err != nil {
		r.Checks[name], r.Status = NotServing, NotServing
		slog.WarnContext(ctx, "not ready", "check", name, "error", err)
	}
}

func answer(w http.ResponseWriter, report Report) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Access-Control-Allow-Origin", "*") // status pages ask from anywhere
	if report.Status != Serving {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(report) // an asker that is gone needs no answer
}

// guarded runs a probe; a panic is a failure, and none outlasts ctx.
func guarded(ctx context.Context, probe Probe) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if reason := recover(); reason != nil {
				done <- fmt.Errorf("the probe panicked: %v", reason)
			}
		}()
		done <- probe(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
