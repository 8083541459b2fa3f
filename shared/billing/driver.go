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
	// Account reads what is recorded of a payment; PAYMENT_NOT_FOUND when nothing is.
	Account(ctx context.Context, paymentID string) (Account, error)
	// Change applies change to the account of a payment in one transaction, with the
	// entries and answers that it adds, and returns the account and the replies recorded.
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
// again says that this may be a repetition of what stopped half way: the replies of what
// is settled already are then returned too.
func (d *Driver) Drive(ctx context.Context, paymentID string, again bool) ([]message.Reply, error) {
	account, replies, err := d.begin(ctx, paymentID, again)
	if err != nil {
		return nil, fmt.Errorf("drive payment %s: %w", paymentID, err)
	}
	var seen *payment.Intent
	for range maxCalls {
		call := account.Next(seen)
		if call == CallNone {
			return replies, d.watch(ctx, account, seen)
		}
		var more []message.Reply
		account, more, err = d.make(ctx, call, account, &seen)
		replies = append(replies, more...)
		if err != nil {
			return replies, d.askAgain(ctx, account, err)
		}
	}
	return replies, d.askAgain(ctx, account, fmt.Errorf("drive payment %s: no end after %d calls: %w", paymentID, maxCalls, payment.ErrUnknown))
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

// make makes one call and records what it told.
func (d *Driver) make(ctx context.Context, call Call, a Account, seen **payment.Intent) (Account, []message.Reply, error) {
	if call == CallCreateRefund || call == CallInspectRefund {
		return d.refund(ctx, call, a)
	}
	intent, err := d.intent(ctx, call, a.Payment)
	if refusedForGood(err) {
		return d.decline(ctx, a, err)
	}
	if err != nil {
		return a, nil, err
	}
	changed, replies, err := d.Store.Change(ctx, a.Payment.ID, func(a *Account) error {
		a.RecordIntent(intent, d.Clock.Now())
		a.Settle(intent, d.Clock.Now())
		return nil
	})
	if err != nil {
		return a, nil, err
	}
	*seen = &intent
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

// refusedForGood reports whether the gateway will never take the payment as it is. That
// it does not let us in, or is busy, is no refusal of the learner.
func refusedForGood(err error) bool {
	switch fault.ReasonOf(err) {
	case payment.ReasonRequestInvalid, payment.ReasonObjectNotFound, payment.ReasonMethodUnusable:
		return true
	default:
		return false
	}
}

func (d *Driver) decline(ctx context.Context, a Account, cause error) (Account, []message.Reply, error) {
	slog.WarnContext(ctx, "the gateway cannot take a payment", "payment", a.Payment.ID, "reason", fault.ReasonOf(cause))
	return d.Store.Change(ctx, a.Payment.ID, func(a *Account) error {
		a.Decline("payment_method_missing", "PAYMENT_METHOD_NOT_USABLE", d.Clock.Now())
		return nil
	})
}

func (d *Driver) refund(ctx context.Context, call Call, a Account) (Account, []message.Reply, error) {
	var refund payment.Refund
	var err error
	if call == CallCreateRefund {
		refund, err = d.Gateway.CreateRefund(ctx, payment.RefundRequest{
			Key: key(a.Payment, "refund"), IntentID: a.Payment.IntentID, Amount: a.Refund.Amount, RefundID: a.Refund.ID,
		})
	} else {
		refund, err = d.Gateway.GetRefund(ctx, a.Refund.GatewayID)
	}
	if err != nil {
		return a, nil, err
	}
	changed, replies, err := d.Store.Change(ctx, a.Payment.ID, func(a *Account) error {
		a.SettleRefund(refund, d.Clock.Now())
		return nil
	})
	if err == nil && !changed.Refund.Final() {
		err = fmt.Errorf("refund %s is %s: %w", refund.ID, refund.State, payment.ErrUnknown)
	}
	return changed, replies, err
}

// watch sees to it that an intent that settles later is asked about, should its event
// never come. One that waits for the learner ends with the saga's deadline.
func (d *Driver) watch(ctx context.Context, a Account, seen *payment.Intent) error {
	if seen == nil || seen.State != payment.IntentProcessing {
		return nil
	}
	return d.askAgain(ctx, a, fmt.Errorf("intent %s is processing: %w", seen.ID, payment.ErrUnknown))
}

// askAgain schedules the next drive after a failure that tells nothing. Without the task
// the error is returned, so that the trigger is delivered again.
func (d *Driver) askAgain(ctx context.Context, a Account, cause error) error {
	if !errors.Is(cause, payment.ErrUnknown) && !fault.Is(cause, fault.Exhausted) && !fault.Is(cause, fault.Unavailable) {
		return fmt.Errorf("drive payment %s: %w", a.Payment.ID, cause)
	}
	task := RetryTask{PaymentID: a.Payment.ID, Attempt: a.Payment.Attempt + 1}
	if err := d.Tasks.EnqueueRetry(ctx, task, backoff(a.Payment.Attempt)); err != nil {
		return fmt.Errorf("schedule attempt %d of payment %s after %q: %w", task.Attempt, task.PaymentID, cause, err)
	}
	slog.InfoContext(ctx, "payment outcome unknown, asking again", "payment", a.Payment.ID, "attempt", task.Attempt, "cause", cause.Error())
	return nil
}

// backoff doubles from two seconds to an hour.
func backoff(attempt int) time.Duration {
	return min(time.Second<<min(max(attempt, 1), 12), time.Hour)
}
