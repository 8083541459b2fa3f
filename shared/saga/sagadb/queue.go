package sagadb

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kwipper/kwipper/shared/saga"
)

// batchTimeout bounds a transaction and its publishing; what is cut off is redelivered.
const batchTimeout = 30 * time.Second

// queues holds, for each saga that a transaction is running for, the events that came in
// the meantime: they share the next one. Replies of steps that run at the same time often
// come at the same time, and so cost one commit rather than one each.
type queues struct {
	mu      sync.Mutex
	waiting map[string][]*pending // an entry, perhaps empty, while one runs
}

// pending is an event that waits to be applied.
type pending struct {
	event saga.Event
	done  chan error // buffered
}

// apply applies the event to the saga, alone or together with others.
func (s *Store) apply(ctx context.Context, id string, e saga.Event) error {
	p := &pending{event: e, done: make(chan error, 1)}
	if s.queues.join(id, p) {
		go s.drain(context.WithoutCancel(ctx), id) // others may depend on it beyond ctx
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("apply an event to saga %s: %w", id, ctx.Err())
	}
}

// drain applies what waits for the saga until nothing does.
func (s *Store) drain(ctx context.Context, id string) {
	for batch := s.queues.take(id); len(batch) > 0; batch = s.queues.take(id) {
		s.applyAll(ctx, id, batch)
	}
}

func (s *Store) applyAll(ctx context.Context, id string, batch []*pending) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	events := make([]saga.Event, len(batch))
	for i, p := range batch {
		events[i] = p.event
	}
	errs := s.transact(ctx, id, events)
	for i, p := range batch {
		p.done <- errs[i]
	}
}

// join adds the event and reports whether the caller is to drain the queue.
func (q *queues) join(id string, p *pending) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting == nil {
		q.waiting = map[string][]*pending{}
	}
	batch, running := q.waiting[id]
	q.waiting[id] = append(batch, p)
	return !running
}

// take returns what waits; when nothing does, the queue is gone.
func (q *queues) take(id string) []*pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := q.waiting[id]
	if len(batch) == 0 {
		delete(q.waiting, id)
		return nil
	}
	q.waiting[id] = nil
	return batch
}
