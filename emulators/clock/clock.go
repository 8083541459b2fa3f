// Package clock advances business time through a whole local stack, from one due instant
// to the next, and lets all that fell due settle before it goes on: two months ahead means
// each renewal on its own day. The offset is kept, so that a stack that is started again
// goes on at the same business time.
package clock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/kwipper/kwipper/shared/clock"
)

// Source knows of something that happens by itself at an instant of business time.
type Source interface {
	// NextDue returns the earliest instant still to come, and whether there is one.
	NextDue() (time.Time, bool)
}

// Options configure a Coordinator.
type Options struct {
	Clock *clock.Travel
	// Sources are asked for the next instant to stop at.
	Sources []Source
	// InFlight count, by name, what is under way or due and not done yet.
	InFlight map[string]func() int
	// File keeps the offset; empty keeps it in memory.
	File string
}

// Coordinator advances the clock. One advance runs at a time.
type Coordinator struct {
	options Options
	mu      sync.Mutex
}

// New returns a coordinator and sets the clock to the offset that File holds.
func New(options Options) (*Coordinator, error) {
	c := &Coordinator{options: options}
	if options.File == "" {
		return c, nil
	}
	text, err := os.ReadFile(options.File)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the clock's offset: %w", err)
	}
	offset, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("read the clock's offset from %s: %w", options.File, err)
	}
	options.Clock.SetOffset(offset)
	return c, nil
}

// NextDue returns the earliest instant at which something happens by itself.
func (c *Coordinator) NextDue() (earliest time.Time, found bool) {
	for _, s := range c.options.Sources {
		if due, ok := s.NextDue(); ok && (!found || due.Before(earliest)) {
			earliest, found = due, true
		}
	}
	return earliest, found
}

// Stop is an instant at which something fell due.
type Stop struct {
	Time   time.Time     `json:"time"`
	Settle time.Duration `json:"settleNanos"` // how long it took, in machine time
}

// Advance moves business time to until, stopping at each due instant on the way until all
// that fell due has settled. It returns the stops.
func (c *Coordinator) Advance(ctx context.Context, until time.Time) ([]Stop, error) {
	var stops []Stop
	err := c.AdvanceEach(ctx, until, func(s Stop) { stops = append(stops, s) })
	return stops, err
}

// AdvanceEach does as Advance and calls each after every stop.
func (c *Coordinator) AdvanceEach(ctx context.Context, until time.Time, each func(Stop)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.Settle(ctx); err != nil {
		return err
	}
	for {
		next, found := c.NextDue()
		if !found || next.After(until) {
			return c.moveTo(ctx, until)
		}
		begun := time.Now()
		if err := c.moveTo(ctx, next); err != nil {
			return err
		}
		each(Stop{Time: next, Settle: time.Since(begun)})
	}
}

// moveTo moves business time to at, unless it is there, and lets things settle.
func (c *Coordinator) moveTo(ctx context.Context, at time.Time) error {
	if ahead := at.Sub(c.options.Clock.Now()); ahead > 0 {
		if err := c.SetOffset(c.options.Clock.Offset() + ahead); err != nil {
			return err
		}
	}
	return c.Settle(ctx)
}

// SetOffset sets and keeps the offset. Moving it backwards is for restoring a snapshot.
func (c *Coordinator) SetOffset(offset time.Duration) error {
	c.options.Clock.SetOffset(offset)
	if c.options.File == "" {
		return nil
	}
	temporary := c.options.File + ".new"
	if err := os.MkdirAll(filepath.Dir(temporary), 0o755); err != nil {
		return fmt.Errorf("keep the clock's offset: %w", err)
	}
	if err := os.WriteFile(temporary, []byte(offset.String()), 0o600); err != nil {
		return fmt.Errorf("keep the clock's offset: %w", err)
	}
	if err := os.Rename(temporary, c.options.File); err != nil {
		return fmt.Errorf("keep the clock's offset: %w", err)
	}
	return nil
}

// quiet is how often in a row nothing must be in flight: work moves from one emulator to
// another, and each is looked at at another moment.
const quiet = 3

// Settle waits until nothing is in flight.
func (c *Coordinator) Settle(ctx context.Context) error {
	calm := 0
	for wait := 200 * time.Microsecond; calm < quiet; {
		busy := c.InFlight()
		if len(busy) == 0 {
			calm++
			wait = 200 * time.Microsecond
		} else {
			calm = 0
			wait = min(wait*2, 20*time.Millisecond)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for what is in flight (%v): %w", busy, context.Cause(ctx))
		case <-time.After(wait):
		}
	}
	return nil
}

// InFlight returns what is in flight, by name; nothing when all is settled.
func (c *Coordinator) InFlight() map[string]int {
	busy := map[string]int{}
	for name, count := range c.options.InFlight {
		if n := count(); n > 0 {
			busy[name] = n
		}
	}
	return busy
}
