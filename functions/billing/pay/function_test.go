package pay_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/functions/billing/pay"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/message"
)

// TestPay is one test, since the function keeps its clients.
func TestPay(t *testing.T) {
	w := billingtesting.New(t)
	card := w.SaveCard(t, "4242424242424242")

	for range 3 {
		w.Push(t, pay.Handle, "Pay", w.Command("jp-s1", card, 0))
	}
	replies := w.Replies(t, "jp-s1")
	require.Len(t, replies, 3, "each delivery is answered")
	assert.Equal(t, message.Done, replies[0].Outcome)
	assert.Equal(t, replies[0], replies[2])
	assert.Len(t, w.Stripe.Totals().Charges, 1)

	w.Push(t, pay.Handle, "Pay", w.Command("jp-s2", w.SaveCard(t, "4000000000000341"), 0))
	declined := w.Replies(t, "jp-s2")
	require.Len(t, declined, 1)
	assert.Equal(t, "CARD_DECLINED", declined[0].Failure.Reason)

	_, err := w.Stripe.AddFault(emulator.Fault{Operation: "payment_intents.confirm", Effect: emulator.EffectErrorAfter, Count: 1})
	require.NoError(t, err)
	w.Push(t, pay.Handle, "Pay", w.Command("jp-s3", card, 0))
	assert.Empty(t, w.Replies(t, "jp-s3"), "unknown is no answer")
	assert.Equal(t, []billing.RetryTask{{PaymentID: message.PaymentID("jp-s3"), Attempt: 2}}, w.Tasks(t))

	incomplete := w.Command("jp-s4", card, 0)
	incomplete.Body = []byte(`{"paymentId":"p"}`)
	w.Push(t, pay.Handle, "Pay", incomplete)
	refused := w.Replies(t, "jp-s4")
	require.Len(t, refused, 1)
	assert.Equal(t, "MALFORMED_COMMAND", refused[0].Failure.Reason)
	strange := functiontesting.Push(t, pay.Handle, "Pay", w.Services, w.RefundCommand("jp-s5", "jp-s1"))
	assert.Equal(t, http.StatusServiceUnavailable, strange.Status, "another function's command is not refused")
	assert.Empty(t, w.Replies(t, "jp-s5"))

	w.CheckEventRefusals(t, pay.Handle, "Pay", w.Command("jp-s6", card, 0))
	assert.Len(t, w.Stripe.Totals().Charges, 3, "two that succeeded, one that was declined")
}
