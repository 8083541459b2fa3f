package billing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment"
)

// account is one with a payment in a state, its intent and, perhaps, its refund.
func account(state billing.PaymentState, intent string, refund *billing.Refund) billing.Account {
	return billing.Account{
		Payment: billing.Payment{
			ID: paymentID, InvoiceID: "jp-invoice", Country: "jp", Language: "ja", Saga: saga, Step: "DoPayment",
			State: state, Amount: yen, IntentID: intent,
		},
		Invoice: billing.Invoice{ID: "jp-invoice", State: billing.InvoiceOpen, Amount: yen, PaymentID: paymentID},
		Refund:  refund,
	}
}

func returning(state billing.RefundState, gatewayID string) *billing.Refund {
	return &billing.Refund{ID: "jp-r", PaymentID: paymentID, Saga: saga, Step: "DoPayment", Compensation: true, State: state, Amount: yen, GatewayID: gatewayID}
}

func TestNextCall(t *testing.T) {
	const started, action = billing.PaymentStarted, billing.PaymentActionRequired
	pending := returning(billing.RefundPending, "")
	for name, c := range map[string]struct {
		account billing.Account
		seen    payment.IntentState // empty: not looked at
		want    billing.Call
	}{
		"nothing made yet":                 {account(started, "", nil), "", billing.CallCreateIntent},
		"recorded, not looked at":          {account(started, "pi", nil), "", billing.CallInspectIntent},
		"unconfirmed":                      {account(started, "pi", nil), payment.IntentConfirmationRequired, billing.CallConfirmIntent},
		"unconfirmed, to be returned":      {account(started, "pi", pending), payment.IntentConfirmationRequired, billing.CallCancelIntent},
		"the learner is waited for":        {account(action, "pi", nil), payment.IntentActionRequired, billing.CallNone},
		"waited for, to be returned":       {account(action, "pi", pending), payment.IntentActionRequired, billing.CallCancelIntent},
		"settles later":                    {account(started, "pi", nil), payment.IntentProcessing, billing.CallNone},
		"settles later, to be returned":    {account(started, "pi", pending), payment.IntentProcessing, billing.CallCancelIntent},
		"paid":                             {account(billing.PaymentSucceeded, "pi", nil), "", billing.CallNone},
		"paid, to be returned":             {account(billing.PaymentSucceeded, "pi", pending), "", billing.CallCreateRefund},
		"paid, on its way back":            {account(billing.PaymentSucceeded, "pi", returning(billing.RefundPending, "re")), "", billing.CallInspectRefund},
		"paid and returned":                {account(billing.PaymentSucceeded, "pi", returning(billing.RefundSucceeded, "re")), "", billing.CallNone},
		"declined":                         {account(billing.PaymentDeclined, "pi", nil), "", billing.CallNone},
		"declined, nothing to be returned": {account(billing.PaymentDeclined, "pi", pending), "", billing.CallNone},
		"canceled":                         {account(billing.PaymentCanceled, "pi", pending), "", billing.CallNone},
	} {
		var seen *payment.Intent
		if c.seen != "" {
			seen = &payment.Intent{ID: "pi", State: c.seen}
		}
		assert.Equal(t, c.want, c.account.Next(seen), name)
	}
	a := account(started, "pi", nil)
	assert.Equal(t, billing.CallInspectIntent, a.Next(&payment.Intent{ID: "pi_other", State: payment.IntentConfirmationRequired}),
		"an intent that is not recorded is never confirmed")
	a.GiveUp("payment_method_missing", payment.ReasonMethodUnusable, noon.Now())
	assert.Equal(t, billing.CallCancelIntent, a.Next(&payment.Intent{ID: "pi", State: payment.IntentConfirmationRequired}), "given up")
}

func TestSettle(t *testing.T) {
	decline := payment.NewDecline("card_declined", "lost_card", "")
	for name, c := range map[string]struct {
		offSession bool
		intent     payment.Intent
		state      billing.PaymentState
		invoice    billing.InvoiceState
		reason     string
		outcome    message.Outcome // of the answer, empty for none
	}{
		"charged":                 {false, payment.Intent{State: payment.IntentSucceeded}, billing.PaymentSucceeded, billing.InvoicePaid, "", message.Done},
		"declined":                {false, payment.Intent{State: payment.IntentPaymentMethodRequired, Decline: decline}, billing.PaymentDeclined, billing.InvoiceVoid, "CARD_DECLINED", message.Refused},
		"canceled":                {false, payment.Intent{State: payment.IntentCanceled}, billing.PaymentCanceled, billing.InvoiceVoid, "PAYMENT_EXPIRED", message.Refused},
		"to be authenticated":     {false, payment.Intent{State: payment.IntentActionRequired}, billing.PaymentActionRequired, billing.InvoiceOpen, "", message.Waiting},
		"nobody to authenticate":  {true, payment.Intent{State: payment.IntentActionRequired}, billing.PaymentStarted, billing.InvoiceOpen, "AUTHENTICATION_REQUIRED", ""},
		"the method is gone":      {false, payment.Intent{State: payment.IntentPaymentMethodRequired}, billing.PaymentStarted, billing.InvoiceOpen, "PAYMENT_METHOD_UNUSABLE", ""},
		"unconfirmed":             {false, payment.Intent{State: payment.IntentConfirmationRequired}, billing.PaymentStarted, billing.InvoiceOpen, "", ""},
		"processing":              {false, payment.Intent{State: payment.IntentProcessing}, billing.PaymentStarted, billing.InvoiceOpen, "", ""},
		"an intent of no payment": {false, payment.Intent{ID: "pi_other", State: payment.IntentSucceeded}, billing.PaymentStarted, billing.InvoiceOpen, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := account(billing.PaymentStarted, "pi", nil)
			a.Payment.OffSession = c.offSession
			if c.intent.ID == "" {
				c.intent.ID = "pi"
			}
			a.Settle(c.intent, noon.Now())
			assert.Equal(t, c.state, a.Payment.State)
			assert.Equal(t, c.invoice, a.Invoice.State)
			assert.Equal(t, c.reason, a.Payment.Reason)
			checkAnswer(t, a, c.outcome)
			again := a
			again.Settle(c.intent, noon.Now().Add(time.Hour))
			assert.Equal(t, a, again, "once")
		})
	}
}

func checkAnswer(t *testing.T, a billing.Account, outcome message.Outcome) {
	t.Helper()
	if outcome == "" {
		assert.Empty(t, a.Answers)
		return
	}
	require.Len(t, a.Answers, 1)
	reply, err := a.Answers[0].Reply(doPayment(false))
	require.NoError(t, err)
	assert.Equal(t, outcome, reply.Outcome)
	if outcome == message.Refused {
		assert.Equal(t, a.Payment.Reason, reply.Failure.Reason)
		assert.Equal(t, "ja", reply.Failure.Metadata["locale"])
	}
}

func TestStatesOnlyMoveForward(t *testing.T) {
	for _, state := range []billing.PaymentState{billing.PaymentSucceeded, billing.PaymentDeclined, billing.PaymentCanceled} {
		a := account(state, "pi", nil)
		want := a
		for _, seen := range []payment.IntentState{
			payment.IntentSucceeded, payment.IntentCanceled, payment.IntentActionRequired, payment.IntentConfirmationRequired, payment.IntentPaymentMethodRequired,
		} {
			a.Settle(payment.Intent{ID: "pi", State: seen, Decline: payment.NewDecline("card_declined", "", "")}, noon.Now())
		}
		a.RecordIntent(payment.Intent{ID: "pi_2"}, noon.Now())
		a.Decline("x", "CARD_DECLINED", noon.Now())
		a.GiveUp("x", "CARD_DECLINED", noon.Now())
		assert.Equal(t, want, a)
	}
	a := account(billing.PaymentStarted, "pi", nil)
	a.RecordIntent(payment.Intent{ID: "pi_2"}, noon.Now())
	assert.Equal(t, "pi", a.Payment.IntentID, "the first intent stays")
}

func TestAGivenUpPaymentThatHasChargedIsPaid(t *testing.T) {
	a := account(billing.PaymentStarted, "pi", nil)
	a.GiveUp("payment_method_missing", payment.ReasonMethodUnusable, noon.Now())
	assert.Equal(t, billing.PaymentStarted, a.Payment.State, "nobody knows yet")
	a.Settle(payment.Intent{ID: "pi", State: payment.IntentSucceeded}, noon.Now())
	assert.Equal(t, billing.PaymentSucceeded, a.Payment.State)
	assert.Empty(t, a.Payment.Reason)
}

func TestBeginPayment(t *testing.T) {
	method := billing.Method{UserID: "jp-user", State: billing.MethodActive, CustomerID: "cus", GatewayID: "pm"}
	removed, foreign := method, method
	removed.State, foreign.UserID = billing.MethodRemoved, "jp-other"
	invoice := func(state billing.InvoiceState) *billing.Invoice {
		return &billing.Invoice{ID: "jp-invoice", UserID: "jp-user", State: state, Amount: yen, Attempts: 1, Period: 2}
	}
	latest := func(id string, state billing.PaymentState) *billing.Payment {
		return &billing.Payment{ID: id, State: state}
	}
	for name, c := range map[string]struct {
		known  billing.Records
		reason string // of the error, or of the recorded refusal
		kind   fault.Kind
	}{
		"first":                {billing.Records{Method: &method}, "", 0},
		"no method":            {billing.Records{}, "PAYMENT_METHOD_UNUSABLE", 0},
		"removed method":       {billing.Records{Method: &removed}, "PAYMENT_METHOD_UNUSABLE", 0},
		"another's method":     {billing.Records{Method: &foreign}, "PAYMENT_METHOD_UNUSABLE", 0},
		"open invoice":         {billing.Records{Method: &method, Invoice: invoice(billing.InvoiceOpen), Latest: latest("p", billing.PaymentDeclined)}, "", 0},
		"paid invoice":         {billing.Records{Method: &method, Invoice: invoice(billing.InvoicePaid)}, "INVOICE_NOT_OPEN", fault.FailedPrecondition},
		"another under way":    {billing.Records{Method: &method, Invoice: invoice(billing.InvoiceOpen), Latest: latest("p", billing.PaymentStarted)}, "SUBSCRIPTION_BUSY", fault.Conflict},
		"the very payment":     {billing.Records{Method: &method, Invoice: invoice(billing.InvoiceOpen), Latest: latest(paymentID, billing.PaymentDeclined)}, "PAYMENT_FAILED", fault.FailedPrecondition},
		"refunded, not to pay": {billing.Records{Method: &method, Invoice: invoice(billing.InvoiceRefunded)}, "INVOICE_NOT_OPEN", fault.FailedPrecondition},
	} {
		p := billing.Payment{ID: paymentID, UserID: "jp-user", State: billing.PaymentStarted, Amount: yen}
		a, err := billing.BeginPayment(p, billing.Invoice{ID: "jp-invoice", UserID: "jp-user", State: billing.InvoiceOpen, Amount: yen}, c.known, noon.Now())
		if c.kind != 0 {
			assert.Equal(t, c.kind, fault.KindOf(err), name)
			assert.Equal(t, c.reason, fault.ReasonOf(err), name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, c.reason, a.Payment.Reason, name)
		assert.Equal(t, c.reason == "", a.Payment.GatewayMethod == "pm", name)
		assert.Len(t, a.Answers, map[bool]int{true: 0, false: 1}[c.reason == ""], name)
	}
	p := billing.Payment{ID: paymentID, UserID: "jp-user", State: billing.PaymentStarted, Amount: money.Of(1, money.JPY)}
	a, err := billing.BeginPayment(p, billing.Invoice{UserID: "jp-user", Amount: p.Amount}, billing.Records{Method: &method}, noon.Now())
	require.NoError(t, err)
	assert.Equal(t, billing.ReasonFailed, a.Payment.Reason, "less than can be charged")
}

func TestRefundable(t *testing.T) {
	paid := billing.Invoice{State: billing.InvoicePaid, Country: "jp", PaidTime: noon.Now()}
	for name, c := range map[string]struct {
		change func(*billing.Invoice)
		after  time.Duration
		admin  bool
		reason string
	}{
		"at once":             {func(*billing.Invoice) {}, 0, false, ""},
		"on the last moment":  {func(*billing.Invoice) {}, 14 * 24 * time.Hour, false, ""},
		"too late":            {func(*billing.Invoice) {}, 14*24*time.Hour + 1, false, "REFUND_WINDOW_CLOSED"},
		"by an administrator": {func(*billing.Invoice) {}, 1000 * time.Hour, true, ""},
		"refunded":            {func(i *billing.Invoice) { i.State = billing.InvoiceRefunded }, 0, true, "ALREADY_REFUNDED"},
		"open":                {func(i *billing.Invoice) { i.State = billing.InvoiceOpen }, 0, true, "REFUND_NOT_ALLOWED"},
		"void":                {func(i *billing.Invoice) { i.State = billing.InvoiceVoid }, 0, false, "REFUND_NOT_ALLOWED"},
		"nowhere":             {func(i *billing.Invoice) { i.Country = "us" }, 0, false, "REFUND_NOT_ALLOWED"},
	} {
		i := paid
		c.change(&i)
		assert.Equal(t, c.reason, fault.ReasonOf(billing.Refundable(i, c.admin, noon.Now().Add(c.after))), name)
	}
}

func TestWhatAnotherDriveSettledIsAnsweredOnce(t *testing.T) {
	open, paid := account(billing.PaymentStarted, "pi", nil), account(billing.PaymentSucceeded, "pi", nil)
	onItsWay := account(billing.PaymentSucceeded, "pi", returning(billing.RefundPending, "re"))
	back := account(billing.PaymentSucceeded, "pi", returning(billing.RefundSucceeded, "re"))
	for name, c := range map[string]struct {
		before, now billing.Account
		answers     int
	}{
		"nothing new": {open, open, 0}, "paid since": {open, paid, 1}, "paid before": {paid, paid, 0},
		"returned since": {onItsWay, back, 1}, "both since": {open, back, 1}, "returned before": {back, back, 0}, "on its way": {paid, onItsWay, 0},
	} {
		c.now.AnswerSince(c.before)
		assert.Len(t, c.now.Answers, c.answers, name)
	}
}
