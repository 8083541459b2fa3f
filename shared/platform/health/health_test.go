package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/platform/health"
)

func ask(t *testing.T, e *health.Endpoint, method, path string) (int, health.Report, bool) {
	t.Helper()
	w := httptest.NewRecorder()
	if !e.Serve(w, httptest.NewRequestWithContext(t.Context(), method, path, nil)) {
		return 0, health.Report{}, false
	}
	var report health.Report
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &report))
	return w.Code, report, true
}

// wired is the wiring of a function with these probes.
func wired(probes map[string]health.Probe) func(context.Context) (*health.Probes, error) {
	ctx, collected := health.Collect(context.Background())
	for name, probe := range probes {
		health.Add(ctx, name, probe)
	}
	return func(context.Context) (*health.Probes, error) { return collected, nil }
}

func TestReports(t *testing.T) {
	fails := func(context.Context) error { return errors.New("secret address refused") }
	works := func(context.Context) error { return nil }
	for name, test := range map[string]struct {
		wire   func(context.Context) (*health.Probes, error)
		status int
		checks map[string]string
	}{
		"all answer":   {wired(map[string]health.Probe{"a": works, "b": works}), 200, map[string]string{"wiring": "SERVING", "a": "SERVING", "b": "SERVING"}},
		"one does not": {wired(map[string]health.Probe{"a": works, "b": fails}), 503, map[string]string{"wiring": "SERVING", "a": "SERVING", "b": "NOT_SERVING"}},
		"one panics":   {wired(map[string]health.Probe{"a": func(context.Context) error { panic("x") }}), 503, map[string]string{"wiring": "SERVING", "a": "NOT_SERVING"}},
		"no wiring":    {func(context.Context) (*health.Probes, error) { return nil, errors.New("no database") }, 503, map[string]string{"wiring": "NOT_SERVING"}},
		"nothing":      {wired(nil), 200, map[string]string{"wiring": "SERVING"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := health.NewEndpoint(test.wire)
			status, report, ok := ask(t, e, http.MethodGet, health.ReadyPath)
			require.True(t, ok)
			assert.Equal(t, test.status, status)
			assert.Equal(t, test.checks, report.Checks)
			status, _, _ = ask(t, e, http.MethodGet, health.LivePath)
			assert.Equal(t, http.StatusOK, status, "it lives all the same")
		})
	}
}

func TestOtherRequestsAreLeftAlone(t *testing.T) {
	e := health.NewEndpoint(wired(nil))
	for _, r := range [][2]string{{"POST", health.LivePath}, {"GET", "/"}, {"GET", "/health"}, {"GET", "/health/ready/"}, {"OPTIONS", health.ReadyPath}} {
		_, _, ok := ask(t, e, r[0], r[1])
		assert.False(t, ok, r)
	}
}

func TestOutcomeIsKeptForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		e := health.NewEndpoint(wired(map[string]health.Probe{"a": func(context.Context) error { asked.Add(1); return nil }}))
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() { _, _, _ = ask(t, e, http.MethodGet, health.ReadyPath) })
		}
		group.Wait()
		assert.EqualValues(t, 1, asked.Load(), "one check for all who asked")
		time.Sleep(11 * time.Second)
		_, _, _ = ask(t, e, http.MethodGet, health.ReadyPath)
		assert.EqualValues(t, 2, asked.Load())
	})
}

func TestHangingProbeIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		e := health.NewEndpoint(wired(map[string]health.Probe{"a": func(context.Context) error { <-release; return nil }}))
		begin := time.Now()
		status, report, _ := ask(t, e, http.MethodGet, health.ReadyPath)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Equal(t, health.NotServing, report.Checks["a"])
		assert.LessOrEqual(t, time.Since(begin), 5*time.Second)
		close(release)
	})
}
