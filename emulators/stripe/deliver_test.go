package stripe_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"

	"github.com/kwipper/kwipper/emulators/stripe"
)

const secret = "whsec_123"

// receiver is a webhook endpoint that refuses the first deliveries.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	refuse int
	events []stripego.Event
	errs   []error
}

func newReceiver(t *testing.T, refuse int) *receiver {
	r := &receiver{refuse: refuse}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
		payload, _ := io.ReadAll(rq.Body)
		event, err := webhook.ConstructEvent(payload, rq.Header.Get("Stripe-Signature"), secret)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.refuse > 0 {
			r.refuse--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if err != nil {
			r.errs = append(r.errs, err)
		}
		r.events = append(r.events, event)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) types() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []string
	for _, e := range r.events {
		found = append(found, string(e.Type))
	}
	slices.Sort(found)
	return found
}

func (r *receiver) count(eventType string) int {
	n := 0
	for _, found := range r.types() {
		if found == eventType {
			n++
		}
	}
	return n
}

func settled(t *testing.T, b bench) {
	t.Helper()
	require.Eventually(t, func() bool { return b.InFlight() == 0 }, 10*time.Second, 2*time.Millisecond)
}

func TestWebhooksAreSignedAndTellWhatHappened(t *testing.T) {
	r := newReceiver(t, 0)
	b := start(t, stripe.Options{WebhookURL: r.URL, WebhookSecret: secret})
	pi := b.paid(t, "pm_card_visa")
	_, err := b.refund(pi.ID, 980)
	require.NoError(t, err)
	settled(t, b)
	assert.Empty(t, r.errs)
	assert.Equal(t, []string{
		"charge.refunded", "charge.succeeded", "customer.created", "payment_intent.created",
		"payment_intent.succeeded", "refund.created",
	}, r.types())
	for _, e := range r.events {
		listed, err := b.client.V1Events.Retrieve(t.Context(), e.ID, nil)
		require.NoError(t, err)
		assert.Equal(t, e.Type, listed.Type)
		if e.Type == "payment_intent.succeeded" {
			var got stripego.PaymentIntent
			require.NoError(t, json.Unmarshal(e.Data.Raw, &got))
			assert.Equal(t, pi.ID, got.ID)
			assert.Equal(t, stripego.PaymentIntentStatusSucceeded, got.Status)
		}
	}

	_, err = b.confirm(b.intent(t, b.customer(t), "pm_card_chargeDeclined").ID, true)
	require.Error(t, err)
	asked, err := b.confirm(b.intent(t, b.customer(t), "pm_card_threeDSecure2Required").ID, false)
	require.NoError(t, err)
	_, err = b.client.V1PaymentIntents.Cancel(t.Context(), asked.ID, nil)
	require.NoError(t, err)
	settled(t, b)
	for _, want := range []string{
		"charge.failed", "payment_intent.payment_failed", "payment_intent.requires_action", "payment_intent.canceled",
	} {
		assert.Equal(t, 1, r.count(want), want)
	}
}

func TestWebhookIsSentTheEventsAskedFor(t *testing.T) {
	r := newReceiver(t, 0)
	b := start(t, stripe.Options{WebhookURL: r.URL, WebhookSecret: secret, WebhookEvents: []string{"payment_intent.succeeded"}})
	b.paid(t, "pm_card_visa")
	settled(t, b)
	assert.Equal(t, []string{"payment_intent.succeeded"}, r.types())
}

func TestWebhooksAreSentUntilTaken(t *testing.T) {
	r := newReceiver(t, 3)
	b := start(t, stripe.Options{WebhookURL: r.URL, WebhookSecret: secret, WebhookRetryWait: time.Millisecond})
	b.customer(t)
	settled(t, b)
	assert.Equal(t, []string{"customer.created"}, r.types())
}

func TestWebhookFaults(t *testing.T) {
	r := newReceiver(t, 0)
	b := start(t, stripe.Options{WebhookURL: r.URL, WebhookSecret: secret})
	_, err := b.AddFault(stripe.Fault{Operation: "webhook.customer.created", Effect: stripe.EffectDuplicate, Count: 1})
	require.NoError(t, err)
	_, err = b.AddFault(stripe.Fault{Operation: "webhook.customer.*", Effect: stripe.EffectDelay, DelayMillis: 150, Count: 1})
	require.NoError(t, err)
	b.customer(t)
	settled(t, b)
	assert.Equal(t, 2, r.count("customer.created"))
	assert.Equal(t, r.events[0].ID, r.events[1].ID)

	b.customer(t)
	require.Eventually(t, func() bool { return b.Faults()[1].Hits == 1 }, 5*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { return r.count("customer.created") == 3 }, 5*time.Second, 5*time.Millisecond)
}

func TestEndpointsOfClients(t *testing.T) {
	r := newReceiver(t, 0)
	b := start(t, stripe.Options{})
	w, err := b.client.V1WebhookEndpoints.Create(t.Context(), &stripego.WebhookEndpointCreateParams{
		URL: &r.URL, EnabledEvents: stripego.StringSlice([]string{"charge.succeeded"}),
	})
	require.NoError(t, err)
	require.NotEmpty(t, w.Secret)
	got, err := b.client.V1WebhookEndpoints.Retrieve(t.Context(), w.ID, nil)
	require.NoError(t, err)
	assert.Empty(t, got.Secret)
	b.paid(t, "pm_card_visa")
	settled(t, b)
	assert.Equal(t, 1, len(r.types()))
	_, err = b.client.V1WebhookEndpoints.Delete(t.Context(), w.ID, nil)
	require.NoError(t, err)
	b.paid(t, "pm_card_visa")
	settled(t, b)
	assert.Equal(t, 1, len(r.types()))
}

func TestWebhookSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	down := stripe.Options{DataDir: dir, WebhookURL: "http://127.0.0.1:1/", WebhookSecret: secret, WebhookRetryWait: time.Millisecond}
	down.Addr = "127.0.0.1:0"
	first, err := stripe.Start(t.Context(), down)
	require.NoError(t, err)
	b := bench{first, clientOf(first.URL())}
	b.customer(t)
	require.Equal(t, 1, b.InFlight())
	require.NoError(t, first.Close())

	r := newReceiver(t, 0)
	again := start(t, stripe.Options{DataDir: dir, WebhookRetryWait: time.Millisecond})
	assert.Equal(t, 1, again.InFlight(), "the endpoint of the last run is kept")
	require.NoError(t, again.SetWebhook(r.URL, secret))
	require.Eventually(t, func() bool { return r.count("customer.created") == 1 }, 10*time.Second, 5*time.Millisecond)
	settled(t, again)
}
