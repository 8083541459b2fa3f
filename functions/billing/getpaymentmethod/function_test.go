package getpaymentmethod_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	"github.com/kwipper/kwipper/functions/billing/getpaymentmethod"
	"github.com/kwipper/kwipper/shared/api"
)

// TestGetPaymentMethod is one test, since the function keeps its clients.
func TestGetPaymentMethod(t *testing.T) {
	w := billingtesting.New(t)
	id := w.SaveCard(t, "4242424242424242")
	get := func(user, id, token string) functiontesting.Call {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/" + user + "/paymentMethods/" + id, Token: token}
	}
	m := functiontesting.Into[api.PaymentMethod](t, get("me", id, w.Learner).Do(t, getpaymentmethod.Handle), http.StatusOK)
	assert.Equal(t, "users/"+w.LearnerID+"/paymentMethods/"+id, m.Name)
	assert.EqualValues(t, "ACTIVE", m.State)
	assert.Equal(t, "visa", m.Brand)
	assert.Equal(t, "4242", m.Last4)
	assert.EqualValues(t, 2040, m.ExpYear)
	assert.Empty(t, m.NextAction)

	// Somebody else's and none at all look the same.
	functiontesting.Refused(t, get("me", id, w.Stranger).Do(t, getpaymentmethod.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.Refused(t, get("me", "jp-0c5a2f0e-8f5b-4a3e-9a52-0e7d9d2b6f10", w.Learner).Do(t, getpaymentmethod.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.CheckRefusals(t, getpaymentmethod.Handle, "GetPaymentMethod", w.Issuer, get(w.LearnerID, id, w.Learner), w.Stranger)
}
