package subscription_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/period"
	"github.com/kwipper/kwipper/shared/subscription"
)

var start = time.Date(2027, 1, 31, 3, 0, 0, 0, time.UTC) // noon in Tokyo

func reserved() subscription.Subscription {
	return subscription.Reserve("jp-saga", message.ValidateSubscription{
		SubscriptionID: "jp-sub", UserID: "jp-user", CourseID: "id-course", Country: "jp",
		PaymentMethodID: "jp-method", Price: money.Of(980, money.JPY),
	}, start)
}

func active(t *testing.T) subscription.Subscription {
	t.Helper()
	s := reserved()
	tokyo, err := period.LoadZone("Asia/Tokyo")
	require.NoError(t, err)
	from, to := period.Bounds(start, tokyo, 0)
	_, err = s.Activate("jp-saga", message.Subscribe{
		SubscriptionID: s.ID, TimeZone: "Asia/Tokyo", Language: "ja", InvoiceID: message.InvoiceID(s.ID, 0),
		PaymentID: "jp-pay", AnchorTime: start, PeriodStart: from, PeriodEnd: to,
	}, start)
	require.NoError(t, err)
	return s
}

func renewal(s subscription.Subscription) message.Renewal {
	return message.Renewal{SubscriptionID: s.ID, Period: s.Period + 1, Attempt: s.RenewAttempts + 1}
}

func declined(code string) *message.Failure {
	return &message.Failure{Reason: "PAYMENT_DECLINED", Metadata: map[string]string{"declineCode": code}}
}

func TestActivationPlansTheFirstRenewalOnTheBoundarysLocalDay(t *testing.T) {
	s := active(t)
	tokyo, _ := period.LoadZone("Asia/Tokyo")
	assert.Equal(t, subscription.Active, s.State)
	assert.Equal(t, "2027-02-28", s.RenewTime.In(tokyo).Format(time.DateOnly))
	assert.Equal(t, s.PeriodEnd.Add(subscription.Grace), s.AccessUntil)
	assert.Empty(t, s.HeldBy)
}

func TestAReservationIsReleasedOnceAndNeverAfterPayment(t *testing.T) {
	s := reserved()
	s.Release(declined("generic_decline"), start)
	assert.Equal(t, subscription.Failed, s.State)
	assert.False(t, s.Open())
	_, err := s.Activate("jp-saga", message.Subscribe{TimeZone: "Asia/Tokyo"}, start)
	assert.Equal(t, "SUBSCRIPTION_NOT_PENDING", fault.ReasonOf(err))

	paid := active(t)
	paid.Release(nil, start)
	assert.Equal(t, subscription.Active, paid.State)
}

func TestTwelveRenewalsKeepTheAnchor(t *testing.T) {
	s := active(t)
	tokyo, _ := period.LoadZone("Asia/Tokyo")
	for n := 1; n <= 12; n++ {
		terms, err := s.BeginRenewal("saga", renewal(s), s.RenewTime)
		require.NoError(t, err)
		assert.Equal(t, s.PeriodEnd, terms.PeriodStart, "periods meet")
		_, err = s.CompleteRenewal("saga", renewal(s), s.RenewTime)
		require.NoError(t, err)
		assert.Equal(t, n, s.Period)
	}
	assert.Equal(t, "2028-01-31", s.PeriodStart.In(tokyo).Format(time.DateOnly))
}

func TestCancelledBeforeTheRenewalIsNotCharged(t *testing.T) {
	for _, mode := range []subscription.CancelMode{subscription.PeriodEnd, subscription.Now} {
		s := active(t)
		now := start.Add(time.Hour)
		end, err := s.Cancel(mode, now)
		require.NoError(t, err)
		want := s.PeriodEnd
		if mode == subscription.Now {
			want = now
		}
		assert.Equal(t, want, end)
		assert.True(t, s.RenewTime.IsZero())
		_, err = s.BeginRenewal("saga", renewal(s), s.PeriodEnd)
		assert.Equal(t, "SUBSCRIPTION_NOT_ACTIVE", fault.ReasonOf(err))
	}
}

func TestCancelledDuringTheRenewalEndsWithThePeriodBeingPaid(t *testing.T) {
	s := active(t)
	r := renewal(s)
	terms, err := s.BeginRenewal("saga", r, s.RenewTime)
	require.NoError(t, err)
	end, err := s.Cancel(subscription.PeriodEnd, s.RenewTime)
	require.NoError(t, err)
	assert.Equal(t, terms.PeriodEnd, end)
	_, err = s.CompleteRenewal("saga", r, s.RenewTime)
	require.NoError(t, err)
	assert.Equal(t, end, s.EndTime)
	assert.True(t, s.RenewTime.IsZero())
}

func TestAccessShownEndsWithThePaidPeriodOnceCancelled(t *testing.T) {
	s := active(t)
	assert.Equal(t, s.PeriodEnd.Add(subscription.Grace), s.Resource().AccessEndTime, "it renews, with grace")
	_, err := s.Cancel(subscription.PeriodEnd, start)
	require.NoError(t, err)
	assert.Equal(t, s.PeriodEnd, s.Resource().AccessEndTime)
}

func TestOneSagaAtATimeHoldsTheSubscription(t *testing.T) {
	s := active(t)
	ref := message.SubscriptionRef{SubscriptionID: s.ID, InvoiceID: s.InvoiceID}
	_, err := s.BeginRenewal("renew", renewal(s), s.RenewTime)
	require.NoError(t, err)
	assert.Equal(t, "SUBSCRIPTION_BUSY", fault.ReasonOf(s.BeginRefund("refund", ref, start)))

	s = active(t)
	require.NoError(t, s.BeginRefund("refund", ref, start))
	_, err = s.BeginRenewal("renew", renewal(s), start)
	assert.True(t, fault.Is(err, fault.Conflict))
	s.AbandonRefund("refund", start)
	_, err = s.BeginRenewal("renew", renewal(s), start)
	assert.NoError(t, err)
}

func TestRefundIsOfTheLatestPaymentOnly(t *testing.T) {
	s := active(t)
	err := s.BeginRefund("refund", message.SubscriptionRef{SubscriptionID: s.ID, InvoiceID: "jp-other"}, start)
	assert.Equal(t, "REFUND_NOT_ALLOWED", fault.ReasonOf(err))
}

func TestDunningRetriesThenEndsWithGrace(t *testing.T) {
	s := active(t)
	access := s.AccessUntil
	var now time.Time
	for i := range 3 {
		require.False(t, s.RenewTime.IsZero(), "attempt %d", i+1)
		now = s.RenewTime
		r := renewal(s)
		_, err := s.BeginRenewal("saga", r, now)
		require.NoError(t, err)
		s.FailRenewal("saga", r, declined("insufficient_funds"), now)
		assert.Equal(t, subscription.PastDue, s.State)
		assert.Equal(t, access, s.AccessUntil, "access is kept through the grace period")
	}
	r := renewal(s)
	if !s.RenewTime.IsZero() {
		now = s.RenewTime
		_, err := s.BeginRenewal("saga", r, now)
		require.NoError(t, err)
		s.FailRenewal("saga", r, declined("insufficient_funds"), now)
	}
	assert.True(t, s.RenewTime.IsZero())
	assert.Equal(t, access, s.EndTime)
}

func TestHardDeclineIsNotRetriedButMayBePaidByHandWithinGrace(t *testing.T) {
	s := active(t)
	now := s.RenewTime
	r := renewal(s)
	_, err := s.BeginRenewal("saga", r, now)
	require.NoError(t, err)
	s.FailRenewal("saga", r, declined("expired_card"), now)
	assert.True(t, s.RenewTime.IsZero())

	byHand := renewal(s)
	byHand.Attempt, byHand.PaymentMethodID = 0, "jp-other-method"
	terms, err := s.BeginRenewal("by-hand", byHand, now.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, "jp-other-method", terms.PaymentMethodID)
	_, err = s.CompleteRenewal("by-hand", byHand, now.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, subscription.Active, s.State)
	assert.Equal(t, "jp-other-method", s.PaymentMethodID)
	assert.True(t, s.EndTime.IsZero())
	assert.False(t, s.RenewTime.IsZero())
}

func TestARenewalIsOfThePeriodAndAttemptThatAreDue(t *testing.T) {
	s := active(t)
	for _, r := range []message.Renewal{{Period: 0, Attempt: 1}, {Period: 2, Attempt: 1}, {Period: 1, Attempt: 2}, {Period: 1, Attempt: 0}} {
		_, err := s.BeginRenewal("saga", r, s.RenewTime)
		assert.Equal(t, "INVOICE_NOT_OPEN", fault.ReasonOf(err))
	}
}

func TestEndHoldsOnlyWhatIsOver(t *testing.T) {
	s := active(t)
	assert.Equal(t, "SUBSCRIPTION_NOT_ENDING", fault.ReasonOf(s.BeginEnd("end", start)))
	end, err := s.Cancel(subscription.PeriodEnd, start)
	require.NoError(t, err)
	assert.Equal(t, "SUBSCRIPTION_NOT_ENDING", fault.ReasonOf(s.BeginEnd("end", end.Add(-time.Minute))))
	require.NoError(t, s.BeginEnd("end", end))
	s.Unsubscribe(false, nil, end)
	assert.Equal(t, subscription.Ended, s.State)
	assert.Equal(t, end, s.AccessUntil)
}

func TestChargesSpreadOverTheLocalDay(t *testing.T) {
	hours := map[int]int{}
	for i := range 2400 {
		s := reserved()
		s.ID = message.ID("jp", "spread", time.Duration(i).String())
		tokyo, _ := period.LoadZone("Asia/Tokyo")
		from, to := period.Bounds(start, tokyo, 0)
		_, err := s.Activate("jp-saga", message.Subscribe{TimeZone: "Asia/Tokyo", AnchorTime: start, PeriodStart: from, PeriodEnd: to}, start)
		require.NoError(t, err)
		local := s.RenewTime.In(tokyo)
		require.Equal(t, "2027-02-28", local.Format(time.DateOnly))
		hours[local.Hour()]++
	}
	assert.Len(t, hours, 24)
	for h, n := range hours {
		assert.InDelta(t, 100, n, 50, "hour %d", h)
	}
}
