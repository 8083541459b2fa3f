package billing

import (
	"context"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// CommandStore records why money is to move, with the barrier of the command.
type CommandStore interface {
	// StartPayment records a payment and its invoice, as BeginPayment decides. Answered says
	// that reply is all that is left to do: a duplicate's, or a refusal.
	StartPayment(ctx context.Context, cmd message.Command, p Payment, i Invoice) (reply message.Reply, answered bool, err error)
	// StartRefund records that a payment is to be returned, as BeginRefund decides.
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
	if cmd.Name != message.DoPaymentCommand || cmd.Compensation {
		return misrouted(cmd)
	}
	v, err := decodePayment(cmd)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	reply, answered, err := p.Store.StartPayment(ctx, cmd, newPayment(cmd, v, now), newInvoice(v, now))
	return p.proceed(ctx, v.PaymentID, reply, answered, err)
}

// Refund serves RefundPayment, both as the compensation of DoPayment and as the action of
// a refund saga. It answers only when the gateway's final state is known: never charged,
// or charged and returned.
func (p *Participant) Refund(ctx context.Context, cmd message.Command) error {
	if cmd.Name != message.RefundPaymentCommand {
		return misrouted(cmd)
	}
	r, err := newRefund(cmd, p.Clock.Now())
	if err != nil {
		return err
	}
	reply, answered, err := p.Store.StartRefund(ctx, cmd, r)
	return p.proceed(ctx, r.PaymentID, reply, answered, err)
}

// misrouted is about our subscriptions, not the command: it is no refusal.
func misrouted(cmd message.Command) error {
	return fault.New(fault.Internal, "MISROUTED_COMMAND", "command %s (compensation: %t) does not belong here", cmd.Name, cmd.Compensation)
}

// proceed sends the reply that is there already, or drives the payment and sends what
// became due, or what another driver has recorded and may not have sent.
func (p *Participant) proceed(ctx context.Context, paymentID string, reply message.Reply, answered bool, err error) error {
	if err != nil {
		return err
	}
	if answered {
		return publish(ctx, p.Replies, []message.Reply{reply})
	}
	replies, err := p.Driver.Drive(ctx, paymentID, true)
	if err != nil {
		return err
	}
	return publish(ctx, p.Replies, replies)
}
