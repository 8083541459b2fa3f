package subscription

import (
	"context"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// CommandStore applies a transition and the barrier of its command in one transaction and
// answers a duplicate with the stored reply.
type CommandStore interface {
	// Reserve stores a new pending subscription; ALREADY_SUBSCRIBED when the learner has an
	// open one to the course.
	Reserve(ctx context.Context, cmd message.Command, s Subscription) (message.Reply, error)
	// Change loads subscription id, applies change and stores the result; what change
	// returns is the body of the reply. SUBSCRIPTION_NOT_FOUND when there is none. A conflict
	// with another saga is waited for, but by BeginRefund: its learner is told at once.
	Change(ctx context.Context, cmd message.Command, id string, change func(*Subscription) (any, error)) (message.Reply, error)
}

// Participant serves the commands that sagas send to the subscription service.
type Participant struct {
	Store CommandStore
	Clock clock.Clock
}

// Handle serves one command. Its effect happens once however often it comes.
func (p *Participant) Handle(ctx context.Context, cmd message.Command) (message.Reply, error) {
	switch cmd.Name {
	case message.ValidateSubscriptionCommand:
		return p.reserve(ctx, cmd)
	case message.ReleaseSubscriptionCommand:
		return changeBy(ctx, p, cmd, func(v message.ValidateSubscription) string { return v.SubscriptionID }, p.release)
	case message.SubscribeCommand:
		return changeBy(ctx, p, cmd, func(v message.Subscribe) string { return v.SubscriptionID }, p.activate)
	case message.UnsubscribeCommand:
		return changeBy(ctx, p, cmd, refID, p.unsubscribe)
	case message.BeginRenewalCommand, message.CompleteRenewalCommand, message.FailRenewalCommand:
		return changeBy(ctx, p, cmd, func(v message.Renewal) string { return v.SubscriptionID }, p.renew)
	case message.BeginRefundCommand, message.AbandonRefundCommand, message.BeginEndCommand:
		return changeBy(ctx, p, cmd, refID, p.close)
	default:
		return message.Reply{}, fault.New(fault.InvalidArgument, "UNKNOWN_COMMAND", "subscription does not serve %s", cmd.Name)
	}
}

func refID(v message.SubscriptionRef) string { return v.SubscriptionID }

// changeBy decodes a command's body, finds the subscription that it means and changes it.
func changeBy[V any](ctx context.Context, p *Participant, cmd message.Command, id func(V) string,
	change func(message.Command, V, *Subscription) (any, error),
) (message.Reply, error) {
	var v V
	if err := cmd.Decode(&v); err != nil {
		return message.Reply{}, fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "%w", err)
	}
	return p.Store.Change(ctx, cmd, id(v), func(s *Subscription) (any, error) { return change(cmd, v, s) })
}

func (p *Participant) reserve(ctx context.Context, cmd message.Command) (message.Reply, error) {
	var v message.ValidateSubscription
	if err := cmd.Decode(&v); err != nil {
		return message.Reply{}, fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "%w", err)
	}
	return p.Store.Reserve(ctx, cmd, Reserve(cmd.Saga, v, p.Clock.Now()))
}

func (p *Participant) release(cmd message.Command, _ message.ValidateSubscription, s *Subscription) (any, error) {
	s.Release(cmd.Failure, p.Clock.Now())
	return nil, nil
}

func (p *Participant) activate(cmd message.Command, v message.Subscribe, s *Subscription) (any, error) {
	return s.Activate(cmd.Saga, v, p.Clock.Now())
}

// unsubscribe serves the action of a refund or an end, and the compensation of Subscribe.
func (p *Participant) unsubscribe(cmd message.Command, _ message.SubscriptionRef, s *Subscription) (any, error) {
	s.Unsubscribe(cmd.Compensation, cmd.Failure, p.Clock.Now())
	return nil, nil
}

func (p *Participant) renew(cmd message.Command, v message.Renewal, s *Subscription) (any, error) {
	switch cmd.Name {
	case message.BeginRenewalCommand:
		return s.BeginRenewal(cmd.Saga, v, p.Clock.Now())
	case message.CompleteRenewalCommand:
		return s.CompleteRenewal(cmd.Saga, v, p.Clock.Now())
	default:
		s.FailRenewal(cmd.Saga, v, cmd.Failure, p.Clock.Now())
		return nil, nil
	}
}

func (p *Participant) close(cmd message.Command, v message.SubscriptionRef, s *Subscription) (any, error) {
	switch cmd.Name {
	case message.BeginRefundCommand:
		return nil, s.BeginRefund(cmd.Saga, v, p.Clock.Now())
	case message.AbandonRefundCommand:
		s.AbandonRefund(cmd.Saga, p.Clock.Now())
		return nil, nil
	default:
		return nil, s.BeginEnd(cmd.Saga, p.Clock.Now())
	}
}
