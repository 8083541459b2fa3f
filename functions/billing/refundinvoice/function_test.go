package refundinvoice_test

import (
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	"github.com/kwipper/kwipper/functions/billing/refundinvoice"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/auth"
)

// TestRefundInvoice is one test, since the function keeps its clients.
func TestRefundInvoice(t *testing.T) {
	w := billingtesting.New(t)
	card := w.SaveCard(t, "4242424242424242")
	refund := func(user, invoice, token, key string) functiontesting.Call {
		return functiontesting.Call{
			Method: http.MethodPost, Path: "/v1/users/" + user + "/invoices/" + invoice + ":refund", Token: token,
			Body: map[string]any{"reason": "OTHER"}, Header: map[string]string{"Idempotency-Key": key},
		}
	}
	refused := func(c functiontesting.Call, status int, reason string) {
		t.Helper()
		functiontesting.Refused(t, c.Do(t, refundinvoice.Handle), status, reason)
	}
	paid := w.Invoice(t, "jp-s1", card, 0)
	first := functiontesting.Into[api.Operation](t, refund("me", paid, w.Learner, "k1").Do(t, refundinvoice.Handle), http.StatusAccepted)
	assert.Equal(t, "users/"+w.LearnerID+"/subscriptions/jp-subscription-jp-s1", first.Metadata.Subscription)
	w.Return(t, "jp-r1", "jp-s1")
	again := functiontesting.Into[api.Operation](t, refund("me", paid, w.Learner, "k1").Do(t, refundinvoice.Handle), http.StatusAccepted)
	assert.Equal(t, first.Name, again.Name, "a repetition is answered whatever became of the invoice")
	refused(refund("me", paid, w.Learner, "k2"), http.StatusBadRequest, "ALREADY_REFUNDED")

	refused(refund("me", w.Invoice(t, "jp-s2", w.SaveCard(t, "4000000000000341"), 1), w.Learner, "k2"), http.StatusBadRequest, "REFUND_NOT_ALLOWED")

	old := w.Invoice(t, "jp-s3", card, 0)
	_, err := w.Database.Apply(t.Context(), []*spanner.Mutation{
		spanner.Update("Invoices", []string{"InvoiceId", "PaidTime"}, []any{old, time.Now().Add(-15 * 24 * time.Hour)}),
	})
	require.NoError(t, err)
	refused(refund("me", old, w.Learner, "k2"), http.StatusBadRequest, "REFUND_WINDOW_CLOSED")
	administrator := w.Issuer.User(t, "jp-"+uuid.NewString(), auth.RoleAdministrator)
	functiontesting.Into[api.Operation](t, refund(w.LearnerID, old, administrator, "k3").Do(t, refundinvoice.Handle), http.StatusAccepted)

	refused(refund("me", old, w.Stranger, "k2"), http.StatusForbidden, "PERMISSION_DENIED")
	refused(refund("me", "jp-0c5a2f0e-8f5b-4a3e-9a52-0e7d9d2b6f10", w.Learner, "k2"), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.CheckRefusals(t, refundinvoice.Handle, "RefundInvoice", w.Issuer, refund(w.LearnerID, old, w.Learner, "k4"), w.Stranger)
}
