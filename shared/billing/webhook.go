package billing

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/payment"
)

// EventState says what became of a gateway's event.
type EventState string

// The states of an event.
const (
	EventReceived  EventState = "RECEIVED"
	EventProcessed EventState = "PROCESSED"
	EventUnmatched EventState = "UNMATCHED" // it belongs to nothing known, or not yet
)

// EventStore keeps the events that gateways sent.
type EventStore interface {
	// RecordEvent stores an event and returns the state it was stored in before, empty
	// when it is new.
	RecordEvent(ctx context.Context, e payment.Event) (EventState, error)
	FinishEvent(ctx context.Context, id string, state EventState) error
	// PaymentOf returns the payment that an event is about, empty when none is known.
	PaymentOf(ctx context.Context, e payment.Event) (string, error)
	// Event reads a recorded event.
	Event(ctx context.Context, id string) (payment.Event, EventState, error)
}

// Replies sends replies to the sagas that wait for them.
type Replies interface {
	PublishReply(ctx context.Context, r message.Reply) error
}

// Webhook takes in the events of a gateway. An event is no state: it says where to look.
type Webhook struct {
	Events  EventStore
	Parser  payment.Events
	Driver  *Driver
	Wallet  *Wallet
	Replies Replies
}

// Receive verifies and records an event, looks at what it is about, and tells the saga. An
// error means that the gateway is to deliver it again.
func (w *Webhook) Receive(ctx context.Context, payload []byte, signature string) error {
	event, err := w.Parser.ParseEvent(payload, signature, time.Now()) // machine time, as signatures are
	if err != nil {
		return err
	}
	before, err := w.Events.RecordEvent(ctx, event)
	if err != nil {
		return fmt.Errorf("record event %s: %w", event.ID, err)
	}
	// A repetition is looked at even if the event was processed: by a copy, perhaps, while
	// who recorded the outcome died before telling the saga.
	return w.process(ctx, event, before != "", 1)
}

// maxMatchAttempts bounds how often an event that matches nothing is looked at again.
const maxMatchAttempts = 8

// Retry looks again at an event that matched nothing when it came.
func (w *Webhook) Retry(ctx context.Context, t RetryTask) error {
	event, state, err := w.Events.Event(ctx, t.EventID)
	if err != nil || state == EventProcessed {
		return err
	}
	return w.process(ctx, event, true, t.Attempt)
}

func (w *Webhook) process(ctx context.Context, event payment.Event, again bool, attempt int) error {
	matched, err := w.apply(ctx, event, again)
	if err != nil {
		return fmt.Errorf("process event %s (%s): %w", event.ID, event.Type, err)
	}
	if matched {
		return w.Events.FinishEvent(ctx, event.ID, EventProcessed)
	}
	if attempt >= maxMatchAttempts {
		slog.WarnContext(ctx, "a gateway event matches nothing", "event", event.ID, "type", event.Type)
		return w.Events.FinishEvent(ctx, event.ID, EventUnmatched)
	}
	task := RetryTask{EventID: event.ID, Attempt: attempt + 1}
	if err := w.Driver.Tasks.EnqueueRetry(ctx, task, backoff(attempt)); err != nil {
		return fmt.Errorf("schedule event %s: %w", event.ID, err)
	}
	return nil
}

// apply looks at what an event is about and reports whether it was found.
func (w *Webhook) apply(ctx context.Context, event payment.Event, again bool) (bool, error) {
	switch event.Kind {
	case payment.EventIntent, payment.EventRefund:
		id, err := w.Events.PaymentOf(ctx, event)
		if err != nil || id == "" {
			return false, err
		}
		replies, err := w.Driver.Drive(ctx, id, again)
		if err != nil {
			return false, err
		}
		if err := publish(ctx, w.Replies, replies); err != nil {
			return false, err
		}
		return true, w.reportReturned(ctx, event)
	case payment.EventSetup:
		if event.PaymentMethodRef == "" {
			return true, nil // a setup that is none of ours
		}
		err := w.Wallet.Refresh(ctx, event.PaymentMethodRef)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		return err == nil, err
	case payment.EventDispute:
		slog.ErrorContext(ctx, "a charge is disputed: answer it on the gateway's page", "event", event.ID, "type", event.Type, "intent", event.IntentID)
		return true, nil
	default:
		return true, nil
	}
}

// reportReturned logs a refund that the learner's bank has sent back, perhaps long after it
// had succeeded and was booked: only a person can give the money back then.
func (w *Webhook) reportReturned(ctx context.Context, event payment.Event) error {
	if event.Kind != payment.EventRefund {
		return nil
	}
	refund, err := w.Driver.Gateway.GetRefund(ctx, event.ObjectID)
	if err != nil {
		return fmt.Errorf("look at refund %s: %w", event.ObjectID, err)
	}
	if refund.State == payment.RefundFailed || refund.State == payment.RefundCanceled {
		slog.ErrorContext(ctx, handWork, "intent", refund.IntentID, "refund", refund.ID)
	}
	return nil
}

// publish sends replies one after the other.
func publish(ctx context.Context, to Replies, replies []message.Reply) error {
	for _, r := range replies {
		if err := to.PublishReply(ctx, r); err != nil {
			return fmt.Errorf("send the reply of step %s to saga %s: %w", r.Step, r.Saga, err)
		}
	}
	return nil
}

// Retrier serves the tasks that ask again.
type Retrier struct {
	Driver  *Driver
	Webhook *Webhook
	Replies Replies
}

// Retry drives the payment, or looks at the event, that the task names.
func (r *Retrier) Retry(ctx context.Context, t RetryTask) error {
	if t.EventID != "" {
		return r.Webhook.Retry(ctx, t)
	}
	replies, err := r.Driver.Drive(ctx, t.PaymentID, true)
	if err != nil {
		return err
	}
	return publish(ctx, r.Replies, replies)
}
