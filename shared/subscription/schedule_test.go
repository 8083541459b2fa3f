package subscription_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/hashring"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/subscription"
)

var ctx = context.Background()

// table is a store of what is due, and of one subscription.
type table struct {
	renewals []subscription.DueRenewal // all in shard 3
	ends     []subscription.DueEnd     // likewise
	one      subscription.Subscription
}

func (s *table) DueRenewals(_ context.Context, shard int, horizon time.Time, after subscription.DueRenewal, limit int) ([]subscription.DueRenewal, error) {
	return part(shard, s.renewals, limit, func(d subscription.DueRenewal) bool {
		return !d.RenewTime.After(horizon) && d.SubscriptionID > after.SubscriptionID
	}), nil
}

func (s *table) DueEnds(_ context.Context, shard int, now time.Time, after subscription.DueEnd, limit int) ([]subscription.DueEnd, error) {
	return part(shard, s.ends, limit, func(d subscription.DueEnd) bool {
		return !d.EndTime.After(now) && d.SubscriptionID > after.SubscriptionID
	}), nil
}

func part[T any](shard int, all []T, limit int, due func(T) bool) []T {
	var found []T
	for _, d := range all {
		if shard == 3 && len(found) < limit && due(d) {
			found = append(found, d)
		}
	}
	return found
}

func (s *table) Get(_ context.Context, id string) (subscription.Subscription, error) {
	if id != s.one.ID {
		return subscription.Subscription{}, fault.New(fault.NotFound, "SUBSCRIPTION_NOT_FOUND", "none")
	}
	return s.one, nil
}

func (s *table) Amend(_ context.Context, _ string, change func(*subscription.Subscription)) error {
	change(&s.one)
	return nil
}

// queues keeps the tasks of each queue by name, and sweeps in order.
type queues struct {
	mu       sync.Mutex
	renewals map[string]map[string]subscription.DueRenewal
	sweeps   []subscription.Sweep
	names    map[string]bool
	fail     error
}

func newQueues() *queues {
	return &queues{renewals: map[string]map[string]subscription.DueRenewal{}, names: map[string]bool{}}
}

func (q *queues) EnqueueSweep(_ context.Context, name string, s subscription.Sweep) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail == nil && !q.names[name] {
		q.names[name] = true
		q.sweeps = append(q.sweeps, s)
	}
	return q.fail
}

func (q *queues) EnqueueRenewal(_ context.Context, queue, name string, r subscription.DueRenewal) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.renewals[queue] == nil {
		q.renewals[queue] = map[string]subscription.DueRenewal{}
	}
	q.renewals[queue][name] = r
	return q.fail
}

// run has every sweep that is enqueued served, and those that it enqueues.
func (q *queues) run(t *testing.T, serve func(context.Context, subscription.Sweep) error) (served int) {
	t.Helper()
	require.NoError(t, serve(ctx, subscription.Sweep{}))
	for ; len(q.sweeps) > 0; served++ {
		next := q.sweeps[0]
		q.sweeps = q.sweeps[1:]
		require.NoError(t, serve(ctx, next))
	}
	return served
}

func ring(t *testing.T, n int) *hashring.Ring {
	t.Helper()
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("renewals-%d", i))
	}
	r, err := hashring.New(0, names...)
	require.NoError(t, err)
	return r
}

func dueRenewals(n int) []subscription.DueRenewal {
	var due []subscription.DueRenewal
	for i := range n {
		due = append(due, subscription.DueRenewal{SubscriptionID: fmt.Sprintf("jp-%06d", i), Period: 1, Attempt: 1, RenewTime: start})
	}
	return due
}

func TestEnqueuerPagesAndSpreadsOverTheQueues(t *testing.T) {
	q := newQueues()
	e := &subscription.Enqueuer{Store: &table{renewals: dueRenewals(1234)}, Tasks: q, Ring: ring(t, 4), Clock: clock.Fixed(start)}
	assert.Equal(t, 3, q.run(t, e.Enqueue), "three pages of the one shard that has something due")
	total := 0
	for _, tasks := range q.renewals {
		total += len(tasks)
		assert.LessOrEqual(t, len(tasks), 157+157+74, "1.25 of the mean of each page")
	}
	assert.Equal(t, 1234, total)

	again := newQueues()
	again.renewals = q.renewals
	e.Tasks = again
	again.run(t, e.Enqueue)
	total = 0
	for _, tasks := range q.renewals {
		total += len(tasks)
	}
	assert.Equal(t, 1234, total, "the same periods have the same names")
}

func TestEnqueuerNamesOverdueRenewalsAnewEachDay(t *testing.T) {
	q, now := newQueues(), start.Add(-time.Hour)
	names := func() int {
		e := &subscription.Enqueuer{Store: &table{renewals: dueRenewals(1)}, Tasks: q, Ring: ring(t, 1), Clock: clock.Fixed(now)}
		require.NoError(t, e.Enqueue(ctx, sweepOf(3, now.Add(subscription.Ahead))))
		return len(q.renewals["renewals-0"])
	}
	assert.Equal(t, 1, names())
	now = start.Add(23 * time.Hour)
	assert.Equal(t, 1, names())
	now = start.Add(25 * time.Hour)
	assert.Equal(t, 2, names())
	now = start.Add(49 * time.Hour)
	assert.Equal(t, 3, names())
}

func sweepOf(shard int, horizon time.Time) subscription.Sweep {
	return subscription.Sweep{Shard: &shard, Horizon: horizon}
}

func TestASweepThatCannotEnqueueIsTriedAgain(t *testing.T) {
	q := newQueues()
	q.fail = errors.New("down")
	e := &subscription.Enqueuer{Store: &table{renewals: dueRenewals(2)}, Tasks: q, Ring: ring(t, 2), Clock: clock.Fixed(start)}
	assert.Error(t, e.Enqueue(ctx, subscription.Sweep{}))
	assert.Error(t, e.Enqueue(ctx, sweepOf(3, start)))
}

// sagas starts each id once.
type sagas struct {
	mu    sync.Mutex
	begun map[string]saga.Saga
	news  []saga.New
}

func newSagas() *sagas { return &sagas{begun: map[string]saga.Saga{}} }

func (s *sagas) Start(_ context.Context, _ idempotency.Key, n saga.New) (saga.Saga, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if there, ok := s.begun[n.ID]; ok {
		return there, true, nil
	}
	s.begun[n.ID] = saga.Saga{ID: n.ID, Phase: saga.Forward}
	s.news = append(s.news, n)
	return s.begun[n.ID], false, nil
}

func TestRenewerStartsOneSagaAPeriodAndAttempt(t *testing.T) {
	s, begun := active(t), newSagas()
	now := s.RenewTime
	store := &table{one: s}
	r := &subscription.Renewer{Store: store, Sagas: begun, Clock: clock.Fixed(now)}
	due := subscription.DueRenewal{SubscriptionID: s.ID, Period: 1, Attempt: 1, RenewTime: now}
	for range 3 {
		require.NoError(t, r.Renew(ctx, due))
	}
	require.Len(t, begun.news, 1)
	n := begun.news[0]
	assert.Equal(t, message.RenewalSagaID(s.ID, 1, 1), n.ID)
	assert.Equal(t, enrollment.RenewInput{SubscriptionID: s.ID, Period: 1, Attempt: 1}, n.Input)
	assert.Equal(t, "users/jp-user/subscriptions/jp-sub", n.Subscription)

	for name, wrong := range map[string]subscription.DueRenewal{
		"paid": {SubscriptionID: s.ID, Period: 0, Attempt: 1}, "early": {SubscriptionID: s.ID, Period: 2, Attempt: 1},
		"other attempt": {SubscriptionID: s.ID, Period: 1, Attempt: 2}, "unknown": {SubscriptionID: "jp-none", Period: 1, Attempt: 1},
	} {
		assert.NoError(t, r.Renew(ctx, wrong), name)
	}
	_, err := store.one.Cancel(subscription.PeriodEnd, now)
	require.NoError(t, err)
	require.NoError(t, r.Renew(ctx, due), "cancelled")
	assert.Len(t, begun.news, 1)
}

func TestRenewerWaitsForWhoHoldsTheSubscriptionAndForItsTime(t *testing.T) {
	s, begun := active(t), newSagas()
	store := &table{one: s}
	due := subscription.DueRenewal{SubscriptionID: s.ID, Period: 1, Attempt: 1}
	early := &subscription.Renewer{Store: store, Sagas: begun, Clock: clock.Fixed(s.RenewTime.Add(-time.Millisecond))}
	err := early.Renew(ctx, due)
	assert.True(t, fault.Is(err, fault.Unavailable), "a task is not lost to a clock that is behind: %v", err)

	r := &subscription.Renewer{Store: store, Sagas: begun, Clock: clock.Fixed(s.RenewTime)}
	require.NoError(t, store.one.BeginRefund("refund", message.SubscriptionRef{InvoiceID: s.InvoiceID}, start))
	assert.True(t, fault.Is(r.Renew(ctx, due), fault.Conflict))
	store.one.AbandonRefund("refund", start)

	_, err = store.one.BeginRenewal(message.RenewalSagaID(s.ID, 1, 1), renewal(s), start)
	require.NoError(t, err)
	assert.NoError(t, r.Renew(ctx, due), "its own saga is under way")
	assert.Empty(t, begun.news)
}

// TestAnAttemptThatNeverCameHereIsMovedOnFrom: its saga was turned back by its deadline
// before BeginRenewal, so that FailRenewal had no effect.
func TestAnAttemptThatNeverCameHereIsMovedOnFrom(t *testing.T) {
	s, begun := active(t), newSagas()
	store := &table{one: s}
	r := &subscription.Renewer{Store: store, Sagas: begun, Clock: clock.Fixed(s.RenewTime.Add(25 * time.Hour))}
	lost := message.RenewalSagaID(s.ID, 1, 1)
	begun.begun[lost] = saga.Saga{ID: lost, Phase: saga.Back}
	due := subscription.DueRenewal{SubscriptionID: s.ID, Period: 1, Attempt: 1}
	require.NoError(t, r.Renew(ctx, due))
	assert.Zero(t, store.one.RenewAttempts, "it is not over yet")
	begun.begun[lost] = saga.Saga{ID: lost, Phase: saga.Failed}
	require.NoError(t, r.Renew(ctx, due))
	require.NoError(t, r.Renew(ctx, due))
	assert.Equal(t, 1, store.one.RenewAttempts)
	assert.Equal(t, subscription.Active, store.one.State)
	due.Attempt = 2
	require.NoError(t, r.Renew(ctx, due))
	assert.Equal(t, message.RenewalSagaID(s.ID, 1, 2), begun.news[0].ID)
	_, err := store.one.BeginRenewal("saga", renewal(store.one), s.RenewTime)
	assert.NoError(t, err)
}

func TestEnderStartsOneSagaAnEnd(t *testing.T) {
	store, q, begun := &table{}, newQueues(), newSagas()
	for i := range 1100 {
		store.ends = append(store.ends, subscription.DueEnd{SubscriptionID: fmt.Sprintf("jp-%06d", i), UserID: "jp-u", CourseID: "jp-c", Country: "jp", EndTime: start})
	}
	store.ends = append(store.ends, subscription.DueEnd{SubscriptionID: "jp-z", EndTime: start.Add(time.Minute)})
	e := &subscription.Ender{Store: store, Tasks: q, Sagas: begun, Clock: clock.Fixed(start)}
	assert.Equal(t, 3, q.run(t, e.End))
	assert.Len(t, begun.news, 1100)
	e.Tasks = newQueues()
	e.Tasks.(*queues).run(t, e.End)
	assert.Len(t, begun.news, 1100, "a second sweep starts none again")
	assert.Equal(t, enrollment.End, begun.news[0].Definition)
}
