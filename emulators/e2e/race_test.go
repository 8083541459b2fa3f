package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
)

// random returns the test's source of random choices.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	t.Logf("-e2e.seed=%d", *seed)
	return rand.New(rand.NewPCG(*seed, uint64(len(t.Name()))))
}

// atOnce runs f n times at the same time.
func atOnce(n int, f func(i int)) {
	var gate, all sync.WaitGroup
	gate.Add(1)
	for i := range n {
		all.Go(func() { gate.Wait(); f(i) })
	}
	gate.Done()
	all.Wait()
}

func TestFiftySubscribesWithOneKeyAreOne(t *testing.T) {
	w, _ := begin(t)
	course, _ := w.course(t)
	l, key := w.learner(t, "JP", goodCard), uuid.NewString()
	operations, errs := make([]api.Operation, 50), make([]error, 50)
	atOnce(50, func(i int) { operations[i], errs[i] = l.subscribe(t.Context(), course, "Idempotency-Key", key) })
	for i, o := range operations {
		require.NoError(t, errs[i])
		assert.Equal(t, operations[0].Name, o.Name)
		assert.Equal(t, operations[0].Response, o.Response)
	}
	charges, _ := w.charged(t, operations[0].Response.Subscription)
	assert.Equal(t, 1, charges)
	assert.Equal(t, []string{"ACTIVE"}, l.states(t))
}

func TestFiftySubscribesWithFiftyKeysAreOneAndFortyNineRefusals(t *testing.T) {
	w, _ := begin(t)
	course, _ := w.course(t)
	l := w.learner(t, "MX", goodCard)
	before := len(w.totals(t).Charges)
	errs := make([]error, 50)
	atOnce(50, func(i int) { _, errs[i] = l.subscribe(t.Context(), course) })
	reasons := map[string]int{}
	for _, err := range errs {
		if err != nil {
			require.NotEmpty(t, frontend.Reason(err), "%v", err)
		}
		reasons[frontend.Reason(err)]++
	}
	assert.Equal(t, map[string]int{"": 1, "ALREADY_SUBSCRIBED": 49}, reasons)
	assert.Len(t, w.totals(t).Charges, before+1, "49 were refused before payment")
	assert.Equal(t, []string{"ACTIVE"}, l.states(t))
}

// states returns the states of a learner's subscriptions.
func (l *learner) states(t *testing.T) []string {
	t.Helper()
	var list struct{ Subscriptions []api.Subscription }
	require.NoError(t, l.Call(t.Context(), http.MethodGet, "/users/me/subscriptions?pageSize=100", nil, &list))
	var states []string
	for _, s := range list.Subscriptions {
		if s.State != "FAILED" {
			states = append(states, string(s.State))
		}
	}
	return states
}

// contender is a learner who cancels, renews and is refunded.
type contender struct {
	*learner
	before    api.Subscription // in the first period
	invoice   string           // of the first period
	cancelled *api.Subscription
	order     []string
}

// do cancels or refunds. A refusal is one of those that the other two may cause.
func (c *contender) do(ctx context.Context, what string, administrator *frontend.Client) error {
	var err error
	switch what {
	case "cancel":
		var s api.Subscription
		if s, err = c.cancel(ctx, c.before.Name, "PERIOD_END"); err == nil {
			c.cancelled = &s
		}
	case "refund":
		err = refund(ctx, administrator, c.invoice)
	}
	switch frontend.Reason(err) {
	case "SUBSCRIPTION_NOT_ACTIVE", "SUBSCRIPTION_BUSY", "REFUND_NOT_ALLOWED", "ALREADY_REFUNDED":
		return nil
	}
	return err
}

// check checks that nothing was charged for a period after a cancellation for it was
// confirmed. What was returned is in the books.
func (c *contender) check(t *testing.T, w *world) {
	t.Helper()
	if c.cancelled == nil {
		return
	}
	for _, charge := range w.totals(t).Charges {
		p := w.payments(t)[charge.Metadata["kwipper_payment_id"]]
		renewed := p.InvoiceId == message.InvoiceID(id(c.before.Name), 1) && charge.Status == "succeeded"
		if renewed && charge.AmountRefundedMinor == 0 {
			assert.True(t, c.cancelled.EndTime.After(c.before.PeriodEndTime.Add(24*time.Hour)),
				"%v: charged for a period that the cancellation had been confirmed for: it ends %v", c.order, c.cancelled.EndTime)
		}
	}
}

var orders = [][]string{
	{"cancel", "renew", "refund"}, {"cancel", "refund", "renew"}, {"renew", "cancel", "refund"},
	{"renew", "refund", "cancel"}, {"refund", "cancel", "renew"}, {"refund", "renew", "cancel"},
}

// contenders makes n learners with a subscription each, a little before it renews.
func contenders(t *testing.T, w *world, n int) []*contender {
	t.Helper()
	course, _ := w.course(t)
	found := make([]*contender, n)
	for i := range found {
		c := &contender{learner: w.learner(t, "JP", goodCard), order: orders[i%len(orders)]}
		c.before = c.subscribed(t, course)
		c.invoice = c.invoices(t, c.before.Name)[0].Name
		found[i] = c
	}
	renews := midnight(t, found[0].before)
	skipTo(t, renews.Add(-24*time.Hour))
	advance(t, renews.Add(-time.Minute))
	return found
}

// midnight is when the local day begins on which a subscription renews.
func midnight(t *testing.T, s api.Subscription) time.Time {
	t.Helper()
	zone, err := time.LoadLocation(s.TimeZone)
	require.NoError(t, err)
	local := s.PeriodEndTime.In(zone)
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
}

func TestCancelRenewalAndRefundInEveryOrder(t *testing.T) {
	w, _ := begin(t)
	all, administrator := contenders(t, w, len(orders)), w.sample(t, "administrator")
	run := func(c *contender, steps []string) {
		for _, what := range steps {
			require.NoError(t, c.do(t.Context(), what, administrator), "%v: %s", c.order, what)
			settle(t)
		}
	}
	renewal := func(c *contender) int {
		for i, what := range c.order {
			if what == "renew" {
				return i
			}
		}
		return len(c.order)
	}
	for _, c := range all {
		run(c, c.order[:renewal(c)])
	}
	advance(t, midnight(t, all[0].before).Add(25*time.Hour))
	for _, c := range all {
		run(c, c.order[renewal(c)+1:])
	}
	for _, c := range all {
		c.check(t, w)
		charges, returned := w.charged(t, c.before.Name)
		t.Logf("%v: %d charged, %d returned, %s", c.order, charges, returned, c.subscription(t, c.before.Name).State)
		if c.order[0] != "renew" {
			assert.Equal(t, 1, charges, "%v", c.order)
		}
	}
}

// The clock jumps over the renewals of all, which then run, while each is cancelled and
// refunded, too.
func TestCancelRenewalAndRefundAtOnce(t *testing.T) {
	w, s := begin(t)
	r, n := random(t), 12
	all, administrator := contenders(t, w, n), w.sample(t, "administrator")
	waits, jump := make([]time.Duration, 2*n), error(nil)
	for i := range waits {
		waits[i] = time.Duration(r.IntN(150)) * time.Millisecond
	}
	errs := make([]error, 2*n)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	atOnce(2*n+1, func(i int) {
		if i == 2*n {
			jump = s.Time.SetOffset(s.Clock.Offset() + 25*time.Hour)
			return
		}
		time.Sleep(waits[i]) // so that the three meet in many ways
		errs[i] = all[i/2].do(ctx, []string{"cancel", "refund"}[i%2], administrator)
	})
	require.NoError(t, jump)
	for i, err := range errs {
		require.NoError(t, err, "%v", all[i/2].order)
	}
	settle(t)
	advance(t, s.Clock.Now().Add(6*time.Hour))
	outcomes := map[string]int{}
	for _, c := range all {
		c.check(t, w)
		charges, returned := w.charged(t, c.before.Name)
		outcomes[fmt.Sprintf("%d charged, %d returned, %s", charges, returned, c.subscription(t, c.before.Name).State)]++
	}
	t.Log(outcomes)
}
