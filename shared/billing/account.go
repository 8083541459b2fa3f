package billing

import (
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment"
)

// Account is all that is recorded of one payment, and what a transition adds to it.
type Account struct {
	Payment Payment
	Invoice Invoice
	Refund  *Refund

	// Entries and Answers are what the transitions of one transaction add.
	Entries []Entry
	Answers []Answer
}

// Answer is the outcome of a command that a saga sent, to be recorded with its barrier.
type Answer struct {
	Saga         string
	Step         string
	Compensation bool
	Reply        func(message.Command) (message.Reply, error)
}

// Call is a call to the gateway.
type Call int

// The calls that drive a payment.
const (
	CallNone Call = iota
	CallCreateIntent
	CallConfirmIntent
	CallInspectIntent
	CallCancelIntent
	CallCreateRefund
	CallInspectRefund
)

// Next returns the call that comes next. seen is the intent as the gateway showed it just
// now, nil when it has not been looked at since this drive began.
func (a *Account) Next(seen *payment.Intent) Call {
	p, givingUp := &a.Payment, a.Refund != nil || a.Payment.Reason != ""
	if p.State.Final() {
		switch {
		case a.Refund == nil || a.Refund.Final() || p.State != PaymentSucceeded:
			return CallNone
		case a.Refund.GatewayID == "":
			return CallCreateRefund
		default:
			return CallInspectRefund
		}
	}
	if p.IntentID == "" {
		return CallCreateIntent
	}
	if seen == nil || seen.ID != p.IntentID {
		return CallInspectIntent
	}
	switch seen.State {
	case payment.IntentConfirmationRequired:
		if !givingUp {
			return CallConfirmIntent
		}
		return CallCancelIntent
	case payment.IntentActionRequired, payment.IntentPaymentMethodRequired, payment.IntentProcessing:
		if givingUp {
			return CallCancelIntent
		}
	}
	return CallNone
}

// RecordIntent records which intent pays. The first one stays: only it is ever confirmed.
func (a *Account) RecordIntent(i payment.Intent, now time.Time) {
	if a.Payment.IntentID == "" && !a.Payment.State.Final() {
		a.Payment.IntentID, a.Payment.UpdateTime = i.ID, now
	}
}

// Settle records what the gateway shows of the intent.
func (a *Account) Settle(i payment.Intent, now time.Time) {
	p := &a.Payment
	if p.State.Final() || i.ID != p.IntentID {
		return
	}
	switch {
	case i.Charged():
		a.succeed(now)
	case i.State == payment.IntentCanceled && p.Reason != "":
		a.Decline(p.DeclineCode, p.Reason, now)
	case i.State == payment.IntentCanceled:
		a.cancel(now)
	case i.Declined():
		word := i.Decline.DeclineCode
		if word == "" {
			word = i.Decline.Code
		}
		a.Decline(word, string(i.Decline.Reason()), now)
	case i.State == payment.IntentPaymentMethodRequired: // not declined: its method is gone
		a.GiveUp(codeMethodMissing, payment.ReasonMethodUnusable, now)
	case i.State == payment.IntentActionRequired && p.OffSession: // nobody is there
		a.GiveUp("authentication_required", string(payment.DeclineAuthenticationRequired), now)
	case i.State == payment.IntentActionRequired && p.State != PaymentActionRequired:
		a.await(i, now)
	}
}

// codeMethodMissing is the decline code of a payment method that cannot be charged at all.
const codeMethodMissing = "payment_method_missing"

// ReasonFailed is the reason of a payment that the gateway refuses whatever the method.
const ReasonFailed = "PAYMENT_FAILED"

// GiveUp records why the payment will not be made. Without an intent that is the end. One
// that is recorded is canceled first, since somebody may be confirming it.
func (a *Account) GiveUp(code, reason string, now time.Time) {
	p := &a.Payment
	switch {
	case p.State.Final():
	case p.IntentID == "":
		a.Decline(code, reason, now)
	case p.Reason == "":
		p.DeclineCode, p.Reason, p.UpdateTime = code, reason, now
	}
}

func (a *Account) succeed(now time.Time) {
	p := &a.Payment
	p.State, p.SettleTime, p.UpdateTime, p.RedirectURI = PaymentSucceeded, now, now, ""
	p.DeclineCode, p.Reason = "", ""
	a.Invoice.State, a.Invoice.PaymentID, a.Invoice.PaidTime, a.Invoice.UpdateTime = InvoicePaid, p.ID, now, now
	a.Entries = append(a.Entries, bookCharge(*p, now)...)
	a.answerPayment(a.done)
}

func (a *Account) done(cmd message.Command) (message.Reply, error) {
	p := a.Payment
	return cmd.Reply(message.PaymentDone{PaymentID: p.ID, InvoiceID: p.InvoiceID, SettleTime: p.SettleTime})
}

// AnswerAgain adds the answers of what is recorded already and may not have been sent. Once
// a payment is to be returned, nobody waits for its own answer any more.
func (a *Account) AnswerAgain() {
	switch p := &a.Payment; {
	case a.Refund != nil:
	case p.State == PaymentSucceeded:
		a.answerPayment(a.done)
	case p.State.Final():
		a.answerPayment(a.refusal)
	case p.State == PaymentActionRequired:
		a.answerPayment(a.waiting)
	}
	if a.Refund != nil && a.Refund.Final() {
		a.answerRefund(a.Refund.returned())
	}
}

// AnswerSince adds the answers of what has been settled since before.
func (a *Account) AnswerSince(before Account) {
	wasPaid, wasReturned := before.Payment.State.Final(), before.Refund != nil && before.Refund.Final()
	if a.Payment.State.Final() && !wasPaid || a.Refund != nil && a.Refund.Final() && !wasReturned {
		a.AnswerAgain()
	}
}

// Decline records that the payment was refused for good, with the bank's word and the
// reason for the learner.
func (a *Account) Decline(code, reason string, now time.Time) {
	p := &a.Payment
	if p.State.Final() {
		return
	}
	p.State, p.DeclineCode, p.Reason, p.RedirectURI = PaymentDeclined, code, reason, ""
	a.answerPayment(a.refusal)
	a.close(now)
}

func (a *Account) cancel(now time.Time) {
	p := &a.Payment
	p.State, p.Reason, p.RedirectURI = PaymentCanceled, "PAYMENT_EXPIRED", ""
	a.answerPayment(a.refusal)
	a.close(now)
}

// close settles what a payment that did not charge leaves behind.
func (a *Account) close(now time.Time) {
	p := &a.Payment
	if p.SettleTime.IsZero() {
		p.SettleTime = now
	}
	p.UpdateTime = now
	if a.Invoice.State == InvoiceOpen && a.Invoice.Period == 0 {
		a.Invoice.State, a.Invoice.UpdateTime = InvoiceVoid, now
	}
	if a.Refund != nil && !a.Refund.Final() {
		a.Refund.State, a.Refund.SettleTime = RefundNotNeeded, now
		a.answerRefund(a.Refund.returned())
	}
}

// Abandon settles a refund that needs no call: of a payment that did not charge, or for
// which no intent is recorded. An intent that somebody makes at this moment is never
// recorded, and so never confirmed.
func (a *Account) Abandon(now time.Time) {
	switch {
	case a.Refund == nil || a.Refund.Final():
	case a.Payment.State.Final() && a.Payment.State != PaymentSucceeded:
		a.close(now)
	case a.Payment.IntentID == "" && !a.Payment.State.Final():
		a.cancel(now)
	}
}

// refusal answers the payment's command; the failure tells the learner why.
func (a *Account) refusal(cmd message.Command) (message.Reply, error) {
	p := a.Payment
	text, tag := payment.DeclineReason(p.Reason).LocalizedMessage(p.Language)
	details := map[string]string{"declineCode": p.DeclineCode, "localizedMessage": text, "locale": tag}
	return cmd.Refuse(fault.FailedPrecondition.String(), p.Reason, "the payment was not made: "+p.Reason, details), nil
}

// await records that the learner must authenticate, and tells the saga where.
func (a *Account) await(i payment.Intent, now time.Time) {
	p := &a.Payment
	p.State, p.RedirectURI, p.UpdateTime = PaymentActionRequired, i.RedirectURI, now
	a.answerPayment(a.waiting)
}

func (a *Account) waiting(cmd message.Command) (message.Reply, error) {
	return cmd.Wait(message.WaitingInfo{NextAction: &message.NextAction{Type: "REDIRECT", RedirectURI: a.Payment.RedirectURI}})
}

// SettleRefund records what the gateway shows of the refund.
func (a *Account) SettleRefund(r payment.Refund, now time.Time) {
	if a.Refund == nil || a.Refund.Final() {
		return
	}
	a.Refund.GatewayID = r.ID
	if r.State != payment.RefundSucceeded {
		return
	}
	a.Refund.State, a.Refund.SettleTime = RefundSucceeded, now
	a.Payment.UpdateTime = now
	a.Invoice.State, a.Invoice.UpdateTime = InvoiceRefunded, now
	if a.Refund.Compensation && a.Invoice.Period > 0 { // the renewal failed; what it was for is still owed
		a.Invoice.State, a.Invoice.PaidTime = InvoiceOpen, time.Time{}
	}
	a.Entries = append(a.Entries, bookReturn(a.Payment, *a.Refund, now)...)
	a.answerRefund(a.Refund.returned())
}

func (a *Account) answerPayment(reply func(message.Command) (message.Reply, error)) {
	a.Answers = append(a.Answers, Answer{Saga: a.Payment.Saga, Step: a.Payment.Step, Reply: reply})
}

func (a *Account) answerRefund(returned money.Amount) { a.answer(*a.Refund, returned) }

// answer adds the answer of the command that asked for r.
func (a *Account) answer(r Refund, returned money.Amount) {
	body := message.PaymentReturned{ReturnedAmount: returned}
	a.Answers = append(a.Answers, Answer{
		Saga: r.Saga, Step: r.Step, Compensation: r.Compensation,
		Reply: func(cmd message.Command) (message.Reply, error) { return cmd.Reply(body) },
	})
}
