package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/traces"
	"github.com/kwipper/kwipper/shared/api"
)

// tail keeps the end of what is logged.
type tail struct {
	mu      sync.Mutex
	written bytes.Buffer
}

const tailBytes = 8 << 20

// Write keeps b.
func (l *tail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written.Len() > tailBytes {
		l.written.Next(l.written.Len() / 2)
	}
	return l.written.Write(b)
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}

// traceOf returns the one trace that a saga is in.
func traceOf(t *testing.T, recorder *traces.Recorder, saga string) traces.Trace {
	t.Helper()
	var found []string
	for _, tr := range recorder.List() {
		if slices.Contains(tr.Sagas, saga) {
			found = append(found, tr.ID)
		}
	}
	require.Len(t, found, 1, "saga %s is in one trace", saga)
	whole, ok := recorder.Get(found[0])
	require.True(t, ok)
	return whole
}

func names(tr traces.Trace) []string {
	var all []string
	for _, s := range tr.Spans {
		all = append(all, s.Name)
	}
	return all
}

func TestOneTraceShowsOneSaga(t *testing.T) {
	w, s := begin(t)
	course, _ := w.course(t)
	l := w.learner(t, "JP", goodCard)
	o, err := l.subscribe(t.Context(), course)
	require.NoError(t, err)
	settle(t)
	tr := traceOf(t, s.Options.Traces, id(o.Name))
	assert.Equal(t, "Subscribe", tr.Name)
	assert.Subset(t, names(tr), []string{
		"Subscribe", "HandleUserCommand", "HandleCourseCommand", "HandleSubscriptionCommand", "Pay", "HandleContentCommand", "Orchestrate",
		"google.spanner.v1.Spanner/Commit",
	})
	assert.Empty(t, tr.Spans[0].Failure) // an aborted transaction below it is tried again
}

// A saga that stands still is moved on by ResumeSagas, in its own trace, with a link to the
// run that found it.
func TestSagaThatWasResumedStaysInItsTrace(t *testing.T) {
	w, s := begin(t)
	course, _ := w.course(t)
	l := w.learner(t, "PH", goodCard)
	s.PubSub.SetAroundPublish(shared.trap.aroundPublish)
	defer s.PubSub.SetAroundPublish(nil)
	shared.trap.arm(outage{publish: true, code: codes.PermissionDenied, number: 1})
	var o api.Operation
	require.NoError(t, l.Call(t.Context(), http.MethodPost, "/users/me/subscriptions", l.request(course), &o))
	require.True(t, shared.trap.disarm(), "the first commands are lost")
	advance(t, s.Clock.Now().Add(2*time.Minute))
	o, err := l.AwaitDone(t.Context(), o)
	require.NoError(t, err)
	require.NotEmpty(t, o.Response.Subscription)
	traceOf(t, s.Options.Traces, id(o.Name))
}

func TestRenewalLinksToWhatScheduledIt(t *testing.T) {
	w, s := begin(t)
	course, _ := w.course(t)
	l := w.learner(t, "ID", goodCard)
	subscription := l.subscribed(t, course)
	advance(t, subscription.PeriodEndTime.Add(24*time.Hour))
	require.Len(t, l.invoices(t, subscription.Name), 2)
	var renewals int
	for _, summary := range s.Options.Traces.List() {
		if summary.Name != "RenewBilling" {
			continue
		}
		tr, ok := s.Options.Traces.Get(summary.ID)
		require.True(t, ok)
		require.Len(t, tr.Spans[0].Links, 1, "it links to the sweep")
		renewals++
	}
	assert.Positive(t, renewals)
}

// Logs and spans hold ids and outcomes, and nothing that a person is called or has typed.
func TestNothingPersonalIsLoggedOrTraced(t *testing.T) {
	w, s := begin(t)
	course, _ := w.course(t)
	l := w.learner(t, "MX", goodCard)
	subscription := l.subscribed(t, course)
	declined := w.learner(t, "JP", declinedCard)
	_, err := declined.subscribe(t.Context(), course)
	require.Equal(t, "CARD_DECLINED", frontend.Reason(err))
	require.NoError(t, refund(t.Context(), l.Client, l.invoices(t, subscription.Name)[0].Name))
	var users struct{ Subscribers []api.Subscriber }
	require.NoError(t, w.sample(t, "tutor").Call(t.Context(), http.MethodGet, "/"+course.Name+"/subscribers", nil, &users))
	assert.Error(t, l.Call(t.Context(), http.MethodGet, "/users/me/invoices?pageSize=x&pageToken="+l.Token, nil, nil))
	settle(t)

	var spans strings.Builder
	for _, summary := range s.Options.Traces.List() {
		tr, _ := s.Options.Traces.Get(summary.ID)
		require.NoError(t, json.NewEncoder(&spans).Encode(tr))
	}
	logged := shared.logs.String()
	assert.Contains(t, logged, "saga has ended", "there are logs")
	for what, secret := range map[string]string{
		"a name": l.user.DisplayName, "another's name": declined.user.DisplayName, "a password": "kwipper-local\"",
		"a card": goodCard, "a declined card": declinedCard, "a token": l.Token, "another's token": declined.Token,
		"a signature of a token": l.Token[strings.LastIndex(l.Token, ".")+1:], "mail addresses": "@kwipper.local",
	} {
		assert.NotContains(t, logged, secret, "%s is in the logs", what)
		assert.NotContains(t, spans.String(), secret, "%s is in the spans", what)
	}
}
