package stripe_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment"
	"github.com/kwipper/kwipper/shared/payment/stripe"
)

const webhookSecret = "whsec_test"

// world is a gateway on an emulator of its own.
type world struct {
	*stripe.Gateway
	server *emulator.Server
	keys   int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := emulator.Start(context.Background(), emulator.Options{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	gateway, err := stripe.New(stripe.Options{
		APIKey: "sk_test_kwipper", BaseURL: server.URL(), WebhookSecrets: []string{webhookSecret},
		Timeout: 2 * time.Second,
	})
	require.NoError(t, err)
	return &world{Gateway: gateway, server: server}
}

func (w *world) key() string {
	w.keys++
	return fmt.Sprintf("key-%d", w.keys)
}

func (w *world) customer(t *testing.T) payment.Customer {
	t.Helper()
	c, err := w.CreateCustomer(t.Context(), payment.CustomerRequest{Key: w.key(), UserID: "jp-user", Country: "JP"})
	require.NoError(t, err)
	return c
}

// post sends a form without following where it leads, and answers that address.
func post(t *testing.T, address string, form url.Values) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(address, form)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.Header.Get("Location")
}

func cardForm(number string) url.Values {
	return url.Values{"number": {number}, "exp_month": {"12"}, "exp_year": {"2040"}, "cvc": {"123"}}
}

// saveCard enters a card on the hosted page, authenticating if it is asked for.
func (w *world) saveCard(t *testing.T, customerID, number string) payment.PaymentMethod {
	t.Helper()
	setup, err := w.StartSetup(t.Context(), payment.SetupRequest{
		Key: w.key(), CustomerID: customerID, PaymentMethodRef: "jp-pm", ReturnURI: "https://app.example/cards", Locale: "ja",
	})
	require.NoError(t, err)
	require.Equal(t, payment.SetupOpen, setup.State)
	next := post(t, setup.RedirectURI, cardForm(number))
	if next != "https://app.example/cards" {
		next = post(t, next, url.Values{"outcome": {"succeed"}})
	}
	require.Equal(t, "https://app.example/cards", next)
	setup, err = w.GetSetup(t.Context(), setup.ID)
	require.NoError(t, err)
	require.Equal(t, payment.SetupComplete, setup.State)
	require.Equal(t, "jp-pm", setup.PaymentMethodRef)
	require.NotNil(t, setup.PaymentMethod)
	return *setup.PaymentMethod
}

func (w *world) intent(t *testing.T, customerID, methodID string, amount money.Amount) payment.Intent {
	t.Helper()
	intent, err := w.CreateIntent(t.Context(), payment.IntentRequest{
		Key: w.key(), CustomerID: customerID, PaymentMethodID: methodID, Amount: amount, PaymentID: "jp-pay-1",
	})
	require.NoError(t, err)
	require.Equal(t, payment.IntentConfirmationRequired, intent.State)
	return intent
}

func (w *world) confirm(t *testing.T, intentID string, offSession bool) payment.Intent {
	t.Helper()
	intent, err := w.ConfirmIntent(t.Context(), payment.ConfirmRequest{
		Key: w.key(), IntentID: intentID, OffSession: offSession, ReturnURI: "https://app.example/paid",
	})
	require.NoError(t, err)
	return intent
}

func TestSaveCardPayAndRefund(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4242 4242 4242 4242")
	assert.Equal(t, "visa", card.Brand)
	assert.Equal(t, "4242", card.Last4)
	assert.Equal(t, 2040, card.ExpYear)

	for _, amount := range []money.Amount{
		money.Of(980, money.JPY), money.Of(149_00, money.PHP), money.Of(129_00, money.MXN), money.Of(4_900_000, money.IDR),
	} {
		intent := w.confirm(t, w.intent(t, customer.ID, card.ID, amount).ID, true)
		assert.True(t, intent.Charged())
		assert.Equal(t, amount, intent.AmountReceived)
		assert.Equal(t, "jp-pay-1", intent.PaymentID)
		assert.NotEmpty(t, intent.ChargeID)

		request := payment.RefundRequest{Key: w.key(), IntentID: intent.ID, Amount: amount, RefundID: "jp-refund-" + string(amount.Currency)}
		refund, err := w.CreateRefund(t.Context(), request)
		require.NoError(t, err)
		assert.Equal(t, payment.RefundSucceeded, refund.State)
		assert.Equal(t, amount, refund.Amount)
		assert.Equal(t, intent.ID, refund.IntentID)

		request.Key = w.key() // as after a day, when the first key is forgotten
		again, err := w.CreateRefund(t.Context(), request)
		require.NoError(t, err)
		assert.Equal(t, refund, again)

		request.RefundID += "-more"
		_, err = w.CreateRefund(t.Context(), request)
		assert.Equal(t, payment.ReasonRefundExceedsCharge, fault.ReasonOf(err))

		intent, err = w.GetIntent(t.Context(), intent.ID)
		require.NoError(t, err)
		assert.Equal(t, amount, intent.AmountRefunded)
	}
	for currency, sum := range w.server.Totals().Sums {
		assert.Equal(t, sum.ChargedMinor, sum.RefundedMinor, currency)
	}
}

func TestDeclineIsAValue(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4000000000000341")
	intent := w.confirm(t, w.intent(t, customer.ID, card.ID, money.Of(980, money.JPY)).ID, false)
	assert.True(t, intent.Declined())
	assert.Equal(t, "card_declined", intent.Decline.Code)
	assert.Equal(t, payment.DeclineGeneric, intent.Decline.Reason())

	// Without a method there is nothing to try; the last decline is the answer.
	again := w.confirm(t, intent.ID, false)
	assert.True(t, again.Declined())

	other := w.saveCard(t, customer.ID, "4242424242424242")
	paid, err := w.ConfirmIntent(t.Context(), payment.ConfirmRequest{
		Key: w.key(), IntentID: intent.ID, PaymentMethodID: other.ID, ReturnURI: "https://app.example/paid",
	})
	require.NoError(t, err)
	assert.True(t, paid.Charged())
	assert.Nil(t, paid.Decline)
}

func TestThreeDSecure(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4000002760003184")

	offSession := w.confirm(t, w.intent(t, customer.ID, card.ID, money.Of(980, money.JPY)).ID, true)
	assert.True(t, offSession.Declined())
	assert.Equal(t, payment.DeclineAuthenticationRequired, offSession.Decline.Reason())

	for outcome, state := range map[string]payment.IntentState{
		"succeed": payment.IntentSucceeded, "fail": payment.IntentPaymentMethodRequired,
	} {
		intent := w.confirm(t, w.intent(t, customer.ID, card.ID, money.Of(980, money.JPY)).ID, false)
		require.Equal(t, payment.IntentActionRequired, intent.State)
		back, err := url.Parse(post(t, intent.RedirectURI, url.Values{"outcome": {outcome}}))
		require.NoError(t, err)
		assert.Equal(t, "app.example", back.Host)
		assert.Equal(t, intent.ID, back.Query().Get("payment_intent"))
		intent, err = w.GetIntent(t.Context(), intent.ID)
		require.NoError(t, err)
		assert.Equal(t, state, intent.State)
		if outcome == "fail" {
			assert.Equal(t, payment.DeclineAuthenticationFailed, intent.Decline.Reason())
		}
	}
}

func TestTimeoutAfterChargingIsUnknownThenSucceeded(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4242424242424242")
	for _, effect := range []emulator.Effect{
		emulator.EffectTimeoutAfter, emulator.EffectErrorAfter,
		emulator.EffectTimeoutBefore, emulator.EffectErrorBefore,
	} {
		t.Run(string(effect), func(t *testing.T) {
			intent := w.intent(t, customer.ID, card.ID, money.Of(980, money.JPY))
			_, err := w.server.AddFault(emulator.Fault{Operation: "payment_intents.confirm", Effect: effect, Count: 1})
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			request := payment.ConfirmRequest{Key: w.key(), IntentID: intent.ID, OffSession: true}
			_, err = w.ConfirmIntent(ctx, request)
			require.ErrorIs(t, err, payment.ErrUnknown)
			assert.False(t, fault.Final(err))

			want := payment.IntentSucceeded
			if effect == emulator.EffectTimeoutBefore || effect == emulator.EffectErrorBefore {
				want = payment.IntentConfirmationRequired
			}
			intent, err = w.GetIntent(t.Context(), intent.ID)
			require.NoError(t, err)
			assert.Equal(t, want, intent.State)

			request.Key = w.key() // another attempt never charges a second time
			intent, err = w.ConfirmIntent(t.Context(), request)
			require.NoError(t, err)
			assert.Equal(t, payment.IntentSucceeded, intent.State)
		})
	}
	assert.Len(t, w.server.Totals().Charges, 4)
}

// net/http itself sends a request again that has an Idempotency-Key when a kept connection
// breaks, so a cut after the charge is healed by the replay, or unknown.
func TestCutConnectionAfterChargingChargesOnce(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4242424242424242")
	intent := w.intent(t, customer.ID, card.ID, money.Of(980, money.JPY))
	_, err := w.server.AddFault(emulator.Fault{Operation: "payment_intents.confirm", Effect: emulator.EffectDropAfter, Count: 1})
	require.NoError(t, err)
	answer, err := w.ConfirmIntent(t.Context(), payment.ConfirmRequest{Key: w.key(), IntentID: intent.ID, OffSession: true})
	if err != nil {
		require.ErrorIs(t, err, payment.ErrUnknown)
	} else {
		assert.True(t, answer.Charged())
	}
	intent, err = w.GetIntent(t.Context(), intent.ID)
	require.NoError(t, err)
	assert.True(t, intent.Charged())
	assert.Len(t, w.server.Totals().Charges, 1)
}

func TestReplayedConfirmAnswersThePresentState(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4000000000003220")
	intent := w.intent(t, customer.ID, card.ID, money.Of(980, money.JPY))
	request := payment.ConfirmRequest{Key: "once", IntentID: intent.ID, ReturnURI: "https://app.example/paid"}
	intent, err := w.ConfirmIntent(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, payment.IntentActionRequired, intent.State)
	post(t, intent.RedirectURI, url.Values{"outcome": {"succeed"}})
	intent, err = w.ConfirmIntent(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, payment.IntentSucceeded, intent.State)
}

func TestCancelNeverLosesACharge(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4242424242424242")

	open := w.intent(t, customer.ID, card.ID, money.Of(980, money.JPY))
	canceled, err := w.CancelIntent(t.Context(), open.ID, w.key())
	require.NoError(t, err)
	assert.Equal(t, payment.IntentCanceled, canceled.State)
	late := w.confirm(t, open.ID, true)
	assert.Equal(t, payment.IntentCanceled, late.State)

	paid := w.confirm(t, w.intent(t, customer.ID, card.ID, money.Of(980, money.JPY)).ID, true)
	kept, err := w.CancelIntent(t.Context(), paid.ID, w.key())
	require.NoError(t, err)
	assert.Equal(t, payment.IntentSucceeded, kept.State)
}

func TestCreateIsRepeatableWithItsKey(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4242424242424242")
	request := payment.IntentRequest{
		Key: "pay-1", CustomerID: customer.ID, PaymentMethodID: card.ID, Amount: money.Of(980, money.JPY), PaymentID: "p",
	}
	first, err := w.CreateIntent(t.Context(), request)
	require.NoError(t, err)
	second, err := w.CreateIntent(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, first, second)

	request.Amount = money.Of(990, money.JPY)
	_, err = w.CreateIntent(t.Context(), request)
	assert.ErrorIs(t, err, payment.ErrUnknown)
}

func TestDetach(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	card := w.saveCard(t, customer.ID, "4242424242424242")
	require.NoError(t, w.DetachPaymentMethod(t.Context(), card.ID))
	require.NoError(t, w.DetachPaymentMethod(t.Context(), card.ID))
	_, err := w.CreateIntent(t.Context(), payment.IntentRequest{
		Key: w.key(), CustomerID: customer.ID, PaymentMethodID: card.ID, Amount: money.Of(980, money.JPY), PaymentID: "p",
	})
	assert.Equal(t, payment.ReasonMethodUnusable, fault.ReasonOf(err))
	assert.Equal(t, payment.ReasonObjectNotFound, fault.ReasonOf(w.DetachPaymentMethod(t.Context(), "pm_none")))
}

func TestFailures(t *testing.T) {
	w := newWorld(t)
	_, err := w.GetIntent(t.Context(), "pi_none")
	assert.True(t, fault.Is(err, fault.NotFound))
	_, err = w.GetRefund(t.Context(), "re_none")
	assert.True(t, fault.Is(err, fault.NotFound))
	_, err = w.CreateIntent(t.Context(), payment.IntentRequest{Amount: money.Of(1, money.JPY)})
	assert.True(t, fault.Is(err, fault.InvalidArgument))

	_, err = w.server.AddFault(emulator.Fault{Operation: "*", Effect: emulator.EffectRateLimit, Count: 1})
	require.NoError(t, err)
	_, err = w.GetIntent(t.Context(), "pi_none")
	assert.True(t, fault.Is(err, fault.Exhausted))

	stranger, err := stripe.New(stripe.Options{APIKey: "nonsense", BaseURL: w.server.URL()})
	require.NoError(t, err)
	_, err = stranger.GetIntent(t.Context(), "pi_none")
	assert.True(t, fault.Is(err, fault.Internal))

	unreachable, err := stripe.New(stripe.Options{APIKey: "sk_test_x", BaseURL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	_, err = unreachable.GetIntent(t.Context(), "pi_none")
	require.ErrorIs(t, err, payment.ErrUnknown)

	_, err = stripe.New(stripe.Options{})
	require.Error(t, err)
	_, err = stripe.New(stripe.Options{APIKey: "sk_test_x", BaseURL: "nowhere"})
	require.Error(t, err)
}
