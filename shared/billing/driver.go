package billing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/payment"
)

// AccountStore keeps accounts.
type AccountStore interface {
	// Change applies change to the account of a payment in one transaction, with the
	// entries and answers that it adds, and returns the account and the replies recorded;
	// NotFound when there is no payment.
	Change(ctx context.Context, paymentID string, change func(*Account) error) (Account, []message.Reply, error)
}

// Gateway is the part of a payment gateway that moves money.
type Gateway interface {
	payment.Intents
	payment.Refunds
}

// RetryTask asks to drive a payment, or to look at an event, again.
type RetryTask struct {
	PaymentID string `json:"paymentId,omitempty"`
	EventID   string `json:"eventId,omitempty"`
	Attempt   int    `json:"attempt"`
}

// Tasks schedules what is to be asked again.
type Tasks interface {
	// EnqueueRetry schedules t after a delay. The same task is scheduled once.
	EnqueueRetry(ctx context.Context, t RetryTask, delay time.Duration) error
}

// Driver drives payments: it makes the calls to the gateway that what is recorded asks
// for, and records what they tell.
type Driver struct {
	Store   AccountStore
	Gateway Gateway
	Tasks   Tasks
	Clock   clock.Clock
}

// maxCalls bounds the calls of one drive: create, confirm or inspect, cancel, refund,
// and as many again after losing races.
const maxCalls = 10

// Drive moves a payment as far as it can be moved now and returns the replies that became
// due. What cannot be known now is asked again by a task; Drive then returns without error.
// again says that this may be a repetition of what stopped half way: the replies that
// another drive has recorded, and may not have sent, are then returned too.
func (d *Driver) Drive(ctx context.Context, paymentID string, again bool) ([]message.Reply, error) {
	account, replies, err := d.begin(ctx, paymentID, again)
	if err != nil {
		return nil, fmt.Errorf("drive payment %s: %w", paymentID, err)
	}
	v := visit{Driver: d, again: again}
	last := CallNone
	for range maxCalls {
		call := account.Next(v.seen)
		if call == CallNone {
			return replies, d.watch(ctx, account, v.seen)
		}
		if call == last {
			break // it changed nothing
		}
		last = call
		var more []message.Reply
		account, more, err = v.make(ctx, call, account)
		replies = append(replies, more...)
		if err != nil {
			return replies, d.askAgain(ctx, account, err)
		}
	}
	return replies, d.askAgain(ctx, account, &gatewayError{errors.New("no end in sight")})
}

// begin numbers the drive, since keys and tasks carry the number, and gives up a payment
// that is to be returned before an intent exists.
func (d *Driver) begin(ctx context.Context, paymentID string, again bool) (Account, []message.Reply, error) {
	return d.Store.Change(ctx, paymentID, func(a *Account) error {
		if again {
			a.AnswerAgain()
		}
		a.Abandon(d.Clock.Now())
		if a.Next(nil) != CallNone {
			a.Payment.Attempt++
		}
		return nil
	})
}

// visit is one drive.
type visit struct {
	*Driver
	again bool
	seen  *payment.Intent // as the gateway showed it last
}

// record applies change to what is recorded. What has been settled since before was
// recorded by another drive.
func (v *visit) record(ctx context.Context, before Account, change func(a *Account, now time.Time)) (Account, []message.Reply, error) {
	after, replies, err := v.Store.Change(ctx, before.Payment.ID, func(a *Account) error {
		if v.again {
			a.AnswerSince(before)
		}
		change(a, v.Clock.Now())
		return nil
	})
	if err == nil {
		reportSettled(ctx, before, after)
	}
	return after, replies, err
}

// reportSettled logs the ends of payments and refunds, which metrics count.
func reportSettled(ctx context.Context, before, after Account) {
	p := after.Payment
	if p.State.Final() && !before.Payment.State.Final() {
		slog.InfoContext(ctx, "payment has settled", "payment", p.ID, "saga", p.Saga, "country", p.Country, "state", p.State, "reason", p.Reason)
	}
	if r := after.Refund; r != nil && r.Final() && (before.Refund == nil || !before.Refund.Final()) {
		slog.InfoContext(ctx, "refund has settled", "payment", p.ID, "country", p.Country, "state", r.State)
	}
}

// make makes one call and records what it told.
func (v *visit) make(ctx context.Context, call Call, a Account) (Account, []message.Reply, error) {
	if call == CallCreateRefund || call == CallInspectRefund {
		return v.refund(ctx, call, a)
	}
	intent, err := v.intent(ctx, call, a.Payment)
	if (call == CallCreateIntent || call == CallConfirmIntent) && fault.Final(err) {
		return v.giveUp(ctx, call, a, err)
	}
	if err != nil {
		return a, nil, &gatewayError{err}
	}
	changed, replies, err := v.record(ctx, a, func(a *Account, now time.Time) {
		a.RecordIntent(intent, now)
		a.Settle(intent, now)
	})
	if err != nil {
		return a, nil, err
	}
	v.seen = &intent
	return changed, replies, nil
}

// intent makes one call about the payment's intent.
func (d *Driver) intent(ctx context.Context, call Call, p Payment) (payment.Intent, error) {
	switch call {
	case CallCreateIntent:
		return d.Gateway.CreateIntent(ctx, payment.IntentRequest{
			Key: key(p, "create"), CustomerID: p.CustomerID, PaymentMethodID: p.GatewayMethod,
			Amount: p.Amount, PaymentID: p.ID, Description: p.Description,
		})
	case CallConfirmIntent:
		return d.Gateway.ConfirmIntent(ctx, payment.ConfirmRequest{
			Key: key(p, "confirm"), IntentID: p.IntentID, OffSession: p.OffSession, ReturnURI: p.ReturnURI,
		})
	case CallCancelIntent:
		return d.Gateway.CancelIntent(ctx, p.IntentID, key(p, "cancel"))
	default:
		return d.Gateway.GetIntent(ctx, p.IntentID)
	}
}

// key is the idempotency key of one call of one drive: a gateway replays the errors it
// has stored under a key, so the next drive needs another.
func key(p Payment, call string) string { return p.ID + ":" + call + ":" + strconv.Itoa(p.Attempt) }

// giveUp records that the gateway will never take the payment as it is. (That it does not
// let us in, or is busy, is no refusal of the learner, and not final.) An intent that
// another drive has recorded meanwhile is not given up because one could not be made here.
func (v *visit) giveUp(ctx context.Context, call Call, a Account, cause error) (Account, []message.Reply, error) {
	slog.WarnContext(ctx, "the gateway does not take a payment", "payment", a.Payment.ID, "error", cause)
	code, reason := "", ReasonFailed
	switch fault.ReasonOf(cause) {
	case payment.ReasonMethodUnusable, payment.ReasonObjectNotFound:
		code, reason = codeMethodMissing, payment.ReasonMethodUnusable
	}
	changed, replies, err := v.record(ctx, a, func(a *Account, now time.Time) {
		if call != CallCreateIntent || a.Payment.IntentID == "" {
			a.GiveUp(code, reason, now)
		}
	})
	if err != nil {
		return a, nil, err
	}
	return changed, replies, nil
}

func (v *visit) refund(ctx context.Context, call Call, a Account) (Account, []message.Reply, error) {
	var refund payment.Refund
	var err error
	if call == CallCreateRefund {
		refund, err = v.Gateway.CreateRefund(ctx, payment.RefundRequest{
			Key: key(a.Payment, "refund"), IntentID: a.Payment.IntentID, Amount: a.Refund.Amount, RefundID: a.Refund.ID,
		})
	} else {
		refund, err = v.Gateway.GetRefund(ctx, a.Refund.GatewayID)
	}
	if fault.ReasonOf(err) == payment.ReasonRefundExceedsCharge {
		refund, err = v.returnedOtherwise(ctx, a)
	}
	if err != nil {
		return a, nil, &gatewayError{err}
	}
	changed, replies, err := v.record(ctx, a, func(a *Account, now time.Time) { a.SettleRefund(refund, now) })
	if err != nil {
		return a, nil, err
	}
	if !changed.Refund.Final() {
		err = &gatewayError{fmt.Errorf("refund %s is %s %s", refund.ID, refund.State, refund.FailureReason)}
	}
	if refund.State == payment.RefundFailed || refund.State == payment.RefundCanceled {
		slog.ErrorContext(ctx, handWork, "payment", a.Payment.ID, "refund", refund.ID)
	}
	return changed, replies, err
}

// handWork is logged, and alerts, of a refund that did not reach the learner.
const handWork = "the gateway could not return a payment: return it by hand"

// returnedOtherwise finds out whether the money went back by another way than ours, such
// as by hand on the gateway's page.
func (d *Driver) returnedOtherwise(ctx context.Context, a Account) (payment.Refund, error) {
	intent, err := d.Gateway.GetIntent(ctx, a.Payment.IntentID)
	if err != nil {
		return payment.Refund{}, err
	}
	if intent.AmountRefunded != a.Refund.Amount {
		return payment.Refund{}, fmt.Errorf("of %s, %s are returned already", a.Refund.Amount, intent.AmountRefunded)
	}
	slog.WarnContext(ctx, "a payment was returned already, not by us", "payment", a.Payment.ID)
	return payment.Refund{State: payment.RefundSucceeded, Amount: intent.AmountRefunded, IntentID: intent.ID}, nil
}

// watch sees to it that an intent that settles later is asked about, should its event
// never come. One that waits for the learner ends with the saga's deadline.
func (d *Driver) watch(ctx context.Context, a Account, seen *payment.Intent) error {
	if seen == nil || seen.State != payment.IntentProcessing {
		return nil
	}
	return d.askAgain(ctx, a, &gatewayError{fmt.Errorf("intent %s is processing", seen.ID)})
}

// gatewayError is a call that did not tell what became of the money. It has no meaning for
// whoever asked for the payment: it hides the cause's fault, which nobody may take for a
// refusal.
type gatewayError struct{ cause error }

func (e *gatewayError) Error() string { return e.cause.Error() }

// askAgain schedules the next drive after a failure at the gateway. Without the task, and
// after failures here, the error is returned, so that the trigger is delivered again.
func (d *Driver) askAgain(ctx context.Context, a Account, cause error) error {
	if _, ok := errors.AsType[*gatewayError](cause); !ok {
		return fmt.Errorf("drive payment %s: %w", a.Payment.ID, cause)
	}
	task := RetryTask{PaymentID: a.Payment.ID, Attempt: a.Payment.Attempt + 1}
	if err := d.Tasks.EnqueueRetry(ctx, task, backoff(a.Payment.Attempt)); err != nil {
		return fmt.Errorf("schedule attempt %d of payment %s after %w: %w", task.Attempt, task.PaymentID, cause, err)
	}
	slog.InfoContext(ctx, "payment outcome unknown, asking again", "payment", a.Payment.ID, "attempt", task.Attempt, "cause", cause.Error())
	return nil
}

// backoff doubles from two seconds to an hour.
func backoff(attempt int) time.Duration {
	return min(time.Second<<min(max(attempt, 1), 12), time.Hour)
}
