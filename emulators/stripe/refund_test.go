package stripe_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/emulators/stripe"
)

func (b bench) refund(intentID string, amount int64) (*stripego.Refund, error) {
	return b.client.V1Refunds.Create(context.Background(), &stripego.RefundCreateParams{
		PaymentIntent: &intentID, Amount: &amount, Metadata: map[string]string{"kwipper_refund_id": "r"},
	})
}

func TestRefundsNeverExceedTheCharge(t *testing.T) {
	b := start(t, stripe.Options{})
	pi := b.paid(t, "pm_card_visa")
	_, err := b.refund(pi.ID, 981)
	assert.Equal(t, "amount", stripeError(t, err).Param)
	_, err = b.refund(pi.ID, 0)
	assert.Equal(t, "amount", stripeError(t, err).Param)

	var returned atomic.Int64
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if re, err := b.refund(pi.ID, 100); err == nil {
				returned.Add(re.Amount)
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 900, returned.Load())
	rest, err := b.client.V1Refunds.Create(t.Context(), &stripego.RefundCreateParams{Charge: &pi.LatestCharge.ID})
	require.NoError(t, err)
	assert.EqualValues(t, 80, rest.Amount)
	_, err = b.refund(pi.ID, 1)
	assert.Equal(t, stripego.ErrorCodeChargeAlreadyRefunded, stripeError(t, err).Code)

	ch, err := b.client.V1Charges.Retrieve(t.Context(), pi.LatestCharge.ID, nil)
	require.NoError(t, err)
	assert.True(t, ch.Refunded)
	totals := b.Totals()
	assert.Equal(t, stripe.Sum{ChargedMinor: 980, RefundedMinor: 980}, totals.Sums["jpy"])
	assert.Len(t, totals.Refunds, 10)
	assert.Equal(t, "r", totals.Refunds[0].Metadata["kwipper_refund_id"])
}

func TestRefundNeedsACharge(t *testing.T) {
	b := start(t, stripe.Options{})
	_, err := b.refund(b.intent(t, b.customer(t), "pm_card_visa").ID, 10)
	assert.Equal(t, "payment_intent", stripeError(t, err).Param)
	_, err = b.refund("pi_none", 10)
	assert.Equal(t, stripego.ErrorCodeResourceMissing, stripeError(t, err).Code)
	_, err = b.client.V1Refunds.Create(t.Context(), &stripego.RefundCreateParams{})
	assert.Equal(t, stripego.ErrorCodeParameterMissing, stripeError(t, err).Code)
	pi := b.paid(t, "pm_card_visa")
	_, err = b.client.V1Refunds.Create(t.Context(), &stripego.RefundCreateParams{PaymentIntent: &pi.ID, Reason: stripego.String("mood")})
	assert.Equal(t, "reason", stripeError(t, err).Param)
}

func TestRefundsThatSettleLater(t *testing.T) {
	clock := &movingNow{}
	b := start(t, stripe.Options{Now: clock.now})
	for method, c := range map[string]struct {
		first, last stripego.RefundStatus
		returned    int64
	}{
		"pm_card_pendingRefund": {stripego.RefundStatusPending, stripego.RefundStatusSucceeded, 980},
		"pm_card_refundFail":    {stripego.RefundStatusSucceeded, stripego.RefundStatusFailed, 0},
	} {
		pi := b.paid(t, method)
		re, err := b.refund(pi.ID, 980)
		require.NoError(t, err)
		assert.Equal(t, c.first, re.Status, method)
		clock.advance(time.Minute)
		b.paid(t, "pm_card_visa") // anything that happens wakes the timers
		require.Eventually(t, func() bool {
			got, err := b.client.V1Refunds.Retrieve(t.Context(), re.ID, nil)
			return err == nil && got.Status == c.last
		}, 5*time.Second, 5*time.Millisecond, method)
		ch, err := b.client.V1Charges.Retrieve(t.Context(), pi.LatestCharge.ID, nil)
		require.NoError(t, err)
		assert.Equal(t, c.returned, ch.AmountRefunded, method)
	}
}
