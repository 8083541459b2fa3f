package clock_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/clock"
)

func TestTravelWakesWaitersWhenTimeMoves(t *testing.T) {
	var c clock.Travel
	until := c.Now().Add(30 * 24 * time.Hour)
	done := make(chan error, 1)
	go func() { done <- c.Wait(t.Context(), until) }()

	c.SetOffset(10 * 24 * time.Hour)
	select {
	case err := <-done:
		require.NoError(t, err)
		t.Fatal("woke before its time")
	default:
	}
	c.SetOffset(31 * 24 * time.Hour)
	require.NoError(t, <-done)
	assert.False(t, c.Now().Before(until))
}

func TestTravelWaitEndsWithItsContext(t *testing.T) {
	var c clock.Travel
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Wait(ctx, c.Now().Add(time.Hour)), context.Canceled)
}

func TestClocksAnswerUTC(t *testing.T) {
	jakarta := time.FixedZone("WIB", 7*3600)
	assert.Equal(t, time.UTC, clock.Fixed(time.Date(2026, 1, 31, 8, 0, 0, 0, jakarta)).Now().Location())
	assert.Equal(t, time.UTC, clock.Wall{}.Now().Location())
	assert.Equal(t, time.UTC, new(clock.Travel).Now().Location())
}
