package sagadb_test

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
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
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

var ctx = context.Background()

// broker keeps what is published, or fails.
type broker struct {
	mu   sync.Mutex
	sent []message.Command
	fail error
}

func (b *broker) PublishCommands(_ context.Context, commands []message.Command) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	b.sent = append(b.sent, commands...)
	return nil
}

func (b *broker) take() []message.Command {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.sent
	b.sent = nil
	return taken
}

func (b *broker) steps() []string {
	steps := []string{}
	for _, c := range b.take() {
		steps = append(steps, c.Name)
	}
	return steps
}

func body(saga.Data) (any, error) { return map[string]int{"n": 1}, nil }

func purchase(version int) saga.Definition {
	return saga.Definition{Name: "purchase", Version: version, Patience: 15 * time.Minute, Steps: []saga.Step{
		{Name: "Look", Service: "course", Command: "Look", ReadOnly: true, Body: body},
		{Name: "Reserve", Service: "subscription", Command: "Reserve", Compensation: "Release", Body: body},
		{Name: "Pay", Service: "billing", Command: "Pay", Compensation: "Return", After: []string{"Look", "Reserve"}, Pivot: true, Body: body},
	}}
}

// fixture is a store over a database of its own.
type fixture struct {
	t      *testing.T
	client *spanner.Client
	broker *broker
	clock  *clock.Travel
	store  *sagadb.Store
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, client: spannertesting.NewDatabase(t, sagadb.Schema()...), broker: &broker{}, clock: &clock.Travel{}}
	f.store = f.newStore(1)
	return f
}

// newStore makes a store as another instance would, of a deployment that knows version.
func (f *fixture) newStore(version int) *sagadb.Store {
	registry, err := saga.NewRegistry(purchase(version))
	require.NoError(f.t, err)
	return sagadb.New(f.client, f.broker, registry, f.clock)
}

func key(name, body string) idempotency.Key {
	return idempotency.NewKey("uid", "Subscribe", "jp", name, "/v1/x", []byte(body))
}

func newSaga() saga.New {
	return saga.New{Definition: "purchase", Owner: "jp-user", Country: "jp", Language: "ja", Input: "x"}
}

func (f *fixture) start(name string) saga.Saga {
	f.t.Helper()
	s, replayed, err := f.store.Start(ctx, key(name, "{}"), newSaga())
	require.NoError(f.t, err)
	require.False(f.t, replayed)
	return s
}

func done(id, step string) message.Reply {
	return message.Reply{Version: 1, Saga: id, Step: step, Outcome: message.Done, MessageID: step, Body: json.RawMessage(`{}`)}
}

func (f *fixture) reply(r message.Reply) {
	f.t.Helper()
	require.NoError(f.t, f.store.Reply(ctx, r))
}

func (f *fixture) get(id string) saga.Saga {
	f.t.Helper()
	s, err := f.store.Get(ctx, id)
	require.NoError(f.t, err)
	return s
}

func TestSagaRunsFromStartToEnd(t *testing.T) {
	f := newFixture(t)
	s := f.start("k")
	assert.Equal(t, key("k", "{}").NewID("jp"), s.ID)
	assert.Equal(t, []string{"Look", "Reserve"}, f.broker.steps())
	f.reply(done(s.ID, "Reserve"))
	assert.Empty(t, f.broker.steps())
	f.reply(done(s.ID, "Look"))
	assert.Equal(t, []string{"Pay"}, f.broker.steps())
	f.reply(done(s.ID, "Look"))
	assert.Equal(t, []string{"Pay"}, f.broker.steps(), "redelivered")
	f.reply(done(s.ID, "Pay"))
	got := f.get(s.ID)
	assert.Equal(t, saga.Succeeded, got.Phase)
	assert.Equal(t, "jp-user", got.Owner)
}

func TestStartRepeatedGetsTheSagaAsItStandsNow(t *testing.T) {
	f := newFixture(t)
	s := f.start("k")
	f.broker.take()
	again, replayed, err := f.store.Start(ctx, key("k", "{}"), newSaga())
	require.NoError(t, err)
	assert.True(t, replayed)
	assert.Equal(t, s.ID, again.ID)
	assert.Empty(t, f.broker.steps(), "sent at the same time")
	f.clock.SetOffset(6 * time.Second)
	_, _, err = f.store.Start(ctx, key("k", "{}"), newSaga())
	require.NoError(t, err)
	assert.Equal(t, []string{"Look", "Reserve"}, f.broker.steps(), "still unanswered")
	f.reply(done(s.ID, "Look"))
	f.reply(done(s.ID, "Reserve"))
	f.reply(done(s.ID, "Pay"))
	f.broker.take()
	again, replayed, err = f.store.Start(ctx, key("k", "{}"), newSaga())
	require.NoError(t, err)
	assert.True(t, replayed)
	assert.Equal(t, saga.Succeeded, again.Phase)
	assert.Empty(t, f.broker.steps())

	_, _, err = f.store.Start(ctx, key("k", `{"other":1}`), newSaga())
	assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", fault.ReasonOf(err))
}

func TestStartWithAKeyWhoseTimeIsOverGetsTheSaga(t *testing.T) {
	f := newFixture(t)
	s := f.start("k")
	_, err := f.client.Apply(ctx, []*spanner.Mutation{spanner.Delete("IdempotencyKeys", spanner.AllKeys())})
	require.NoError(t, err)
	again, replayed, err := f.store.Start(ctx, key("k", "{}"), newSaga())
	require.NoError(t, err)
	assert.True(t, replayed)
	assert.Equal(t, s.ID, again.ID)
}

func TestStartOfManyAtOnceMakesOneSaga(t *testing.T) {
	f := newFixture(t)
	for name, k := range map[string]idempotency.Key{"by key": key("k", "{}"), "by id": {}} {
		t.Run(name, func(t *testing.T) {
			n := newSaga()
			if k.Hash == "" {
				n.ID = "jp-derived"
			}
			var group sync.WaitGroup
			var mu sync.Mutex
			ids, first := map[string]int{}, 0
			for range 50 {
				group.Go(func() {
					s, replayed, err := f.store.Start(ctx, k, n)
					assert.NoError(t, err)
					mu.Lock()
					defer mu.Unlock()
					ids[s.ID]++
					if !replayed {
						first++
					}
				})
			}
			group.Wait()
			assert.Len(t, ids, 1)
			assert.Equal(t, 1, first)
			assert.ElementsMatch(t, []string{"Look", "Reserve"}, f.broker.steps(), "one set of first commands")
		})
	}
}

func TestStartSurvivesABrokerThatIsDown(t *testing.T) {
	f := newFixture(t)
	f.broker.fail = errors.New("down")
	s := f.start("k")
	f.broker.fail = nil
	n, err := f.store.ResumeDue(ctx, 10)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Equal(t, []string{"Look", "Reserve"}, f.broker.steps())
	n, err = f.store.ResumeDue(ctx, 10)
	require.NoError(t, err)
	assert.Zero(t, n, "back-off")
	f.reply(done(s.ID, "Look"))
}

func TestReplyIsNotAcknowledgedUntilItsCommandsArePublished(t *testing.T) {
	f := newFixture(t)
	s := f.start("k")
	f.reply(done(s.ID, "Look"))
	f.broker.take()
	f.broker.fail = errors.New("down")
	err := f.store.Reply(ctx, done(s.ID, "Reserve"))
	require.Error(t, err)
	assert.False(t, fault.Final(err))
	f.broker.fail = nil
	f.reply(done(s.ID, "Reserve"))
	assert.Equal(t, []string{"Pay"}, f.broker.steps())
}

func TestRepliesThatCannotBeAppliedAreFinal(t *testing.T) {
	f := newFixture(t)
	s := f.start("k")
	assert.True(t, fault.Final(f.store.Reply(ctx, done("jp-unknown", "Look"))))
	assert.True(t, fault.Final(f.store.Reply(ctx, done(s.ID, "Dance"))))
	assert.True(t, fault.Is(f.store.Resume(ctx, "jp-unknown"), fault.NotFound))
	_, err := f.store.Get(ctx, "jp-unknown")
	assert.True(t, fault.Is(err, fault.NotFound))
}

func TestRepliesAtOnceAreAllApplied(t *testing.T) {
	f := newFixture(t)
	for i := range 10 {
		s, _, err := f.store.Start(ctx, key(strconv.Itoa(i), "{}"), newSaga())
		require.NoError(t, err)
		f.broker.take()
		other := f.newStore(1) // another instance
		var group sync.WaitGroup
		for _, step := range []string{"Look", "Reserve", "Dance"} {
			for _, store := range []*sagadb.Store{f.store, other} {
				group.Go(func() {
					err := store.Reply(ctx, done(s.ID, step))
					assert.Equal(t, step == "Dance", err != nil, "%s: %v", step, err)
				})
			}
		}
		group.Wait()
		assert.Equal(t, saga.Sent, f.get(s.ID).Steps["Pay"].Action.Status)
		assert.Contains(t, f.broker.steps(), "Pay")
	}
}

func TestOlderInstanceLeavesANewerSagaToOthers(t *testing.T) {
	f := newFixture(t)
	newer := f.newStore(2)
	s, _, err := newer.Start(ctx, key("k", "{}"), newSaga())
	require.NoError(t, err)
	err = f.store.Reply(ctx, done(s.ID, "Look"))
	require.Error(t, err)
	assert.False(t, fault.Final(err))
	require.NoError(t, newer.Reply(ctx, done(s.ID, "Look")))
}
