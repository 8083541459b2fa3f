package faults_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/faults"
	"github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/emulators/tasks"
	"github.com/kwipper/kwipper/shared/fault"
)

func newSet() *faults.Set {
	return faults.NewSet([]string{"Pay", "Subscribe"}, func() { panic("crash") })
}

func add(t *testing.T, s *faults.Set, r faults.Rule) string {
	t.Helper()
	added, err := s.Add(r)
	require.NoError(t, err)
	return added.ID
}

func TestWrongRulesNameEachField(t *testing.T) {
	for name, test := range map[string]struct {
		rule   faults.Rule
		fields []string
	}{
		"nothing":           {faults.Rule{}, []string{"target"}},
		"unknown":           {faults.Rule{Target: "Paj", Effect: faults.Duplicate}, []string{"target"}},
		"effect":            {faults.Rule{Target: "Pay", Effect: "EXPLODE"}, []string{"effect"}},
		"crash after push":  {faults.Rule{Target: "pubsub", Effect: faults.CrashAfter}, []string{"effect"}},
		"status missing":    {faults.Rule{Target: "Pay", Effect: faults.Status}, []string{"status"}},
		"status no status":  {faults.Rule{Target: "Pay", Effect: faults.Status, Status: 42}, []string{"status"}},
		"stray status":      {faults.Rule{Target: "Pay", Effect: faults.Duplicate, Status: 503}, []string{"status"}},
		"delay missing":     {faults.Rule{Target: "Pay", Effect: faults.Delay}, []string{"delay"}},
		"delay long":        {faults.Rule{Target: "Pay", Effect: faults.Delay, Delay: faults.Duration(time.Hour)}, []string{"delay"}},
		"count, likelihood": {faults.Rule{Target: "Pay", Effect: faults.Duplicate, Count: -1, Probability: 2}, []string{"count", "probability"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newSet().Add(test.rule)
			f, ok := fault.Of(err)
			require.True(t, ok, "%v", err)
			var names []string
			for _, field := range f.Fields {
				names = append(names, field.Name)
			}
			assert.Equal(t, test.fields, names)
		})
	}
}

func TestRulesHitWhatTheyMatchAsOftenAsTheySay(t *testing.T) {
	s := newSet()
	id := add(t, s, faults.Rule{Target: "pubsub", Effect: faults.Duplicate, Count: 2, Match: map[string]string{"topic": "billing-*", "command": "DoPayment"}})
	push := pubsub.PushAttempt{
		Topic: "projects/p/topics/billing-commands", Subscription: "projects/p/subscriptions/billing-commands.Pay",
		Endpoint: "http://x/Pay", Attributes: map[string]string{"command": "DoPayment"}, Attempt: 1,
	}
	other := push
	other.Attributes = map[string]string{"command": "RefundPayment"}
	assert.Zero(t, s.BeforePush(t.Context(), other))
	for range 2 {
		assert.Equal(t, 1, s.BeforePush(t.Context(), push).Duplicates)
	}
	assert.Zero(t, s.BeforePush(t.Context(), push))
	assert.Equal(t, 2, s.List()[0].Hits)
	assert.True(t, s.Remove(id))
	assert.False(t, s.Remove(id))

	add(t, s, faults.Rule{Target: "tasks", Effect: faults.Status, Status: 500, Match: map[string]string{"queue": "renewals-1", "attempt": "1"}})
	assert.Equal(t, 500, s.BeforeDispatch(t.Context(), tasks.DispatchAttempt{Queue: "projects/p/locations/l/queues/renewals-1", Attempt: 1}).Status)
	assert.Zero(t, s.BeforeDispatch(t.Context(), tasks.DispatchAttempt{Queue: "projects/p/locations/l/queues/renewals-1", Attempt: 2}).Status)
	add(t, s, faults.Rule{Target: "storage", Effect: faults.LostResponse, Match: map[string]string{"bucket": "b"}})
	assert.True(t, s.Storage(httptest.NewRequest(http.MethodPut, "/b/o", nil)).LoseResponse)
	s.Clear()
	assert.Empty(t, s.List())
}

func TestProbabilityFollowsItsSeed(t *testing.T) {
	hits := func(seed uint64) (pattern string) {
		s := newSet()
		add(t, s, faults.Rule{Target: "tasks", Effect: faults.LostResponse, Probability: 0.5, Seed: seed})
		for range 64 {
			pattern += map[bool]string{true: "x", false: "."}[s.BeforeDispatch(t.Context(), tasks.DispatchAttempt{}).LoseResponse]
		}
		return pattern
	}
	assert.Equal(t, hits(7), hits(7))
	assert.NotEqual(t, hits(7), hits(8))
	assert.Contains(t, hits(7), "x")
	assert.Contains(t, hits(7), ".")
}

func TestFunctionsFailAsAsked(t *testing.T) {
	var calls atomic.Int32
	s := newSet()
	server := httptest.NewServer(s.Handler("Pay", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	})))
	defer server.Close()
	post := func(body string) (int, string, error) {
		t.Helper()
		answer, err := http.Post(server.URL+"/Pay", "application/json", strings.NewReader(body))
		if err != nil {
			return 0, "", err
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text), nil
	}
	for name, test := range map[string]struct {
		rule   faults.Rule
		status int // 0: no answer
		calls  int32
	}{
		"none":      {faults.Rule{Target: "Subscribe", Effect: faults.Status, Status: 503}, 200, 1},
		"status":    {faults.Rule{Target: "Pay", Effect: faults.Status, Status: 503}, 503, 0},
		"delay":     {faults.Rule{Target: "Pay", Effect: faults.Delay, Delay: faults.Duration(time.Millisecond)}, 200, 1},
		"duplicate": {faults.Rule{Target: "Pay", Effect: faults.Duplicate}, 200, 2},
		"lost":      {faults.Rule{Target: "Pay", Effect: faults.LostResponse}, 0, 1},
		"unmatched": {faults.Rule{Target: "Pay", Effect: faults.LostResponse, Match: map[string]string{"saga": "other"}}, 200, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s.Clear()
			calls.Store(0)
			add(t, s, test.rule)
			status, text, err := post(`{"saga":"jp-1"}`)
			if test.status == 0 {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
			}
			assert.Equal(t, test.status, status)
			assert.Equal(t, test.calls, calls.Load())
			if status == 200 {
				assert.JSONEq(t, `{"saga":"jp-1"}`, text)
			}
		})
	}
}

func TestCrashesComeBeforeOrAfter(t *testing.T) {
	for effect, done := range map[faults.Effect]bool{faults.CrashBefore: false, faults.CrashAfter: true} {
		s, ran := newSet(), false
		add(t, s, faults.Rule{Target: "Pay", Effect: effect, Match: map[string]string{"command": "DoPayment", "step": "Pay"}})
		handler := s.Handler("Pay", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }))
		data, err := json.Marshal(map[string]any{"message": map[string]any{"data": []byte(`{"step":"Pay"}`), "attributes": map[string]string{"command": "DoPayment"}}})
		require.NoError(t, err)
		request := httptest.NewRequest(http.MethodPost, "/Pay", strings.NewReader(string(data)))
		assert.PanicsWithValue(t, "crash", func() { handler.ServeHTTP(httptest.NewRecorder(), request) })
		assert.Equal(t, done, ran, effect)
	}
}

func TestDurationsAreText(t *testing.T) {
	var d faults.Duration
	require.NoError(t, json.Unmarshal([]byte(`"1.5s"`), &d))
	text, err := json.Marshal(d)
	require.NoError(t, err)
	assert.JSONEq(t, `"1.5s"`, string(text))
	require.ErrorContains(t, json.Unmarshal([]byte(`5`), &d), "delay")
	require.ErrorContains(t, json.Unmarshal([]byte(`"soon"`), &d), "delay")
}
