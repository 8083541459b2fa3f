package tasks

import (
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"

	"github.com/kwipper/kwipper/emulators/outbound"
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

func backoff(config *pb.RetryConfig) outbound.Backoff {
	return outbound.Backoff{
		Min:       config.MinBackoff.AsDuration(),
		Max:       config.MaxBackoff.AsDuration(),
		Doublings: int(config.MaxDoublings),
	}
}
