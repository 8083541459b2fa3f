package stack

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// gate keeps out whatever changes something while the stores are saved or replaced.
type gate struct {
	mu     sync.Mutex
	opens  chan struct{} // nil while the gate is open; closed when it opens again
	inside map[*context.CancelFunc]struct{}
}

// patient makes requests wait while the gate is shut.
func (g *gate) patient(next http.Handler) http.Handler { return g.guard(next, true) }

// impatient refuses requests while the gate is shut: whoever sent them sends them again.
func (g *gate) impatient(next http.Handler) http.Handler { return g.guard(next, false) }

func (g *gate) guard(next http.Handler, wait bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, leave, ok := g.enter(r.Context(), wait)
		if !ok {
			http.Error(w, "the stores are being saved or replaced", http.StatusServiceUnavailable)
			return
		}
		defer leave()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (g *gate) enter(ctx context.Context, wait bool) (inner context.Context, leave func(), ok bool) {
	for {
		g.mu.Lock()
		opens := g.opens
		if opens == nil {
			inner, cancel := context.WithCancel(ctx)
			if g.inside == nil {
				g.inside = map[*context.CancelFunc]struct{}{}
			}
			g.inside[&cancel] = struct{}{}
			g.mu.Unlock()
			return inner, func() { g.leave(&cancel) }, true
		}
		g.mu.Unlock()
		if !wait {
			return nil, nil, false
		}
		select {
		case <-opens:
		case <-ctx.Done():
			return nil, nil, false
		}
	}
}

func (g *gate) leave(cancel *context.CancelFunc) {
	(*cancel)()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.inside, cancel)
}

// shut shuts the gate and waits until nobody is inside; evict cancels those who are. On
// failure the gate is open again. One caller at a time.
func (g *gate) shut(ctx context.Context, evict bool) error {
	g.mu.Lock()
	g.opens = make(chan struct{})
	if evict {
		for cancel := range g.inside {
			(*cancel)()
		}
	}
	g.mu.Unlock()
	for {
		n := g.count()
		if n == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			g.open()
			return fmt.Errorf("waiting for %d requests under way: %w", n, context.Cause(ctx))
		case <-time.After(time.Millisecond):
		}
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.opens)
	g.opens = nil
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.inside)
}
