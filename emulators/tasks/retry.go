package tasks

import (
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
)

// givesUp tells whether a task that failed is not attempted again. A limit of attempts
// and one of age must both be met where both are set.
func givesUp(config *pb.RetryConfig, attempts int, age time.Duration) bool {
	limit := config.MaxRetryDuration.AsDuration()
	attemptsMet := int(config.MaxAttempts) <= attempts
	ageMet := age >= limit
	switch {
	case config.MaxAttempts == -1 && limit == 0:
		return false
	case config.MaxAttempts == -1:
		return ageMet
	case limit == 0:
		return attemptsMet
	}
	return attemptsMet && ageMet
}

// backoff is the wait after the given number of failed attempts: it doubles so many
// times, then grows by the last step, up to the maximum.
func backoff(config *pb.RetryConfig, attempts int) time.Duration {
	delay, longest := config.MinBackoff.AsDuration(), config.MaxBackoff.AsDuration()
	doublings := 0
	for range attempts - 1 {
		if delay >= longest {
			return longest
		}
		if doublings < int(config.MaxDoublings) {
			delay *= 2
			doublings++
			continue
		}
		delay += config.MinBackoff.AsDuration() << doublings
	}
	return min(delay, longest)
}
