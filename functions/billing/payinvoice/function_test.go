package payinvoice_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	"github.com/kwipper/kwipper/functions/billing/payinvoice"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
)

// TestPayInvoice is one test, since the function keeps its clients.
func TestPayInvoice(t *testing.T) {
	w := billingtesting.New(t)
	good, declining := w.SaveCard(t, "4242424242424242"), w.SaveCard(t, "4000000000000341")
	open := w.Invoice(t, "jp-s1", declining, 1)
	pay := func(user, invoice, token, key string, body any) functiontesting.Call {
		return functiontesting.Call{
			Method: http.MethodPost, Path: "/v1/users/" + user + "/invoices/" + invoice + ":pay", Token: token, Body: body,
			Header: map[string]string{"Idempotency-Key": key},
		}
	}
	with := func(method string) map[string]any {
		return map[string]any{"paymentMethod": "users/" + w.LearnerID + "/paymentMethods/" + method, "returnUri": billingtesting.ReturnURI}
	}
	first := functiontesting.Into[api.Operation](t, pay("me", open, w.Learner, "k1", with(good)).Do(t, payinvoice.Handle), http.StatusAccepted)
	assert.False(t, first.Done)
	assert.Equal(t, "users/"+w.LearnerID+"/invoices/"+open, first.Metadata.Invoice)
	again := functiontesting.Into[api.Operation](t, pay("me", open, w.Learner, "k1", with(good)).Do(t, payinvoice.Handle), http.StatusAccepted)
	assert.Equal(t, first.Name, again.Name)
	functiontesting.Refused(t, pay("me", open, w.Learner, "k1", with(declining)).Do(t, payinvoice.Handle), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")

	commands := w.PubSub.Published(message.CommandTopic(message.Subscription))
	require.NotEmpty(t, commands)
	var begin message.Command
	require.NoError(t, json.Unmarshal([]byte(commands[0].Data), &begin))
	assert.Equal(t, message.BeginRenewalCommand, begin.Name)
	var renewal message.Renewal
	require.NoError(t, begin.Decode(&renewal))
	assert.Equal(t, message.Renewal{SubscriptionID: "jp-subscription-jp-s1", Period: 1, PaymentMethodID: good, ReturnURI: billingtesting.ReturnURI}, renewal)

	refused := func(invoice string, body map[string]any, status int, reason string) []string {
		t.Helper()
		return functiontesting.Refused(t, pay("me", invoice, w.Learner, "k2", body).Do(t, payinvoice.Handle), status, reason)
	}
	refused(w.Invoice(t, "jp-s2", good, 1), with(good), http.StatusBadRequest, "INVOICE_NOT_OPEN")
	refused(w.Invoice(t, "jp-s3", declining, 0), with(good), http.StatusBadRequest, "INVOICE_NOT_OPEN")
	refused(open, with("jp-0c5a2f0e-8f5b-4a3e-9a52-0e7d9d2b6f10"), http.StatusBadRequest, "PAYMENT_METHOD_UNUSABLE")
	other := map[string]any{"paymentMethod": "users/jp-other/paymentMethods/" + good, "returnUri": billingtesting.ReturnURI}
	assert.Equal(t, []string{"paymentMethod"}, refused(open, other, http.StatusBadRequest, "INVALID_ARGUMENT"))
	away := with(good)
	away["returnUri"] = "https://evil.example/"
	assert.Equal(t, []string{"returnUri"}, refused(open, away, http.StatusBadRequest, "RETURN_URI_NOT_ALLOWED"))
	functiontesting.Refused(t, pay("me", open, w.Stranger, "k3", other).Do(t, payinvoice.Handle), http.StatusBadRequest, "INVALID_ARGUMENT")
	refused("jp-0c5a2f0e-8f5b-4a3e-9a52-0e7d9d2b6f10", with(good), http.StatusForbidden, "PERMISSION_DENIED")

	functiontesting.CheckRefusals(t, payinvoice.Handle, "PayInvoice", w.Issuer, pay(w.LearnerID, open, w.Learner, "k4", with(good)), w.Stranger)
}
