package trigger

import (
	"context"
	"fmt"
)

// Wiring creates the dependencies of a function when they are first asked for and keeps
// them. A failed creation is not kept: the next request tries again.
type Wiring[D any] struct {
	create func(context.Context) (D, error)
	turn   chan struct{} // holds one token: whose turn it is to look or create
	value  D
	done   bool
}

// NewWiring returns the wiring that create fills.
func NewWiring[D any](create func(context.Context) (D, error)) *Wiring[D] {
	return &Wiring[D]{create: create, turn: make(chan struct{}, 1)}
}

// Get returns the dependencies, creating them if need be. Others wait for a creation that
// is under way, as long as their ctx allows.
func (w *Wiring[D]) Get(ctx context.Context) (D, error) {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		var none D
		return none, fmt.Errorf("wait for the wiring: %w", ctx.Err())
	}
	if w.done {
		return w.value, nil
	}
	// Clients keep their context: it must outlive the request that happened to be first.
	value, err := w.create(context.WithoutCancel(ctx))
	if err != nil {
		return value, fmt.Errorf("wire the function: %w", err)
	}
	w.value, w.done = value, true
	return value, nil
}
