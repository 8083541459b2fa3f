package outbound

import "time"

// Backoff is how long to wait between attempts: Min at first, twice as long Doublings
// times, then longer by the last step each time, Max at most.
type Backoff struct {
	Min, Max  time.Duration
	Doublings int
}

// After returns the wait after the given number of failed attempts.
func (b Backoff) After(attempts int) time.Duration {
	delay, step := b.Min, b.Min
	for made := 1; made < attempts && delay > 0; made++ {
		if delay >= b.Max {
			break
		}
		if made > b.Doublings {
			delay += step
			continue
		}
		delay *= 2
		step = delay
	}
	return min(delay, b.Max)
}
