package subscription

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// Sagas starts sagas. One whose id exists already is not started again.
type Sagas interface {
	Start(ctx context.Context, key idempotency.Key, n saga.New) (begun saga.Saga, replayed bool, err error)
}

// Reader reads subscriptions.
type Reader interface {
	// Get reads a subscription; NotFound when there is none.
	Get(ctx context.Context, id string) (Subscription, error)
}

// RenewStore reads subscriptions and moves on from attempts that came to nothing.
type RenewStore interface {
	Reader
	Amend(ctx context.Context, id string, change func(*Subscription)) error
}

// Renewer starts renewals. The saga's id is made from subscription, period and attempt, so
// that however often one is triggered, and from however many queues, it is charged once.
type Renewer struct {
	Store RenewStore
	Sagas Sagas
	Clock clock.Clock
}

// Renew starts the renewal that a task names, unless it is not due any more. What decides
// is BeginRenewal, in the saga; looking here first keeps most late tasks from making one.
func (r *Renewer) Renew(ctx context.Context, due DueRenewal) error {
	s, err := r.Store.Get(ctx, due.SubscriptionID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	id := message.RenewalSagaID(due.SubscriptionID, due.Period, due.Attempt)
	switch {
	case !s.due(due.Period, due.Attempt) || s.HeldBy == id:
		return nil
	case s.HeldBy != "":
		return s.busy() // by a refund, or by the learner who pays: the task comes again
	case s.RenewTime.After(r.Clock.Now()): // the clock of the queue is ahead
		return fault.New(fault.Unavailable, "UNAVAILABLE", "subscription %s is not due yet", s.ID)
	}
	begun, _, err := r.Sagas.Start(ctx, idempotency.Key{}, saga.New{
		ID: id, Definition: enrollment.Renew,
		Owner: s.UserID, Country: s.Country, Language: s.Language, Subscription: s.Name(), Course: "courses/" + s.CourseID,
		Invoice: "users/" + s.UserID + "/invoices/" + message.InvoiceID(s.ID, due.Period),
		Input:   enrollment.RenewInput{SubscriptionID: s.ID, Period: due.Period, Attempt: due.Attempt},
	})
	if err == nil && begun.Phase == saga.Failed {
		err = r.Store.Amend(ctx, s.ID, func(s *Subscription) { s.SkipAttempt(due.Period, due.Attempt, r.Clock.Now()) })
	}
	if err != nil {
		return fmt.Errorf("renew subscription %s: %w", s.ID, err)
	}
	return nil
}

// Ender starts the sagas that end subscriptions: cancelled ones, and those that dunning
// has given up.
type Ender struct {
	Store DueStore
	Tasks Tasks
	Sagas Sagas
	Clock clock.Clock
}

// End serves one part of a sweep: the fan-out over shards, or a page of one shard.
func (e *Ender) End(ctx context.Context, s Sweep) error {
	if s.Shard == nil {
		horizon := e.Clock.Now()
		return fanOut(ctx, e.Tasks, "ends", horizon, func(ctx context.Context, shard int) (bool, error) {
			due, err := e.Store.DueEnds(ctx, shard, horizon, DueEnd{}, 1)
			return len(due) > 0, err
		})
	}
	after := DueEnd{EndTime: s.AfterTime, SubscriptionID: s.AfterID}
	page, err := e.Store.DueEnds(ctx, *s.Shard, s.Horizon, after, pageSize)
	if err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	for _, due := range page {
		group.Go(func() error { return StartEnd(groupCtx, e.Sagas, due) })
	}
	if err := group.Wait(); err != nil || len(page) < pageSize {
		return err
	}
	last := page[len(page)-1]
	s.AfterTime, s.AfterID = last.EndTime, last.SubscriptionID
	return e.Tasks.EnqueueSweep(ctx, s.name("ends"), s)
}

// StartEnd starts the saga that ends a subscription. Its id is made from the subscription
// and the time of its end.
func StartEnd(ctx context.Context, sagas Sagas, due DueEnd) error {
	_, _, err := sagas.Start(ctx, idempotency.Key{}, saga.New{
		ID: message.EndSagaID(due.SubscriptionID, due.EndTime), Definition: enrollment.End,
		Owner: due.UserID, Country: due.Country, Language: due.Language,
		Subscription: "users/" + due.UserID + "/subscriptions/" + due.SubscriptionID, Course: "courses/" + due.CourseID,
		Input: enrollment.EndInput{SubscriptionID: due.SubscriptionID, UserID: due.UserID, CourseID: due.CourseID, Country: due.Country},
	})
	if err != nil {
		return fmt.Errorf("end subscription %s: %w", due.SubscriptionID, err)
	}
	return nil
}
