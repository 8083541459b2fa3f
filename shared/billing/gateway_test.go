package billing_test

import (
	"context"
	"fmt"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment"
)

// card says what becomes of a confirmation.
type card int

const (
	charges card = iota
	declines
	authenticates
	settlesLater
	unusable
	cards
)

// gateway is a model of one: it loses answers, replays the errors it has stored under a
// key, and counts what it moved.
type gateway struct {
	s        *schedule
	card     card
	faults   int // left
	intents  map[string]*payment.Intent
	refunds  map[string]*payment.Refund // by our id
	keys     map[string]string          // to the intent created
	poisoned map[string]bool            // keys with an error stored
	charged  int64
	returned int64
	charges  int
	onChange func(i payment.Intent)
	learner  func(id string) // is sent to authenticate
}

func (g *gateway) unknown(key string) error {
	if g.s.chance(3) {
		g.poisoned[key] = true
	}
	return fmt.Errorf("time-out: %w", payment.ErrUnknown)
}

// call makes effect under the key, unless it fails before or after it.
func (g *gateway) call(key string, effect func() error) error {
	g.s.yield()
	if key != "" && g.poisoned[key] {
		return fmt.Errorf("stored error: %w", payment.ErrUnknown)
	}
	if g.faults > 0 && g.s.chance(5) {
		g.faults--
		return g.unknown(key)
	}
	err := effect()
	g.s.yield()
	if err == nil && g.faults > 0 && g.s.chance(5) {
		g.faults--
		return g.unknown(key)
	}
	return err
}

func (g *gateway) CreateIntent(_ context.Context, r payment.IntentRequest) (made payment.Intent, err error) {
	err = g.call(r.Key, func() error {
		id, known := g.keys[r.Key]
		if !known {
			id = fmt.Sprintf("pi_%d", len(g.intents))
			g.keys[r.Key] = id
			g.intents[id] = &payment.Intent{ID: id, State: payment.IntentConfirmationRequired, Amount: r.Amount, PaymentID: r.PaymentID}
			g.onChange(*g.intents[id])
		}
		made = *g.intents[id]
		return nil
	})
	return made, err
}

func (g *gateway) ConfirmIntent(_ context.Context, r payment.ConfirmRequest) (after payment.Intent, err error) {
	err = g.call(r.Key, func() error {
		i := g.intents[r.IntentID]
		if i.State == payment.IntentConfirmationRequired {
			if err := g.confirm(i, r.OffSession); err != nil {
				return err
			}
			g.onChange(*i)
		}
		after = *i
		return nil
	})
	return after, err
}

func (g *gateway) confirm(i *payment.Intent, offSession bool) error {
	switch g.card {
	case charges:
		g.charge(i)
	case declines:
		g.decline(i, "insufficient_funds")
	case authenticates:
		i.State, i.RedirectURI = payment.IntentActionRequired, "https://bank.example/"+i.ID
		if !offSession {
			g.learner(i.ID)
		}
	case settlesLater:
		i.State = payment.IntentProcessing
		g.s.add("network", func() error { g.settle(i.ID, g.s.chance(2)); return nil })
	default:
		return fault.New(fault.FailedPrecondition, payment.ReasonMethodUnusable, "the method is detached")
	}
	return nil
}

func (g *gateway) charge(i *payment.Intent) {
	i.State, i.AmountReceived = payment.IntentSucceeded, i.Amount
	g.charged += i.Amount.Minor
	g.charges++
}

func (g *gateway) decline(i *payment.Intent, code string) {
	i.State, i.Decline = payment.IntentPaymentMethodRequired, payment.NewDecline("card_declined", code, "")
}

// settle ends what waits for the learner or a network.
func (g *gateway) settle(id string, success bool) {
	i := g.intents[id]
	switch {
	case i.State != payment.IntentActionRequired && i.State != payment.IntentProcessing:
		return
	case success:
		g.charge(i)
	default:
		g.decline(i, "payment_intent_authentication_failure")
	}
	g.onChange(*i)
}

func (g *gateway) GetIntent(_ context.Context, id string) (now payment.Intent, err error) {
	err = g.call("", func() error { now = *g.intents[id]; return nil })
	return now, err
}

func (g *gateway) CancelIntent(_ context.Context, id, key string) (after payment.Intent, err error) {
	err = g.call(key, func() error {
		i := g.intents[id]
		if !i.State.Final() && i.State != payment.IntentProcessing {
			i.State = payment.IntentCanceled
			g.onChange(*i)
		}
		after = *i
		return nil
	})
	return after, err
}

func (g *gateway) CreateRefund(_ context.Context, r payment.RefundRequest) (made payment.Refund, err error) {
	err = g.call(r.Key, func() error {
		known, found := g.refunds[r.RefundID]
		if !found {
			if g.returned+r.Amount.Minor > g.charged {
				return fault.New(fault.FailedPrecondition, payment.ReasonRefundExceedsCharge, "too much")
			}
			known = &payment.Refund{ID: "re_" + r.RefundID, RefundID: r.RefundID, IntentID: r.IntentID, Amount: r.Amount, State: payment.RefundPending}
			g.refunds[r.RefundID] = known
			g.returned += r.Amount.Minor
			if g.s.chance(2) {
				known.State = payment.RefundSucceeded
			} else {
				g.s.add("bank", func() error { known.State = payment.RefundSucceeded; return nil })
			}
			g.onChange(*g.intents[r.IntentID])
		}
		made = *known
		return nil
	})
	return made, err
}

func (g *gateway) GetRefund(_ context.Context, id string) (now payment.Refund, err error) {
	err = g.call("", func() error {
		for _, r := range g.refunds {
			if r.ID == id {
				now = *r
			}
		}
		return nil
	})
	return now, err
}

// mayCharge reports whether an intent could still charge by itself or with one more call.
func (g *gateway) mayCharge(id string) bool {
	i, ok := g.intents[id]
	return ok && i.State != payment.IntentCanceled && !i.Declined()
}

func (g *gateway) net() money.Amount { return money.Of(g.charged-g.returned, money.JPY) }
