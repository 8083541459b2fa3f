package store

import (
	"context"
	"sync"
	"time"
)

// clock hands out commit timestamps and tells up to which time the contents
// of the store are settled.
type clock struct {
	now func() time.Time

	mu        sync.Mutex
	published Timestamp // everything up to here is visible and will not change
	assigned  Timestamp // latest given to a commit; above published while a commit is under way
	settled   chan struct{}
}

func (c *clock) start(now func() time.Time, last Timestamp) {
	c.now, c.published, c.assigned = now, last, last
	c.settled = make(chan struct{})
}

// next returns the timestamp of the next commit.
func (c *clock) next() Timestamp {
	now := Timestamp(c.now().UnixMicro())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assigned = max(c.assigned+1, now)
	return c.assigned
}

// publish makes all commits with assigned timestamps visible.
func (c *clock) publish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.published = c.assigned
	close(c.settled)
	c.settled = make(chan struct{})
}

// wake lets all who wait look again.
func (c *clock) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.settled)
	c.settled = make(chan struct{})
}

// latest returns a time at which every acknowledged commit is visible and
// which later commits exceed.
func (c *clock) latest() Timestamp {
	now := Timestamp(c.now().UnixMicro())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.published == c.assigned && now > c.published {
		c.published, c.assigned = now, now
	}
	return c.published
}

// wait returns once the contents of the store at ts cannot change any more, or
// stuck returns an error.
func (c *clock) wait(ctx context.Context, ts Timestamp, stuck func() error) error {
	for {
		now := Timestamp(c.now().UnixMicro())
		c.mu.Lock()
		if c.published == c.assigned && ts <= now {
			c.published = max(c.published, ts)
			c.assigned = c.published
		}
		if ts <= c.published {
			c.mu.Unlock()
			return nil
		}
		settled, underWay := c.settled, c.published != c.assigned
		c.mu.Unlock()
		if err := stuck(); err != nil && underWay {
			return err
		}
		var due <-chan time.Time
		if ts > now {
			timer := time.NewTimer(time.Duration(ts-now) * time.Microsecond)
			defer timer.Stop()
			due = timer.C
		}
		select {
		case <-settled:
		case <-due:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Latest returns a timestamp at which a read sees every commit acknowledged
// so far.
func (s *Store) Latest() Timestamp { return s.clock.latest() }

// Wait returns once a snapshot at ts is settled: at once for the past, later
// for a time to come. It fails with ErrUnavailable where a commit is in doubt.
func (s *Store) Wait(ctx context.Context, ts Timestamp) error {
	return s.clock.wait(ctx, ts, s.Available)
}
