package platform_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/platform"
)

func TestClockFollowsTheLocalStack(t *testing.T) {
	c := platform.Clock()
	assert.WithinDuration(t, time.Now(), c.Now(), time.Minute)
	assert.Equal(t, time.UTC, c.Now().Location())

	later := time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
	platform.UseClock(clock.Fixed(later))
	t.Cleanup(func() { platform.UseClock(clock.Wall{}) })
	assert.Equal(t, later, c.Now(), "a clock that was taken before follows")
}
