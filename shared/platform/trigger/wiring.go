package trigger

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/kwipper/kwipper/shared/platform/health"
)

// Wiring creates something when it is first asked for, such as the dependencies of a
// function, and keeps it. A failed creation is not kept: who asks after it tries again.
type Wiring[D any] struct {
	create func(context.Context) (D, error)

	mu      sync.Mutex
	current *creation[D]
}

// creation is one attempt, under way or done; those who asked meanwhile share its outcome.
type creation[D any] struct {
	done   chan struct{}
	value  D
	probes *health.Probes // of what was opened
	err    error
}

// NewWiring returns the wiring that create fills.
func NewWiring[D any](create func(context.Context) (D, error)) *Wiring[D] {
	return &Wiring[D]{create: create}
}

// Get returns what was created, creating it if need be, and waits no longer than ctx. The
// creation goes on when the request that began it is given up: others wait for it, and
// clients keep their context.
func (w *Wiring[D]) Get(ctx context.Context) (D, error) {
	c, err := w.get(ctx)
	if err != nil {
		var none D
		return none, err
	}
	return c.value, nil
}

// Probes returns the probes of what was opened, creating it if need be.
func (w *Wiring[D]) Probes(ctx context.Context) (*health.Probes, error) {
	c, err := w.get(ctx)
	if err != nil {
		return nil, err
	}
	return c.probes, nil
}

func (w *Wiring[D]) get(ctx context.Context) (*creation[D], error) {
	w.mu.Lock()
	c := w.current
	if c == nil {
		c = &creation[D]{done: make(chan struct{})}
		w.current = c
		go w.run(context.WithoutCancel(ctx), c)
	}
	w.mu.Unlock()
	select {
	case <-c.done:
		return c, c.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the wiring: %w", ctx.Err())
	}
}

// run creates once. A panic is a failure like another: it must not end the process.
func (w *Wiring[D]) run(ctx context.Context, c *creation[D]) {
	defer func() {
		if reason := recover(); reason != nil {
			c.err = &Crash{Reason: reason, Stack: debug.Stack()}
		}
		if c.err != nil {
			w.mu.Lock()
			w.current = nil
			w.mu.Unlock()
		}
		close(c.done)
	}()
	ctx, c.probes = health.Collect(ctx)
	if c.value, c.err = w.create(ctx); c.err != nil {
		c.err = fmt.Errorf("wire the function: %w", c.err)
	}
}
