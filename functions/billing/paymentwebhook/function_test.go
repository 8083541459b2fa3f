package paymentwebhook_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/functions/billing/paymentwebhook"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/payment/stripe"
)

// TestPaymentWebhook is one test, since the function keeps its clients.
func TestPaymentWebhook(t *testing.T) {
	w := billingtesting.New(t)
	deliver := func(gateway, payload, signature string) functiontesting.Answer {
		t.Helper()
		return functiontesting.Call{
			Method: http.MethodPost, Path: "/v1/webhooks/" + gateway, Body: payload,
			Header: map[string]string{"Stripe-Signature": signature, "Idempotency-Key": ""},
		}.Do(t, paymentwebhook.Handle)
	}
	invoice, err := w.Store.Statement(t.Context(), w.Invoice(t, "jp-s1", w.SaveCard(t, "4000002760003184"), 0))
	require.NoError(t, err)
	waiting := invoice.Payments[0]
	require.Equal(t, billing.PaymentActionRequired, waiting.State)
	billingtesting.Post(t, waiting.RedirectURI, url.Values{"outcome": {"succeed"}})
	object := map[string]any{"id": waiting.IntentID, "object": "payment_intent", "metadata": map[string]string{stripe.MetadataPaymentID: waiting.ID}}
	payload, signature := w.Event("payment_intent.succeeded", object)

	functiontesting.Refused(t, deliver("stripe", payload, ""), http.StatusUnauthorized, "WEBHOOK_SIGNATURE_INVALID")
	functiontesting.Refused(t, deliver("stripe", payload+" ", signature), http.StatusUnauthorized, "WEBHOOK_SIGNATURE_INVALID")
	old := emulator.Sign([]byte(payload), billingtesting.WebhookSecret, time.Now().Add(-time.Hour))
	functiontesting.Refused(t, deliver("stripe", payload, old), http.StatusUnauthorized, "WEBHOOK_SIGNATURE_INVALID")
	forged := emulator.Sign([]byte(payload), "whsec_guessed", time.Now())
	functiontesting.Refused(t, deliver("stripe", payload, forged), http.StatusUnauthorized, "WEBHOOK_SIGNATURE_INVALID")
	functiontesting.Refused(t, deliver("paypal", payload, signature), http.StatusBadRequest, "INVALID_ARGUMENT")
	large := deliver("stripe", strings.Repeat("x", 4<<20), signature)
	functiontesting.Refused(t, large, http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE")
	assert.Empty(t, w.Replies(t, "jp-s1"))

	w.PubSub.Fail(status.Error(codes.PermissionDenied, "not today"))
	assert.GreaterOrEqual(t, deliver("stripe", payload, signature).Status, 500, "the saga was not told: the gateway delivers again")
	w.PubSub.Fail(nil)
	assert.Equal(t, http.StatusNoContent, deliver("stripe", payload, signature).Status)
	replies := w.Replies(t, "jp-s1")
	require.Len(t, replies, 1)
	assert.Equal(t, message.Done, replies[0].Outcome)
	assert.Len(t, w.Stripe.Totals().Charges, 1)

	payload, signature = w.Event("payment_intent.succeeded", map[string]any{"id": "pi_of_nobody", "object": "payment_intent"})
	assert.Equal(t, http.StatusNoContent, deliver("stripe", payload, signature).Status, "recorded, and looked at again later")
	tasks := w.Tasks(t)
	require.Len(t, tasks, 1)
	assert.Equal(t, 2, tasks[0].Attempt)
	payload, signature = w.Event("charge.dispute.created", map[string]any{"id": "dp_1", "object": "dispute", "payment_intent": waiting.IntentID})
	assert.Equal(t, http.StatusNoContent, deliver("stripe", payload, signature).Status)
}
