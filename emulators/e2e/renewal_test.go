package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/period"
)

func TestRenewalsCancellationsAndRefundOverTwoMonths(t *testing.T) {
	w, _ := begin(t)
	course, item := w.course(t)
	staying := map[*learner]api.Subscription{}
	for country := range zones {
		l := w.learner(t, country, goodCard)
		staying[l] = l.subscribed(t, course)
	}
	later, now, returning := w.learner(t, "JP", goodCard), w.learner(t, "ID", goodCard), w.learner(t, "MX", goodCard)
	atEnd, atOnce, refunded := later.subscribed(t, course), now.subscribed(t, course), returning.subscribed(t, course)
	assert.EqualValues(t, 7, w.subscribers(t, course))

	atEnd, err := later.cancel(t.Context(), atEnd.Name, "PERIOD_END")
	require.NoError(t, err)
	assert.True(t, atEnd.EndTime.Equal(atEnd.PeriodEndTime))
	_, err = now.cancel(t.Context(), atOnce.Name, "NOW")
	require.NoError(t, err)
	require.NoError(t, refund(t.Context(), returning.Client, returning.invoices(t, refunded.Name)[0].Name))
	assert.EqualValues(t, "REFUNDED", returning.invoices(t, refunded.Name)[0].State)
	settle(t)
	assert.True(t, later.mayStudy(t, item), "until the end of the period")
	assert.False(t, now.mayStudy(t, item))
	assert.False(t, returning.mayStudy(t, item))

	skipTo(t, atEnd.PeriodEndTime.Add(-26*time.Hour))
	advance(t, atEnd.PeriodEndTime.Add(26*time.Hour))
	assert.False(t, later.mayStudy(t, item), "the period is over")
	skipTo(t, atEnd.PeriodEndTime.AddDate(0, 0, 26))
	advance(t, atEnd.PeriodEndTime.AddDate(0, 1, 2))
	for l, s := range staying {
		checkRenewals(t, l, s)
		assert.True(t, l.mayStudy(t, item))
	}
	for l, s := range map[*learner]api.Subscription{later: atEnd, now: atOnce, returning: refunded} {
		assert.EqualValues(t, "ENDED", l.subscription(t, s.Name).State)
		charges, _ := w.charged(t, s.Name)
		assert.Equal(t, 1, charges, "nothing is charged after a cancellation or refund")
	}
	assert.EqualValues(t, 4, w.subscribers(t, course), "as if the others had never been there")
}

// subscribers is the number of subscribers that a course's tutor sees.
func (w *world) subscribers(t *testing.T, course api.Course) int64 {
	t.Helper()
	settle(t)
	var c api.Course
	require.NoError(t, w.sample(t, "tutor").Call(t.Context(), http.MethodGet, "/"+course.Name, nil, &c))
	return c.SubscriberCount
}

// checkRenewals checks that two renewals happened on the right local dates.
func checkRenewals(t *testing.T, l *learner, s api.Subscription) {
	t.Helper()
	zone, err := time.LoadLocation(s.TimeZone)
	require.NoError(t, err)
	invoices := l.invoices(t, s.Name)
	require.Len(t, invoices, 3, s.TimeZone)
	for n, i := range invoices {
		start, end := period.Bounds(s.PeriodStartTime, zone, n)
		assert.True(t, start.Equal(i.PeriodStartTime) && end.Equal(i.PeriodEndTime), "period %d is %v to %v", n, i.PeriodStartTime, i.PeriodEndTime)
		assert.Equal(t, start.In(zone).Format(time.DateOnly), i.LocalDate)
		assert.EqualValues(t, "PAID", i.State)
		assert.Equal(t, s.Price, i.Amount)
		require.Len(t, i.Payments, 1)
		assert.Equal(t, i.LocalDate, i.Payments[0].CreateTime.In(zone).Format(time.DateOnly), "charged on the local day")
	}
}

func TestDunningAndRecoveryByHand(t *testing.T) {
	w, s := begin(t)
	course, item := w.course(t)
	l := w.learner(t, "PH", goodCard)
	sub := l.subscribed(t, course)
	_, err := s.Stripe.AddFault(stripe.Fault{Operation: "payment_intents.confirm", Effect: stripe.EffectDecline, DeclineCode: "insufficient_funds"})
	require.NoError(t, err)
	skipTo(t, sub.PeriodEndTime.Add(-24*time.Hour))
	advance(t, sub.PeriodEndTime.Add(36*time.Hour))
	sub = l.subscription(t, sub.Name)
	assert.EqualValues(t, "PAST_DUE", sub.State)
	assert.True(t, l.mayStudy(t, item), "the grace period is open")
	invoices := l.invoices(t, sub.Name)
	require.Len(t, invoices, 2)
	assert.EqualValues(t, "OPEN", invoices[1].State)
	require.NotEmpty(t, invoices[1].Payments)
	assert.EqualValues(t, "INSUFFICIENT_FUNDS", invoices[1].Payments[0].DeclineReason)

	pay := api.PayInvoiceRequest{PaymentMethod: l.card.Name, ReturnURI: l.Origin + "/invoices"}
	var o api.Operation
	require.NoError(t, l.Call(t.Context(), http.MethodPost, "/"+invoices[1].Name+":pay", pay, &o, "Prefer", "wait=10"))
	_, err = l.Await(t.Context(), o)
	require.Equal(t, "INSUFFICIENT_FUNDS", frontend.Reason(err), "%v", err)

	s.Stripe.ClearFaults()
	var again api.Operation
	require.NoError(t, l.Call(t.Context(), http.MethodPost, "/"+invoices[1].Name+":pay", pay, &again, "Prefer", "wait=10"))
	_, err = l.Await(t.Context(), again)
	require.NoError(t, err)
	sub = l.subscription(t, sub.Name)
	assert.EqualValues(t, "ACTIVE", sub.State)
	assert.EqualValues(t, "PAID", l.invoices(t, sub.Name)[1].State)
	advance(t, s.Clock.Now().Add(4*24*time.Hour))
	charges, _ := w.charged(t, sub.Name)
	assert.Equal(t, 2, charges, "the schedule does not charge what was paid by hand")
}

func TestDunningGivenUpEndsTheSubscription(t *testing.T) {
	w, s := begin(t)
	course, item := w.course(t)
	l := w.learner(t, "ID", goodCard)
	sub := l.subscribed(t, course)
	_, err := s.Stripe.AddFault(stripe.Fault{Operation: "payment_intents.confirm", Effect: stripe.EffectDecline, DeclineCode: "expired_card"})
	require.NoError(t, err)
	skipTo(t, sub.PeriodEndTime.Add(-24*time.Hour))
	advance(t, sub.PeriodEndTime.Add(36*time.Hour))
	assert.True(t, l.mayStudy(t, item), "the grace period is open")
	skipTo(t, sub.PeriodEndTime.AddDate(0, 0, 6))
	advance(t, sub.PeriodEndTime.AddDate(0, 0, 8))
	assert.EqualValues(t, "ENDED", l.subscription(t, sub.Name).State)
	assert.False(t, l.mayStudy(t, item))
	charges, _ := w.charged(t, sub.Name)
	assert.Equal(t, 1, charges)
}
