package outbound_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/outbound"
)

func TestBackoffDoublesThenGrowsThenStays(t *testing.T) {
	tests := map[string]struct {
		backoff outbound.Backoff
		seconds []int
	}{
		"the example of Cloud Tasks": {
			outbound.Backoff{Min: 10 * time.Second, Max: 300 * time.Second, Doublings: 3},
			[]int{10, 20, 40, 80, 160, 240, 300, 300},
		},
		"always doubling": {
			outbound.Backoff{Min: time.Second, Max: 20 * time.Second, Doublings: math.MaxInt},
			[]int{1, 2, 4, 8, 16, 20, 20},
		},
		"never doubling": {
			outbound.Backoff{Min: 2 * time.Second, Max: 7 * time.Second},
			[]int{2, 4, 6, 7},
		},
		"no wait": {outbound.Backoff{Max: time.Second, Doublings: 5}, []int{0, 0, 0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for i, want := range test.seconds {
				assert.Equal(t, want, int(test.backoff.After(i+1).Seconds()), "after %d attempts", i+1)
			}
		})
	}
	assert.Equal(t, time.Hour, outbound.Backoff{Min: 1, Max: time.Hour, Doublings: 16}.After(math.MaxInt))
}
