package deletepaymentmethod_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/functions/billing/deletepaymentmethod"
	"github.com/kwipper/kwipper/shared/billing"
)

// TestDeletePaymentMethod is one test, since the function keeps its clients.
func TestDeletePaymentMethod(t *testing.T) {
	w := billingtesting.New(t)
	id := w.SaveCard(t, "4242424242424242")
	remove := func(user, token string) functiontesting.Call {
		return functiontesting.Call{Method: http.MethodDelete, Path: "/v1/users/" + user + "/paymentMethods/" + id, Token: token}
	}
	functiontesting.Refused(t, remove("me", w.Stranger).Do(t, deletepaymentmethod.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.CheckRefusals(t, deletepaymentmethod.Handle, "DeletePaymentMethod", w.Issuer, remove(w.LearnerID, w.Learner), w.Stranger)

	_, err := w.Stripe.AddFault(emulator.Fault{Operation: "payment_methods.detach", Effect: emulator.EffectErrorBefore, Count: 1})
	require.NoError(t, err)
	functiontesting.Refused(t, remove("me", w.Learner).Do(t, deletepaymentmethod.Handle), http.StatusServiceUnavailable, "UNAVAILABLE")
	for range 2 {
		assert.Equal(t, http.StatusNoContent, remove("me", w.Learner).Do(t, deletepaymentmethod.Handle).Status)
	}
	m, err := w.Store.Method(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, billing.MethodRemoved, m.State)
	left, err := w.Store.Methods(t.Context(), w.LearnerID, billing.Page{Limit: 10})
	require.NoError(t, err)
	assert.Empty(t, left)
	invoice, err := w.Store.Statement(t.Context(), w.Invoice(t, "jp-s1", id, 0))
	require.NoError(t, err)
	assert.Equal(t, billing.PaymentDeclined, invoice.Payments[0].State, "it cannot be charged any more")
	assert.Empty(t, w.Stripe.Totals().Charges)
}
