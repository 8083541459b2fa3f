package sagadb_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/barrier"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

// network carries messages between the store and one participant of all steps, eight at a
// time, some of them twice, in any order; publishing fails now and then, perhaps after
// some of it was done. A reply is redelivered until it is applied and what follows from it
// is published; a command that a start or a reminder failed to publish is lost.
type network struct {
	mu          sync.Mutex
	rand        *rand.Rand
	lossPercent int
	queue       []any // message.Command or message.Reply
	next        int
}

func (n *network) PublishCommands(_ context.Context, commands []message.Command) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range commands {
		if n.rand.IntN(100) < n.lossPercent {
			return errors.New("the broker is away")
		}
		n.put(c)
	}
	return nil
}

// put queues a message, sometimes twice, anywhere in the queue.
func (n *network) put(m any) {
	if r, ok := m.(message.Reply); ok && r.MessageID == "" {
		n.next++
		r.MessageID = fmt.Sprint(n.next)
		m = r
	}
	for range 1 + n.rand.IntN(2) {
		n.queue = append(n.queue, m)
		i, last := n.rand.IntN(len(n.queue)), len(n.queue)-1
		n.queue[i], n.queue[last] = n.queue[last], n.queue[i]
	}
}

func (n *network) take(most int) []any {
	n.mu.Lock()
	defer n.mu.Unlock()
	taken := n.queue[:min(most, len(n.queue))]
	n.queue = append([]any(nil), n.queue[len(taken):]...)
	return taken
}

func (n *network) again(m any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queue = append(n.queue, m)
}

// participant counts what its steps do, by saga and step, behind barriers.
type participant struct {
	client *spanner.Client
	refuse map[string]string // the step that a saga's participant refuses
}

const effects = `CREATE TABLE Effects (SagaId STRING(64) NOT NULL, Step STRING(16) NOT NULL,
  Done INT64 NOT NULL, Undone INT64 NOT NULL) PRIMARY KEY (SagaId, Step)`

func (p *participant) handle(c message.Command) (message.Reply, error) {
	return barrier.Run(ctx, p.client, c, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		if !c.Compensation && p.refuse[c.Saga] == c.Step {
			return nil, fault.New(fault.FailedPrecondition, "NOT_TODAY", "no")
		}
		done, undone, err := p.count(ctx, txn, c.Saga, c.Step)
		if err != nil {
			return nil, err
		}
		if c.Compensation {
			undone++
		} else {
			done++
		}
		return nil, txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdate("Effects",
			[]string{"SagaId", "Step", "Done", "Undone"}, []any{c.Saga, c.Step, done, undone})})
	})
}

type rowReader interface {
	ReadRow(ctx context.Context, table string, key spanner.Key, columns []string) (*spanner.Row, error)
}

func (p *participant) count(ctx context.Context, from rowReader, id, step string) (done, undone int64, err error) {
	row, err := from.ReadRow(ctx, "Effects", spanner.Key{id, step}, []string{"Done", "Undone"})
	if errors.Is(err, spanner.ErrRowNotFound) {
		return 0, 0, nil
	}
	if err == nil {
		err = row.Columns(&done, &undone)
	}
	return done, undone, err
}

// heal ends the losses.
func (n *network) heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lossPercent = 0
}

// whole is sagas over real stores on both sides of a network.
type whole struct {
	t           *testing.T
	network     *network
	participant *participant
	business    *clock.Travel
	store       *sagadb.Store
	ids         []string
}

// newWhole starts sagas; the participant refuses a step of every other one.
func newWhole(t *testing.T, lossPercent int) *whole {
	// The seed decides what the dice show; which message throws them is up to the scheduler.
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	registry, err := saga.NewRegistry(purchase(1))
	require.NoError(t, err)
	w := &whole{
		t: t, network: &network{rand: rand.New(rand.NewPCG(seed, 1)), lossPercent: lossPercent}, business: &clock.Travel{},
		participant: &participant{client: spannertesting.NewDatabase(t, barrier.Schema, effects), refuse: map[string]string{}},
	}
	w.store = sagadb.New(spannertesting.NewDatabase(t, sagadb.Schema()...), w.network, registry, w.business)
	steps := []string{"Look", "Reserve", "Pay"}
	for i := range 40 {
		s := newSaga()
		s.ID = fmt.Sprintf("jp-%d", i)
		if i%2 == 1 {
			w.participant.refuse[s.ID] = steps[i/2%3]
		}
		_, _, err := w.store.Start(ctx, idempotency.Key{}, s)
		require.NoError(t, err)
		w.ids = append(w.ids, s.ID)
	}
	return w
}

// drain delivers until no message is on its way.
func (w *whole) drain() {
	for batch := w.network.take(8); len(batch) > 0; batch = w.network.take(8) {
		var group sync.WaitGroup
		for _, m := range batch {
			group.Go(func() { deliver(w.t, w.network, w.store, w.participant, m) })
		}
		group.Wait()
	}
}

// resume lets business time pass, has what is due looked after, and returns how many were.
func (w *whole) resume(later time.Duration) int {
	w.t.Helper()
	w.business.SetOffset(w.business.Offset() + max(0, later))
	resumed, err := w.store.ResumeDue(ctx, 1000)
	require.NoError(w.t, err)
	return resumed
}

// unfinished returns how many sagas have not ended, and when the last of them is due. A
// saga with neither an end nor a time at which it is looked after would be lost.
func (w *whole) unfinished() (number int, last time.Time) {
	w.t.Helper()
	for _, id := range w.ids {
		s, err := w.store.Get(ctx, id)
		require.NoError(w.t, err)
		if s.Finished() {
			continue
		}
		require.False(w.t, s.DueTime.IsZero(), "lost: %+v", s)
		number++
		if s.DueTime.After(last) {
			last = s.DueTime
		}
	}
	return number, last
}

// TestWholeUnderFire loses messages until the deadline of every saga has passed. Once no
// more are lost, each saga must end, at the latest when its next reminder is due.
func TestWholeUnderFire(t *testing.T) {
	for name, lossPercent := range map[string]int{"some lost": 10, "most lost": 60} {
		t.Run(name, func(t *testing.T) {
			w := newWhole(t, lossPercent)
			for w.drain(); w.business.Offset() <= purchase(1).Patience; w.drain() {
				w.resume(2 * time.Minute)
			}
			w.network.heal()
			if number, last := w.unfinished(); number > 0 {
				wait := last.Sub(w.business.Now())
				require.LessOrEqual(t, wait, time.Hour, "a reminder is due at least every hour")
				require.Equal(t, number, w.resume(wait), "all have been looked after")
				w.drain()
			}
			ended := map[saga.Phase]int{}
			for _, id := range w.ids {
				ended[w.check(id)]++
			}
			assert.Zero(t, w.resume(24*time.Hour), "what has ended is never due")
			t.Logf("ended %v", ended)
		})
	}
}

// deliver handles one message as a function would: a failure leaves it to redelivery.
func deliver(t *testing.T, n *network, store *sagadb.Store, p *participant, m any) {
	switch m := m.(type) {
	case message.Reply:
		if err := store.Reply(ctx, m); err != nil {
			assert.False(t, fault.Final(err), "%v", err)
			n.again(m)
		}
	case message.Command:
		reply, err := p.handle(m)
		if err != nil {
			n.again(m)
			return
		}
		reply.Body = json.RawMessage(`{}`)
		n.mu.Lock()
		defer n.mu.Unlock()
		n.put(reply)
	}
}

// check checks that the saga has ended rightly, and returns how.
func (w *whole) check(id string) saga.Phase {
	t, p := w.t, w.participant
	t.Helper()
	s, err := w.store.Get(ctx, id)
	require.NoError(t, err)
	require.True(t, s.Finished(), "%+v", s)
	if s.Failure != nil && s.Failure.Reason == saga.ReasonExpired {
		assert.GreaterOrEqual(t, s.EndTime.Sub(s.StartTime), purchase(1).Patience, "%+v", s)
	} else {
		assert.Equal(t, p.refuse[id] == "", s.Phase == saga.Succeeded, "%+v", s)
	}
	for _, step := range []string{"Reserve", "Pay"} {
		done, undone, err := p.count(ctx, p.client.Single(), id, step)
		require.NoError(t, err)
		if s.Phase == saga.Succeeded {
			assert.Equal(t, []int64{1, 0}, []int64{done, undone}, "%s of %s", step, id)
			continue
		}
		assert.Equal(t, done, undone, "%s of %s", step, id)
		assert.LessOrEqual(t, done, int64(1))
	}
	return s.Phase
}
