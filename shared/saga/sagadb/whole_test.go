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
// some of it was done.
type network struct {
	mu    sync.Mutex
	rand  *rand.Rand
	queue []any // message.Command or message.Reply
	next  int
}

func (n *network) PublishCommands(_ context.Context, commands []message.Command) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range commands {
		if n.rand.IntN(10) == 0 {
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

// TestWholeUnderFire runs sagas over real stores on both sides of such a network.
func TestWholeUnderFire(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	n := &network{rand: rand.New(rand.NewPCG(seed, 1))}
	p := &participant{client: spannertesting.NewDatabase(t, barrier.Schema, effects), refuse: map[string]string{}}
	registry, err := saga.NewRegistry(purchase(1))
	require.NoError(t, err)
	business := &clock.Travel{}
	store := sagadb.New(spannertesting.NewDatabase(t, sagadb.Schema()...), n, registry, business)
	steps := []string{"Look", "Reserve", "Pay"}
	var ids []string
	for i := range 40 {
		s := newSaga()
		s.ID = fmt.Sprintf("jp-%d", i)
		if i%2 == 1 {
			p.refuse[s.ID] = steps[i/2%3]
		}
		_, _, err := store.Start(ctx, idempotency.Key{}, s)
		require.NoError(t, err)
		ids = append(ids, s.ID)
	}
	offset := time.Duration(0)
	for idle := 0; idle < 3; {
		batch := n.take(8)
		var group sync.WaitGroup
		for _, m := range batch {
			group.Go(func() { deliver(t, n, store, p, m) })
		}
		group.Wait()
		if len(batch) > 0 {
			idle = 0
			continue
		}
		idle++
		offset += 2 * time.Minute
		business.SetOffset(offset)
		_, err := store.ResumeDue(ctx, 1000)
		require.NoError(t, err)
	}
	for _, id := range ids {
		checkWhole(t, store, p, id)
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

func checkWhole(t *testing.T, store *sagadb.Store, p *participant, id string) {
	t.Helper()
	s, err := store.Get(ctx, id)
	require.NoError(t, err)
	require.True(t, s.Finished(), "%+v", s)
	assert.Equal(t, p.refuse[id] == "", s.Phase == saga.Succeeded, id)
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
}
