package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/faults"
	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/invariants"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
)

// outageStory is what happens to one learner, again and again from the same moment, each
// time with another outage, and how it ends whatever goes wrong.
type outageStory struct {
	name, card string
	subscribed bool // before the story begins
	refuse     bool // the last step of subscribing is refused for good
	renews     bool // it begins hours before the renewal
	tell       func(*told, context.Context) error

	reason            string // why it fails
	state             string // of the subscription
	charged, returned int
}

// told is a story that is being told.
type told struct {
	*learner
	course       api.Course
	subscription api.Subscription // before the story begins
}

var outageStories = []outageStory{
	{name: "subscribe", card: goodCard, tell: (*told).subscribes, state: "ACTIVE", charged: 1},
	{name: "authenticate", card: secureCard, tell: (*told).subscribes, state: "ACTIVE", charged: 1},
	{name: "decline", card: declinedCard, tell: (*told).subscribes, reason: "CARD_DECLINED", state: "FAILED"},
	{name: "compensate", card: goodCard, refuse: true, tell: (*told).subscribes, reason: "USER_NOT_REGISTERED", state: "FAILED", charged: 1, returned: 1},
	{name: "refund", card: goodCard, subscribed: true, tell: (*told).isRefunded, state: "ENDED", charged: 1, returned: 1},
	{name: "renew", card: goodCard, subscribed: true, renews: true, tell: (*told).isRenewed, state: "ACTIVE", charged: 2},
}

func (s *told) subscribes(ctx context.Context) error {
	_, err := s.done(ctx, "/users/me/subscriptions", s.request(s.course))
	return err
}

func (s *told) isRefunded(ctx context.Context) error {
	invoice := message.InvoiceID(id(s.subscription.Name), 0)
	_, err := s.done(ctx, "/users/me/invoices/"+invoice+":refund", api.RefundInvoiceRequest{})
	return err
}

func (s *told) isRenewed(ctx context.Context) error {
	_, err := shared.stack.Time.Advance(ctx, s.subscription.PeriodEndTime.Add(26*time.Hour))
	return err
}

// Each commit and each publishing of a story, one after the other, fails before it is done,
// or its answer is lost: the story ends as it would have, and nothing happens twice.
func TestEachCommitAndPublishFailsBeforeAndAfter(t *testing.T) {
	w, s := begin(t)
	r := random(t)
	before := saveSnapshot(t)
	t.Cleanup(func() { // runs before the cleanup of begin
		s.PubSub.SetAroundPublish(nil)
		s.Faults.Clear()
		restoreSnapshot(t, before)
	})
	s.PubSub.SetAroundPublish(shared.trap.aroundPublish)
	for _, story := range outageStories {
		t.Run(story.name, func(t *testing.T) {
			restoreSnapshot(t, before) // nobody from the last story renews in this one
			l, beginning := story.prepare(t, w)
			story.retell(t, w, l, outage{}) // nothing goes wrong
			n := map[outage]int{}
			for _, o := range outages {
				n[o] = shared.trap.count(o)
			}
			t.Logf("%d commits, %d publishings", n[outages[0]], n[outages[3]])
			for _, o := range outages {
				numbers := r.Perm(n[o])
				if !*long {
					numbers = numbers[:min(len(numbers), 1)]
				}
				for _, number := range numbers {
					o.number = number + 1
					t.Run(o.String(), func(t *testing.T) {
						restoreSnapshot(t, beginning)
						story.retell(t, w, l, o)
					})
				}
			}
		})
	}
}

// prepare brings a learner to where the story begins, and returns the snapshot of it.
func (y outageStory) prepare(t *testing.T, w *world) (l *told, snapshot string) {
	t.Helper()
	s := shared.stack
	s.Faults.Clear()
	course, _ := w.course(t)
	l = &told{learner: w.learner(t, "MX", y.card), course: course}
	if y.subscribed {
		l.subscription = l.learner.subscribed(t, course)
	}
	if y.renews {
		skipTo(t, l.subscription.PeriodEndTime.Add(-7*time.Hour)) // within which the renewal is enqueued
	}
	if y.refuse {
		_, err := s.Faults.Add(faults.Rule{
			Target: "HandleUserCommand", Match: map[string]string{"command": "UpdateUserInfo"}, Effect: faults.Refuse, Reason: y.reason,
		})
		require.NoError(t, err)
	}
	return l, saveSnapshot(t)
}

// retell tells the story with an outage and checks how it ends.
func (y outageStory) retell(t *testing.T, w *world, l *told, o outage) {
	t.Helper()
	shared.trap.arm(o)
	err := impatient(t, func(ctx context.Context) error { return y.tell(l, ctx) })
	if y.reason == "" {
		require.NoError(t, err)
	}
	require.Equal(t, y.reason, frontend.Reason(err), "%v", err)
	rest(t, w)
	if hit := shared.trap.disarm(); !hit && o.number > 0 {
		t.Log("there were fewer this time")
	}
	w.checkBooks(t)
	results, err := invariants.Check(t.Context(), w.totals(t))
	require.NoError(t, err)
	assert.True(t, invariants.OK(results), "%+v", results)
	charges, returned := w.chargesOf(t, l.learner), 0
	for _, c := range charges {
		if c.AmountRefundedMinor > 0 {
			returned++
		}
	}
	assert.Equal(t, []int{y.charged, y.returned}, []int{len(charges), returned}, "charged, returned")
	assert.Equal(t, []string{y.state}, l.rowStates(t, w))
}

// rowStates returns the states of the learner's subscriptions as they are stored.
func (l *learner) rowStates(t *testing.T, w *world) (states []string) {
	t.Helper()
	for _, s := range w.subscriptions(t) {
		if s.UserId == id(l.user.Name) {
			states = append(states, s.State)
		}
	}
	return states
}

// impatient runs f and, when that takes long, lets business time run faster, since what got
// lost is asked for again after a while.
func impatient(t *testing.T, f func(context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Second):
		defer hurry(t)()
		return <-done
	}
}

// rest waits until nothing is under way, if need be until what got lost was asked for again.
func rest(t *testing.T, w *world) {
	t.Helper()
	settle(t)
	for range 20 {
		underway := false
		for _, s := range rows[struct{ Done bool }](t, w, "saga", "Sagas", "Done") {
			underway = underway || !s.Done
		}
		if !underway {
			return
		}
		advance(t, shared.stack.Clock.Now().Add(10*time.Minute))
	}
}

func saveSnapshot(t *testing.T) string {
	t.Helper()
	saved, err := shared.stack.SaveSnapshot(context.Background(), "outage-"+uuid.NewString())
	require.NoError(t, err)
	return saved.Name
}

func restoreSnapshot(t *testing.T, name string) {
	t.Helper()
	_, err := shared.stack.RestoreSnapshot(context.Background(), name)
	require.NoError(t, err)
}
