package clock_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulated "github.com/kwipper/kwipper/emulators/clock"
	"github.com/kwipper/kwipper/shared/clock"
)

// alarm fires every day; firing takes a while and makes a second thing due.
type alarm struct {
	clock  *clock.Travel
	next   time.Time
	fired  []time.Time
	flying atomic.Int32
}

func (a *alarm) NextDue() (time.Time, bool) { return a.next, true }

func (a *alarm) InFlight() int {
	if !a.clock.Now().Before(a.next) {
		a.fired = append(a.fired, a.next)
		a.next = a.next.AddDate(0, 0, 1)
		a.flying.Add(1)
		time.AfterFunc(2*time.Millisecond, func() { a.flying.Add(-1) })
	}
	return int(a.flying.Load())
}

func TestAdvanceStopsAtEachInstantUntilAllIsSettled(t *testing.T) {
	travel := &clock.Travel{}
	start := travel.Now()
	a := &alarm{clock: travel, next: start.AddDate(0, 0, 1)}
	c, err := emulated.New(emulated.Options{Clock: travel, Sources: []emulated.Source{a}, InFlight: map[string]func() int{"alarm": a.InFlight}})
	require.NoError(t, err)

	stops, err := c.Advance(t.Context(), start.AddDate(0, 0, 60))
	require.NoError(t, err)
	assert.Len(t, stops, 60)
	assert.Len(t, a.fired, 60)
	assert.Zero(t, a.flying.Load(), "all has settled")
	assert.False(t, travel.Now().Before(start.AddDate(0, 0, 60)))
}

func TestTheOffsetSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock")
	travel := &clock.Travel{}
	c, err := emulated.New(emulated.Options{Clock: travel, File: file})
	require.NoError(t, err)
	_, err = c.Advance(t.Context(), travel.Now().Add(48*time.Hour))
	require.NoError(t, err)

	again := &clock.Travel{}
	_, err = emulated.New(emulated.Options{Clock: again, File: file})
	require.NoError(t, err)
	assert.Equal(t, travel.Offset(), again.Offset())
}

func TestAdvanceEndsWithItsContext(t *testing.T) {
	c, err := emulated.New(emulated.Options{Clock: &clock.Travel{}, InFlight: map[string]func() int{"stuck": func() int { return 1 }}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.Advance(ctx, time.Now().Add(time.Hour))
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "stuck")
}
