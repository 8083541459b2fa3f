package stripe_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/stripe"
)

const someCharge = "amount=980&currency=jpy&confirm=true&off_session=true&payment_method="

func (b bench) keyed(t *testing.T, key, path, body string) (*http.Response, string) {
	t.Helper()
	return b.raw(t, http.MethodPost, path, body, "Idempotency-Key", key)
}

func TestKeyReplaysTheAnswer(t *testing.T) {
	b := start(t, stripe.Options{})
	first, body := b.keyed(t, "k", "/v1/payment_intents", someCharge+"pm_card_visa")
	require.Equal(t, http.StatusOK, first.StatusCode)
	assert.Empty(t, first.Header.Get("Idempotent-Replayed"))

	// The order of parameters does not matter.
	second, again := b.keyed(t, "k", "/v1/payment_intents", "payment_method=pm_card_visa&currency=jpy&off_session=true&confirm=true&amount=980")
	assert.Equal(t, http.StatusOK, second.StatusCode)
	assert.Equal(t, body, again)
	assert.Equal(t, "true", second.Header.Get("Idempotent-Replayed"))
	assert.Equal(t, first.Header.Get("Request-Id"), second.Header.Get("Original-Request"))
	assert.Len(t, b.Totals().Charges, 1)
}

func TestKeyReplaysDeclinesAndServerErrors(t *testing.T) {
	b := start(t, stripe.Options{})
	for range 2 {
		response, body := b.keyed(t, "declined", "/v1/payment_intents", someCharge+"pm_card_chargeDeclined")
		assert.Equal(t, http.StatusPaymentRequired, response.StatusCode)
		assert.Contains(t, body, "generic_decline")
	}
	assert.Len(t, b.Totals().Charges, 1)

	for _, effect := range []stripe.Effect{stripe.EffectErrorBefore, stripe.EffectErrorAfter} {
		_, err := b.AddFault(stripe.Fault{Operation: "payment_intents.*", Effect: effect, Count: 1})
		require.NoError(t, err)
		for range 2 {
			response, body := b.keyed(t, string(effect), "/v1/payment_intents", someCharge+"pm_card_visa")
			assert.Equal(t, http.StatusInternalServerError, response.StatusCode)
			assert.Contains(t, body, "api_error")
		}
	}
	assert.Len(t, b.Totals().Charges, 2, "the error after the charge did charge, once")
}

func TestKeyIsBoundToItsRequest(t *testing.T) {
	b := start(t, stripe.Options{})
	b.keyed(t, "k", "/v1/customers", "name=a")
	for path, body := range map[string]string{"/v1/customers": "name=b", "/v1/refunds": "name=a&charge=ch"} {
		if path == "/v1/refunds" {
			body = "charge=ch"
		}
		response, answer := b.keyed(t, "k", path, body)
		assert.Equal(t, http.StatusBadRequest, response.StatusCode)
		assert.Contains(t, answer, `"type": "idempotency_error"`)
	}
	response, _ := b.keyed(t, strings.Repeat("k", 256), "/v1/customers", "")
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
}

func TestRequestsThatDidNotRunAreNotKept(t *testing.T) {
	b := start(t, stripe.Options{})
	response, _ := b.keyed(t, "k", "/v1/payment_intents", "currency=jpy")
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	response, _ = b.keyed(t, "k", "/v1/payment_intents", "currency=jpy&amount=980")
	assert.Equal(t, http.StatusOK, response.StatusCode)

	_, err := b.AddFault(stripe.Fault{Operation: "*", Effect: stripe.EffectRateLimit, Count: 1})
	require.NoError(t, err)
	response, _ = b.keyed(t, "limited", "/v1/customers", "")
	assert.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	response, _ = b.keyed(t, "limited", "/v1/customers", "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestKeyInUse(t *testing.T) {
	b := start(t, stripe.Options{})
	_, err := b.AddFault(stripe.Fault{Operation: "customers.create", Effect: stripe.EffectTimeoutAfter, Count: 1})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	held := make(chan struct{})
	go func() {
		defer close(held)
		request, _ := http.NewRequestWithContext(ctx, http.MethodPost, b.URL()+"/v1/customers", strings.NewReader("name=a"))
		request.Header.Set("Authorization", "Bearer sk_test_123")
		request.Header.Set("Idempotency-Key", "k")
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
	}()
	require.Eventually(t, func() bool { return b.Faults()[0].Hits == 1 }, 5*time.Second, time.Millisecond)
	response, body := b.keyed(t, "k", "/v1/customers", "name=a")
	assert.Equal(t, http.StatusConflict, response.StatusCode)
	assert.Contains(t, body, "idempotency_key_in_use")

	cancel()
	<-held
	require.Eventually(t, func() bool {
		response, _ = b.keyed(t, "k", "/v1/customers", "name=a")
		return response.StatusCode == http.StatusOK
	}, 5*time.Second, 5*time.Millisecond)
	assert.Equal(t, "true", response.Header.Get("Idempotent-Replayed"))
}

func TestKeyIsForgottenAfterADay(t *testing.T) {
	clock := &movingNow{}
	b := start(t, stripe.Options{Now: clock.now})
	_, first := b.keyed(t, "k", "/v1/customers", "name=a")
	clock.advance(23 * time.Hour)
	_, second := b.keyed(t, "k", "/v1/customers", "name=a")
	assert.Equal(t, first, second)
	clock.advance(2 * time.Hour)
	response, third := b.keyed(t, "k", "/v1/customers", "name=b")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.NotEqual(t, first, third)
}

func TestKeysSurviveARestart(t *testing.T) {
	clock, dir := &movingNow{}, t.TempDir()
	options := stripe.Options{DataDir: dir, Now: clock.now, Addr: "127.0.0.1:0"}
	first, err := stripe.Start(t.Context(), options)
	require.NoError(t, err)
	_, body := bench{Server: first}.keyed(t, "k", "/v1/customers", "name=a")
	clock.advance(25 * time.Hour)
	_, later := bench{Server: first}.keyed(t, "k", "/v1/customers", "name=b")
	require.NotEqual(t, body, later)
	require.NoError(t, first.Close())

	b := start(t, options)
	response, again := b.keyed(t, "k", "/v1/customers", "name=b")
	assert.Equal(t, later, again)
	assert.Equal(t, "true", response.Header.Get("Idempotent-Replayed"))
}
