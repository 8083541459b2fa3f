package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/emulators/stripe"
)

func TestControl(t *testing.T) {
	b := start(t, stripe.Options{})
	response, body := b.raw(t, http.MethodPost, "/emulator/v1/faults", `{"operation":"customers.create","effect":"RATE_LIMIT","count":1}`)
	assert.Equal(t, http.StatusCreated, response.StatusCode)
	assert.Contains(t, body, "fault-1")
	response, _ = b.raw(t, http.MethodPost, "/v1/customers", "")
	assert.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	_, body = b.raw(t, http.MethodGet, "/emulator/v1/faults", "")
	assert.Contains(t, body, `"hits": 1`)
	for range 2 {
		response, _ = b.raw(t, http.MethodDelete, "/emulator/v1/faults/fault-1", "")
	}
	assert.Equal(t, http.StatusNotFound, response.StatusCode)

	for _, bad := range []string{
		`{`, `{"colour":1}`, `{}`, `{"operation":"*"}`, `{"operation":"*","effect":"DUPLICATE"}`,
		`{"operation":"webhook.*","effect":"DECLINE"}`, `{"operation":"*","effect":"SLOW"}`,
		`{"operation":"*","effect":"DECLINE","count":-1}`, `{"operation":"*","effect":"DECLINE","probability":2}`,
		`{"operation":"*","effect":"SLOW","delayMillis":-1}`,
	} {
		response, _ = b.raw(t, http.MethodPost, "/emulator/v1/faults", bad)
		assert.Equal(t, http.StatusBadRequest, response.StatusCode, bad)
	}

	b.paid(t, "pm_card_visa")
	_, body = b.raw(t, http.MethodGet, "/emulator/v1/totals", "")
	assert.Contains(t, body, `"chargedMinor": 980`)
	_, body = b.raw(t, http.MethodGet, "/emulator/v1/status", "")
	assert.Contains(t, body, `"webhooksInFlight": 0`)
	response, _ = b.raw(t, http.MethodPost, "/emulator/v1/reset", "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Empty(t, b.Totals().Charges)
	response, _ = b.raw(t, http.MethodDelete, "/emulator/v1/faults", "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestDeclineOnDemandMatchesOnePayment(t *testing.T) {
	b := start(t, stripe.Options{})
	customer := b.customer(t)
	hit, spared := b.intent(t, customer, "pm_card_visa"), b.intent(t, customer, "pm_card_visa")
	_, err := b.AddFault(stripe.Fault{
		Operation: "payment_intents.confirm", Match: map[string]string{"id": hit.ID},
		Effect: stripe.EffectDecline, DeclineCode: "insufficient_funds",
	})
	require.NoError(t, err)
	_, err = b.AddFault(stripe.Fault{
		Operation: "customers.create", Match: map[string]string{"metadata[kwipper_user_id]": "jp-1"},
		Effect: stripe.EffectSlow, DelayMillis: 30, Count: 1,
	})
	require.NoError(t, err)
	_, err = b.confirm(hit.ID, true)
	assert.Equal(t, stripego.DeclineCodeInsufficientFunds, stripeError(t, err).DeclineCode)
	_, err = b.confirm(spared.ID, true)
	require.NoError(t, err)
	before := time.Now()
	b.customer(t)
	assert.GreaterOrEqual(t, time.Since(before), 30*time.Millisecond)
}

func TestPaymentsThatSettleLater(t *testing.T) {
	b := start(t, stripe.Options{})
	for declineCode, want := range map[string]stripego.PaymentIntentStatus{
		"": stripego.PaymentIntentStatusSucceeded, "insufficient_funds": stripego.PaymentIntentStatusRequiresPaymentMethod,
	} {
		_, err := b.AddFault(stripe.Fault{
			Operation: "payment_intents.confirm", Effect: stripe.EffectProcessing, DelayMillis: 40, DeclineCode: declineCode, Count: 1,
		})
		require.NoError(t, err)
		pi, err := b.confirm(b.intent(t, b.customer(t), "pm_card_visa").ID, true)
		require.NoError(t, err)
		assert.Equal(t, stripego.PaymentIntentStatusProcessing, pi.Status)
		_, err = b.client.V1PaymentIntents.Cancel(t.Context(), pi.ID, nil)
		assert.Equal(t, stripego.ErrorCodePaymentIntentUnexpectedState, stripeError(t, err).Code)
		require.Eventually(t, func() bool {
			pi, err = b.client.V1PaymentIntents.Retrieve(t.Context(), pi.ID, nil)
			return err == nil && pi.Status == want
		}, 5*time.Second, 5*time.Millisecond, declineCode)
	}
}

func TestProbabilityFollowsTheSeed(t *testing.T) {
	hits := func(seed uint64) (pattern string) {
		b := start(t, stripe.Options{Seed: seed})
		_, err := b.AddFault(stripe.Fault{Operation: "customers.create", Effect: stripe.EffectRateLimit, Probability: 0.5})
		require.NoError(t, err)
		for range 32 {
			response, _ := b.raw(t, http.MethodPost, "/v1/customers", "")
			pattern += response.Status[:1]
		}
		return pattern
	}
	first := hits(7)
	assert.Equal(t, first, hits(7))
	assert.NotEqual(t, first, hits(8))
	assert.Contains(t, first, "2")
	assert.Contains(t, first, "4")
}
