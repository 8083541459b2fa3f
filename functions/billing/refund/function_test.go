package refund_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	"github.com/kwipper/kwipper/functions/billing/refund"
	"github.com/kwipper/kwipper/shared/message"
)

// TestRefund is one test, since the function keeps its clients.
func TestRefund(t *testing.T) {
	w := billingtesting.New(t)
	card := w.SaveCard(t, "4242424242424242")
	w.Invoice(t, "jp-s1", card, 0)
	w.Invoice(t, "jp-s2", card, 0)

	for range 2 {
		w.Push(t, refund.Handle, "Refund", w.RefundCommand("jp-r1", "jp-s1"))
	}
	replies := w.Replies(t, "jp-r1")
	require.Len(t, replies, 2)
	assert.Equal(t, replies[0], replies[1])
	var returned message.PaymentReturned
	require.NoError(t, json.Unmarshal(replies[0].Body, &returned))
	assert.EqualValues(t, 980, returned.ReturnedAmount.Minor)
	w.Push(t, refund.Handle, "Refund", w.RefundCommand("jp-r2", "jp-s1"))
	assert.Equal(t, "ALREADY_REFUNDED", w.Replies(t, "jp-r2")[0].Failure.Reason)

	for _, saga := range []string{"jp-s2", "jp-s3"} { // one that was paid, one that never began
		undo := w.Command(saga, card, 0)
		undo.Name, undo.Compensation = message.RefundPaymentCommand, true
		w.Push(t, refund.Handle, "Refund", undo)
		replies = w.Replies(t, saga)
		require.Len(t, replies, 1)
		assert.True(t, replies[0].Compensation)
		assert.Equal(t, message.Done, replies[0].Outcome)
	}
	sum := w.Stripe.Totals().Sums["jpy"]
	assert.EqualValues(t, 1960, sum.ChargedMinor)
	assert.EqualValues(t, 1960, sum.RefundedMinor)
	w.CheckEventRefusals(t, refund.Handle, "Refund", w.RefundCommand("jp-r3", "jp-s1"))
}
