package billing

import (
	"context"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// CommandStore records why money is to move, with the barrier of the command.
type CommandStore interface {
	// StartPayment records a payment and its invoice. Answered says that reply is all that
	// is left to do: a duplicate's, or a refusal.
	StartPayment(ctx context.Context, cmd message.Command, p Payment, i Invoice) (reply message.Reply, answered bool, err error)
	// StartRefund records that a payment is to be returned.
	StartRefund(ctx context.Context, cmd message.Command, r Refund) (reply message.Reply, answered bool, err error)
}

// Participant serves the commands that sagas send to billing.
type Participant struct {
	Store   CommandStore
	Driver  *Driver
	Replies Replies
	Clock   clock.Clock
}

// Pay serves DoPayment: it charges an invoice once and sends the reply. When the outcome
// is not known yet it sends none; a task or an event will.
func (p *Participant) Pay(ctx context.Context, cmd message.Command) error {
	var v message.DoPayment
	if err := cmd.Decode(&v); err != nil {
		return fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "%w", err)
	}
	now := p.Clock.Now()
	reply, answered, err := p.Store.StartPayment(ctx, cmd, newPayment(cmd, v, now), newInvoice(v, now))
	return p.proceed(ctx, v.PaymentID, reply, answered, err)
}

// Refund serves RefundPayment, both as the compensation of DoPayment and as the action of
// a refund saga. It answers only when the gateway's final state is known: never charged,
// or charged and returned.
func (p *Participant) Refund(ctx context.Context, cmd message.Command) error {
	r, err := newRefund(cmd, p.Clock)
	if err != nil {
		return err
	}
	reply, answered, err := p.Store.StartRefund(ctx, cmd, r)
	return p.proceed(ctx, r.PaymentID, reply, answered, err)
}

// proceed sends the reply that is there already, or drives the payment and sends what
// became due. A redelivery after a crash ends in one of the two.
func (p *Participant) proceed(ctx context.Context, paymentID string, reply message.Reply, answered bool, err error) error {
	if err != nil {
		return err
	}
	if answered {
		return publish(ctx, p.Replies, []message.Reply{reply})
	}
	replies, err := p.Driver.Drive(ctx, paymentID, false)
	if err != nil {
		return err
	}
	return publish(ctx, p.Replies, replies)
}

func newRefund(cmd message.Command, c clock.Clock) (Refund, error) {
	r := Refund{
		Country: cmd.Country, Saga: cmd.Saga, Step: cmd.Step, Compensation: cmd.Compensation,
		State: RefundPending, CreateTime: c.Now(),
	}
	if cmd.Compensation {
		var v message.DoPayment
		if err := cmd.Decode(&v); err != nil {
			return Refund{}, fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "%w", err)
		}
		r.ID, r.PaymentID, r.InvoiceID, r.UserID, r.Amount = message.RefundID(cmd.Saga), v.PaymentID, v.InvoiceID, v.UserID, v.Amount
		if cmd.Failure != nil {
			r.Reason = cmd.Failure.Reason
		}
		return r, nil
	}
	var v message.RefundPayment
	if err := cmd.Decode(&v); err != nil {
		return Refund{}, fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "%w", err)
	}
	r.ID, r.PaymentID, r.InvoiceID, r.Reason = v.RefundID, v.PaymentID, v.InvoiceID, v.Reason
	return r, nil
}
