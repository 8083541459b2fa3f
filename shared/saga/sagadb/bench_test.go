package sagadb

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// echo answers every command at once, each on a goroutine of its own, as participants do
// that run at the same time.
type echo struct {
	store   *Store
	replies *sync.WaitGroup
}

func (e *echo) PublishCommands(_ context.Context, commands []message.Command) error {
	for _, c := range commands {
		e.replies.Go(func() {
			reply, err := c.Reply(struct{}{})
			if err != nil {
				panic(err)
			}
			reply.MessageID = c.Step
			_ = e.store.Reply(context.Background(), reply) // the benchmark finds out below
		})
	}
	return nil
}

// BenchmarkSaga runs sagas of eight steps, shaped as subscribing is, 16 at a time, with
// participants that cost nothing: what the orchestrator alone bears, and its commits.
func BenchmarkSaga(b *testing.B) {
	body := func(saga.Data) (any, error) { return json.RawMessage(`{}`), nil }
	step := func(name string, after ...string) saga.Step {
		return saga.Step{Name: name, Service: name, Command: name, Compensation: "Undo" + name, After: after, Body: body}
	}
	registry, err := saga.NewRegistry(saga.Definition{Name: "subscribe", Version: 1, Patience: time.Hour, Steps: []saga.Step{
		step("A"), step("B"), step("C"), step("D", "A", "B", "C"), step("E", "D"), step("F", "E"), step("G", "E"), step("H", "E"),
	}})
	if err != nil {
		b.Fatal(err)
	}
	var commits atomic.Int64
	broker := &echo{replies: &sync.WaitGroup{}}
	store := New(counting(b, &commits), broker, registry, clock.Wall{})
	broker.store = store
	var unfinished atomic.Int64
	limit := make(chan struct{}, 16)
	b.ResetTimer()
	for range b.N {
		limit <- struct{}{}
		broker.replies.Go(func() {
			defer func() { <-limit }()
			id := "jp-" + uuid.NewString()
			_, _, err := store.Start(context.Background(), idempotency.Key{}, saga.New{ID: id, Definition: "subscribe", Owner: "jp-2", Country: "jp"})
			if err != nil {
				unfinished.Add(1)
				return
			}
			for range 10_000 {
				if s, err := store.Get(context.Background(), id); err != nil || s.Finished() {
					return
				}
				time.Sleep(time.Millisecond)
			}
			unfinished.Add(1)
		})
	}
	broker.replies.Wait()
	b.StopTimer()
	if n := unfinished.Load(); n > 0 {
		b.Fatalf("%d sagas have not ended", n)
	}
	b.ReportMetric(float64(commits.Load())/float64(b.N), "commits/saga")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sagas/s")
}
