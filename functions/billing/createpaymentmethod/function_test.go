package createpaymentmethod_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/functions/billing/createpaymentmethod"
	"github.com/kwipper/kwipper/shared/api"
)

// TestCreatePaymentMethod is one test, since the function keeps its clients.
func TestCreatePaymentMethod(t *testing.T) {
	w := billingtesting.New(t)
	body := map[string]any{"returnUri": billingtesting.ReturnURI}
	create := func(key string, body any) functiontesting.Answer {
		return functiontesting.Call{
			Method: http.MethodPost, Path: "/v1/users/me/paymentMethods", Token: w.Learner, Body: body,
			Header: map[string]string{"Idempotency-Key": key},
		}.Do(t, createpaymentmethod.Handle)
	}
	first := functiontesting.Into[api.PaymentMethod](t, create("k1", body), http.StatusCreated)
	assert.Regexp(t, "^users/"+w.LearnerID+"/paymentMethods/jp-", first.Name)
	assert.EqualValues(t, "PENDING", first.State)
	assert.EqualValues(t, "REDIRECT", first.NextAction.Type)
	assert.NotEmpty(t, first.NextAction.RedirectURI)
	assert.Equal(t, first, functiontesting.Into[api.PaymentMethod](t, create(`"k1"`, body), http.StatusCreated), "a repetition")
	other := map[string]any{"returnUri": billingtesting.ReturnURI + "/other"}
	functiontesting.Refused(t, create("k1", other), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")

	for _, uri := range []string{"https://evil.example/paid", "https://app.example.evil.example/", "https://app.example@evil.example/"} {
		functiontesting.Refused(t, create("k2", map[string]any{"returnUri": uri}), http.StatusBadRequest, "RETURN_URI_NOT_ALLOWED")
	}
	fields := functiontesting.Refused(t, create("k2", map[string]any{"returnUri": billingtesting.ReturnURI, "gatewayToken": "pm_card_visa"}), http.StatusBadRequest, "INVALID_ARGUMENT")
	assert.Equal(t, []string{"gatewayToken"}, fields)

	for _, operation := range []string{"customers.create", "checkout.sessions.create"} {
		_, err := w.Stripe.AddFault(emulator.Fault{Operation: operation, Effect: emulator.EffectErrorAfter, Count: 1})
		assert.NoError(t, err)
	}
	functiontesting.Refused(t, create("k3", body), http.StatusServiceUnavailable, "UNAVAILABLE")
	second := functiontesting.Into[api.PaymentMethod](t, create("k3", body), http.StatusCreated)
	assert.NotEqual(t, first.Name, second.Name, "an error that the gateway has stored is not met again")

	good := functiontesting.Call{Method: http.MethodPost, Path: "/v1/users/" + w.LearnerID + "/paymentMethods", Token: w.Learner, Body: body}
	functiontesting.CheckRefusals(t, createpaymentmethod.Handle, "CreatePaymentMethod", w.Issuer, good, w.Stranger)
}
