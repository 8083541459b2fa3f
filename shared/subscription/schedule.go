package subscription

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/hashring"
)

// DueRenewal is a period that is to be charged.
type DueRenewal struct {
	SubscriptionID string    `json:"subscriptionId"`
	Period         int       `json:"period"`  // counts from 0, the first
	Attempt        int       `json:"attempt"` // counts from 1
	RenewTime      time.Time `json:"renewTime"`
}

// DueEnd is a subscription that is to end.
type DueEnd struct {
	SubscriptionID string    `json:"subscriptionId"`
	UserID         string    `json:"userId"`
	CourseID       string    `json:"courseId"`
	Country        string    `json:"country"`
	Language       string    `json:"language"`
	EndTime        time.Time `json:"endTime"`
}

// Sweep asks to go through one shard of what is due, from a place on. Without a shard it
// asks for all of them: that is what the scheduler sends.
type Sweep struct {
	Shard     *int      `json:"shard,omitempty"`
	Horizon   time.Time `json:"horizon,omitzero"` // of the whole sweep
	AfterTime time.Time `json:"afterTime,omitzero"`
	AfterID   string    `json:"afterId,omitempty"`
}

// name is the same for the same part of the same sweep.
func (s Sweep) name(kind string) string {
	return fmt.Sprintf("%s %d %s %s %s", kind, *s.Shard, s.Horizon.Format(time.RFC3339), s.AfterTime.Format(time.RFC3339Nano), s.AfterID)
}

// DueStore lists what is due.
type DueStore interface {
	DueRenewals(ctx context.Context, shard int, horizon time.Time, after DueRenewal, limit int) ([]DueRenewal, error)
	DueEnds(ctx context.Context, shard int, now time.Time, after DueEnd, limit int) ([]DueEnd, error)
}

// Tasks enqueues tasks. The same name is enqueued once.
type Tasks interface {
	EnqueueSweep(ctx context.Context, name string, s Sweep) error
	EnqueueRenewal(ctx context.Context, queue, name string, r DueRenewal) error
}

// Limits of one task of a sweep.
const (
	pageSize    = 500
	concurrency = 16
)

// Ahead is how far ahead of their time renewals are enqueued: twice the time between two
// sweeps, so that one that fails loses nothing.
const Ahead = 12 * time.Hour

// balance is how much more than the mean one queue may get of a page.
const balance = 1.25

// Enqueuer turns renewals that come due into tasks, one a period and attempt, spread over
// the queues of a hash ring: one queue dispatches 500 tasks a second at most.
type Enqueuer struct {
	Store DueStore
	Tasks Tasks
	Ring  *hashring.Ring
	Clock clock.Clock
}

// Enqueue serves one part of a sweep: the fan-out over shards, or a page of one shard.
func (e *Enqueuer) Enqueue(ctx context.Context, s Sweep) error {
	if s.Shard == nil {
		horizon := e.Clock.Now().Add(Ahead)
		return fanOut(ctx, e.Tasks, "renewals", horizon, func(ctx context.Context, shard int) (bool, error) {
			due, err := e.Store.DueRenewals(ctx, shard, horizon, DueRenewal{}, 1)
			return len(due) > 0, err
		})
	}
	after := DueRenewal{RenewTime: s.AfterTime, SubscriptionID: s.AfterID}
	page, err := e.Store.DueRenewals(ctx, *s.Shard, s.Horizon, after, pageSize)
	if err != nil {
		return err
	}
	if err := e.enqueuePage(ctx, page); err != nil {
		return err
	}
	if len(page) < pageSize {
		return nil
	}
	last := page[len(page)-1]
	s.AfterTime, s.AfterID = last.RenewTime, last.SubscriptionID
	return e.Tasks.EnqueueSweep(ctx, s.name("renewals"), s)
}

func (e *Enqueuer) enqueuePage(ctx context.Context, page []DueRenewal) error {
	load := map[string]int{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	for _, r := range page {
		queue := e.Ring.NodeBounded(r.SubscriptionID, balance, func(node string) int { return load[node] })
		load[queue]++
		group.Go(func() error { return e.Tasks.EnqueueRenewal(ctx, queue, e.taskName(r), r) })
	}
	return group.Wait()
}

// taskName names one attempt at one period. One that is overdue by days, because its task
// was lost, gets a new name each day.
func (e *Enqueuer) taskName(r DueRenewal) string {
	days := int(max(e.Clock.Now().Sub(r.RenewTime), 0) / (24 * time.Hour))
	return "renew " + r.SubscriptionID + " " + strconv.Itoa(r.Period) + " " + strconv.Itoa(r.Attempt) + " " + strconv.Itoa(days)
}

// fanOut enqueues one task for each shard that has something due.
func fanOut(ctx context.Context, tasks Tasks, kind string, horizon time.Time, due func(ctx context.Context, shard int) (bool, error)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	for shard := range Shards {
		group.Go(func() error {
			some, err := due(ctx, shard)
			if err != nil || !some {
				return err
			}
			s := Sweep{Shard: &shard, Horizon: horizon}
			return tasks.EnqueueSweep(ctx, s.name(kind), s)
		})
	}
	return group.Wait()
}
