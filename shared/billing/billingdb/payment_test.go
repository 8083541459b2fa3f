package billingdb_test

import (
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
)

func TestPaymentIsMadeOnceAndAnsweredAsOftenAsAsked(t *testing.T) {
	w := newWorld(t)
	pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
	reply := w.one(pay)
	assert.Equal(t, message.Done, reply.Outcome)
	for range 3 {
		assert.Equal(t, reply, w.one(pay))
	}
	s := w.statement(0)
	assert.Equal(t, billing.InvoicePaid, s.Invoice.State)
	assert.Equal(t, 1, s.Invoice.Attempts)
	require.Len(t, s.Payments, 1)
	assert.Equal(t, billing.PaymentSucceeded, s.Payments[0].State)
	assert.Equal(t, "visa", s.Payments[0].Brand)
	assert.Equal(t, "4242", s.Payments[0].Last4)
	w.check(1, 980)

	w.takeReplies(true)
	w.deliver(w.awaitEvents()...)
	assert.Empty(t, w.takeReplies(true), "events tell nothing new")
	busy, err := w.store.Unsettled(t.Context(), "jp-subscription")
	require.NoError(t, err)
	assert.False(t, busy)
}

func TestManyCopiesAtOnceChargeOnce(t *testing.T) {
	w := newWorld(t)
	pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { assert.NoError(t, w.participant.Pay(t.Context(), pay)) })
	}
	group.Wait()
	w.runTasks(20)
	replies := w.takeReplies(true)
	require.NotEmpty(t, replies)
	for _, r := range replies {
		assert.Equal(t, replies[0], r)
	}
	w.check(1, 980)
}

func TestDeclinesAreToldInTheLearnersLanguage(t *testing.T) {
	for code, reason := range map[string]string{
		"insufficient_funds": "INSUFFICIENT_FUNDS", "lost_card": "CARD_DECLINED", "expired_card": "EXPIRED_CARD",
		"incorrect_cvc": "INCORRECT_CARD_DETAILS", "card_velocity_exceeded": "CARD_LIMIT_EXCEEDED",
		"processing_error": "BANK_UNAVAILABLE", "card_not_supported": "CARD_NOT_SUPPORTED", "do_not_honor": "CARD_DECLINED",
	} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
			w.fault("payment_intents.confirm", emulator.EffectDecline, func(f *emulator.Fault) { f.DeclineCode = code })
			checkRefused(t, w, pay, reason, code)
		})
	}
	for number, reason := range map[string]string{
		"4000000000000341": "CARD_DECLINED", "4000008260003178": "INSUFFICIENT_FUNDS", "4000008400001629": "CARD_DECLINED",
	} {
		t.Run(number, func(t *testing.T) {
			w := newWorld(t)
			checkRefused(t, w, order("jp-s1", w.saveCard(number), 0), reason, "")
		})
	}
}

func checkRefused(t *testing.T, w *world, pay message.Command, reason, code string) {
	t.Helper()
	reply := w.one(pay)
	if reply.Outcome == message.Waiting { // some banks decline after authentication
		intent, err := w.gateway.GetIntent(t.Context(), w.statement(0).Payments[0].IntentID)
		require.NoError(t, err)
		post(t, intent.RedirectURI, url.Values{"outcome": {"succeed"}})
		w.takeReplies(true)
		w.deliver(w.awaitEvents()...)
		replies := w.takeReplies(true)
		require.Len(t, replies, 1)
		reply = replies[0]
	}
	require.Equal(t, message.Refused, reply.Outcome)
	assert.Equal(t, reason, reply.Failure.Reason)
	if code != "" {
		assert.Equal(t, code, reply.Failure.Metadata["declineCode"])
	}
	assert.Equal(t, "ja", reply.Failure.Metadata["locale"])
	assert.Regexp(t, `\p{Han}`, reply.Failure.Metadata["localizedMessage"])
	s := w.statement(0)
	assert.Equal(t, billing.InvoiceVoid, s.Invoice.State)
	assert.Equal(t, reason, s.Payments[0].Reason)
	assert.Zero(t, returned(t, w.one(undo(pay))), "a refused payment has nothing to return")
	w.check(0, 0)
}

func TestMethodThatIsNotTheLearnersIsNotCharged(t *testing.T) {
	w := newWorld(t)
	card := w.saveCard("4242424242424242")
	pending := w.openCard()
	for saga, c := range map[string]struct {
		method string
		user   string
	}{
		"jp-s1": {"jp-nothing", learner}, "jp-s2": {card, "jp-somebody-else"}, "jp-s3": {pending.ID, learner},
	} {
		reply := w.one(order(saga, c.method, 0, func(v *message.DoPayment) {
			v.UserID, v.InvoiceID = c.user, message.InvoiceID(saga, 0)
		}))
		require.Equal(t, message.Refused, reply.Outcome)
		assert.Equal(t, "PAYMENT_METHOD_UNUSABLE", reply.Failure.Reason)
	}
	reply := w.one(order("jp-s4", card, 0, func(v *message.DoPayment) { v.Amount = money.Of(1, money.JPY) }))
	assert.Equal(t, "PAYMENT_FAILED", reply.Failure.Reason)
	require.Error(t, w.handle(command("jp-s5", "DoPayment", message.DoPaymentCommand, message.DoPayment{})))
	require.Error(t, w.handle(command("jp-s5", "DoPayment", "SomethingElse", message.DoPayment{})))
	w.check(0, 0)
}

func TestMethodDetachedAtTheGatewayIsNotCharged(t *testing.T) {
	w := newWorld(t)
	card := w.saveCard("4242424242424242")
	m, err := w.store.Method(t.Context(), card)
	require.NoError(t, err)
	require.NoError(t, w.gateway.DetachPaymentMethod(t.Context(), m.GatewayID))
	reply := w.one(order("jp-s1", card, 0))
	require.Equal(t, message.Refused, reply.Outcome)
	assert.Equal(t, "PAYMENT_METHOD_UNUSABLE", reply.Failure.Reason)
	w.check(0, 0)
}

func TestAuthenticationEndsThePayment(t *testing.T) {
	for outcome, want := range map[string]message.Outcome{"succeed": message.Done, "fail": message.Refused} {
		t.Run(outcome, func(t *testing.T) {
			w := newWorld(t)
			pay := order("jp-s1", w.saveCard("4000002760003184"), 0)
			waiting := w.one(pay)
			require.Equal(t, message.Waiting, waiting.Outcome)
			page := w.statement(0).Payments[0].RedirectURI
			assert.Contains(t, string(waiting.Body), "REDIRECT")
			assert.Equal(t, waiting, w.one(pay), "a copy of the command changes nothing")
			w.deliver(w.awaitEvents()...)
			busy, err := w.store.Unsettled(t.Context(), "jp-subscription")
			require.NoError(t, err)
			assert.True(t, busy)

			w.takeReplies(true)
			post(t, page, url.Values{"outcome": {outcome}})
			events := w.awaitEvents()
			slices.Reverse(events)
			w.deliver(events...)
			replies := w.takeReplies(true)
			require.Len(t, replies, 1)
			assert.Equal(t, want, replies[0].Outcome)
			if want == message.Done {
				w.check(1, 980)
				return
			}
			assert.Equal(t, "AUTHENTICATION_FAILED", replies[0].Failure.Reason)
			w.check(0, 0)
		})
	}
}

func TestLearnerWhoNeverAuthenticatesIsNotCharged(t *testing.T) {
	w := newWorld(t)
	pay := order("jp-s1", w.saveCard("4000002760003184"), 0)
	require.Equal(t, message.Waiting, w.one(pay).Outcome)
	page := w.statement(0).Payments[0].RedirectURI
	replies := w.send(undo(pay))
	require.Len(t, replies, 2, "the payment's end, and that of its compensation")
	assert.Equal(t, "PAYMENT_EXPIRED", replies[0].Failure.Reason)
	assert.Zero(t, returned(t, replies[1]))
	post(t, page, url.Values{"outcome": {"succeed"}})
	w.deliver(w.awaitEvents()...)
	assert.Equal(t, billing.InvoiceVoid, w.statement(0).Invoice.State)
	w.check(0, 0)
}

func TestOffSessionPaymentsAuthenticateNobody(t *testing.T) {
	w := newWorld(t)
	reply := w.one(order("jp-r1", w.saveCard("4000002760003184"), 1))
	require.Equal(t, message.Refused, reply.Outcome)
	assert.Equal(t, "AUTHENTICATION_REQUIRED", reply.Failure.Reason)
	assert.Equal(t, "authentication_required", reply.Failure.Metadata["declineCode"])
	assert.Equal(t, billing.InvoiceOpen, w.statement(1).Invoice.State)
	assert.Equal(t, message.Done, w.one(order("jp-r2", w.saveCard("4000002500003155"), 2)).Outcome, "set up for off session")
	w.check(1, 980)
}

func TestPaymentInTheFourCurrencies(t *testing.T) {
	w := newWorld(t)
	card := w.saveCard("4242424242424242")
	for saga, amount := range map[string]money.Amount{
		"jp-s1": money.Of(980, money.JPY), "ph-s1": money.Of(149_00, money.PHP), "mx-s1": money.Of(129_00, money.MXN), "id-s1": money.Of(4_900_000, money.IDR),
	} {
		reply := w.one(order(saga, card, 0, func(v *message.DoPayment) {
			v.Amount, v.InvoiceID = amount, message.InvoiceID(saga, 0)
		}))
		assert.Equal(t, message.Done, reply.Outcome)
		assert.Equal(t, amount.Minor, returned(t, w.one(undo(order(saga, card, 0)))))
	}
	for currency, sum := range w.server.Totals().Sums {
		assert.Equal(t, sum.ChargedMinor, sum.RefundedMinor, currency)
	}
}
