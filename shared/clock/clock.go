// Package clock holds business time: periods, dunning, deadlines of sagas, schedules,
// access. Machine time (tokens, signatures, leases, back-off) is time.Now and never
// travels; see ARCHITECTURE, "Two times".
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the business time. Its times are in UTC.
type Clock interface {
	Now() time.Time
}

// Wall is the clock of production: business time is machine time.
type Wall struct{}

// Now returns the machine's time in UTC.
func (Wall) Now() time.Time { return time.Now().UTC() }

// Fixed is a clock that stands still, for tests.
type Fixed time.Time

// Now returns the fixed time in UTC.
func (f Fixed) Now() time.Time { return time.Time(f).UTC() }

// Travel is the wall clock plus an offset that only grows. The zero value is the wall
// clock. It is safe for concurrent use.
type Travel struct {
	mu      sync.Mutex
	offset  time.Duration
	changed chan struct{} // closed and replaced when the offset changes
}

// Now returns the business time in UTC.
func (t *Travel) Now() time.Time { return time.Now().UTC().Add(t.Offset()) }

// Offset returns how far business time is ahead of the machine.
func (t *Travel) Offset() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.offset
}

// SetOffset moves business time and wakes all who wait. Only restoring a snapshot moves
// it backwards.
func (t *Travel) SetOffset(offset time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offset = offset
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// Wait returns when business time has reached until, or with ctx's error.
func (t *Travel) Wait(ctx context.Context, until time.Time) error {
	for {
		changed, left := t.watch(until)
		if left <= 0 {
			return nil
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		timer.Stop()
	}
}

// watch returns a channel that closes at the next change and the time left until then.
func (t *Travel) watch(until time.Time) (<-chan struct{}, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	return t.changed, until.Sub(time.Now().Add(t.offset))
}
