package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/stripe"
)

// What goes wrong between Billing and the gateway, each while somebody subscribes and is
// refunded. Whether a call was done cannot be known from its failure.
var gatewayFaults = map[string][]stripe.Fault{
	"500 before charging":    {{Operation: "payment_intents.confirm", Effect: stripe.EffectErrorBefore, Count: 2}},
	"500 after charging":     {{Operation: "payment_intents.confirm", Effect: stripe.EffectErrorAfter, Count: 1}},
	"cut off after charging": {{Operation: "payment_intents.confirm", Effect: stripe.EffectDropAfter, Count: 1}},
	"cut off after creating": {{Operation: "payment_intents.create", Effect: stripe.EffectDropAfter, Count: 2}},
	"too many requests":      {{Operation: "payment_intents.*", Effect: stripe.EffectRateLimit, Count: 3}},
	"settles later":          {{Operation: "payment_intents.confirm", Effect: stripe.EffectProcessing, DelayMillis: 300, Count: 1}},
	"cut off after refund":   {{Operation: "refunds.create", Effect: stripe.EffectDropAfter, Count: 1}},
	"500 after refund":       {{Operation: "refunds.create", Effect: stripe.EffectErrorAfter, Count: 2}},
	"events doubled":         {{Operation: "webhook.*", Effect: stripe.EffectDuplicate}},
	"events late":            {{Operation: "webhook.*", Effect: stripe.EffectDelay, DelayMillis: 500}},
	"cut off, and late events": {
		{Operation: "payment_intents.confirm", Effect: stripe.EffectDropAfter, Count: 1},
		{Operation: "refunds.create", Effect: stripe.EffectDropAfter, Count: 1},
		{Operation: "webhook.*", Effect: stripe.EffectDelay, DelayMillis: 1500},
	},
}

func TestGatewayFaultsNeitherChargeTwiceNorRefundWrongly(t *testing.T) {
	w, s := begin(t)
	course, item := w.course(t)
	for name, faults := range gatewayFaults {
		t.Run(name, func(t *testing.T) {
			l := w.learner(t, "MX", goodCard)
			s.Stripe.ClearFaults()
			for _, f := range faults {
				_, err := s.Stripe.AddFault(f)
				require.NoError(t, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
			defer cancel()
			defer hurry(t)()
			o, err := l.subscribe(ctx, course)
			require.NoError(t, err)
			require.True(t, o.Done)
			charges, returned := w.charged(t, o.Response.Subscription)
			assert.Equal(t, []int{1, 0}, []int{charges, returned}, "charged, returned")
			assert.True(t, l.mayStudy(t, item))
			require.NoError(t, refund(ctx, l.Client, l.invoices(t, o.Response.Subscription)[0].Name))
			charges, returned = w.charged(t, o.Response.Subscription)
			assert.Equal(t, []int{1, 1}, []int{charges, returned}, "charged, returned")
			settle(t)
			for _, f := range s.Stripe.Faults() {
				assert.Positive(t, f.Hits, "%s %s", f.Operation, f.Effect)
			}
			s.Stripe.ClearFaults()
			w.checkBooks(t)
		})
	}
}

// hurry lets business time run a hundred times faster, so that what is asked again later
// need not be waited for, until the function returned is called.
func hurry(t *testing.T) (stop func()) {
	t.Helper()
	s, stopped, done := shared.stack, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for ticker := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-stopped:
				ticker.Stop()
				return
			case <-ticker.C:
				if err := s.Time.SetOffset(s.Clock.Offset() + 2*time.Second); err != nil {
					t.Errorf("hurry: %v", err)
					return
				}
			}
		}
	}()
	return func() { close(stopped); <-done }
}

// The charge goes through and nobody hears of it, and the gateway is down for longer than
// the saga is patient: in the end the books say what happened.
func TestGatewayDownAfterChargingIsSettledLater(t *testing.T) {
	w, s := begin(t)
	course, _ := w.course(t)
	l := w.learner(t, "JP", goodCard)
	for _, f := range []stripe.Fault{
		{Operation: "payment_intents.confirm", Effect: stripe.EffectDropAfter},
		{Operation: "payment_intents.retrieve", Effect: stripe.EffectErrorBefore},
		{Operation: "payment_intents.cancel", Effect: stripe.EffectErrorBefore},
		{Operation: "webhook.*", Effect: stripe.EffectDelay, DelayMillis: 3000},
	} {
		_, err := s.Stripe.AddFault(f)
		require.NoError(t, err)
	}
	var o, err = l.begin(t.Context(), course)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(w.chargesOf(t, l)) > 0 }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, s.Time.SetOffset(s.Clock.Offset()+20*time.Minute))
	s.Stripe.ClearFaults()
	advance(t, s.Clock.Now().Add(2*time.Hour))
	o, err = l.AwaitDone(t.Context(), o)
	charges, returned := w.charged(t, o.Metadata.Subscription)
	t.Logf("%s: %v; %d charged, %d returned", o.Metadata.State, err, charges, returned)
	assert.Equal(t, 1, charges)
	assert.Equal(t, err != nil, returned == 1, "kept if the learner has what was paid for, else returned")
}
