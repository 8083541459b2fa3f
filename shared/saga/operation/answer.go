package operation

import (
	"context"
	"time"

	"github.com/kwipper/kwipper/shared/saga"
)

// Await returns the operation of a saga that its owner has just started, held back like
// Get's, and the HTTP status that goes with it.
func Await(ctx context.Context, sagas Getter, s saga.Saga, wait time.Duration) (Operation, int, error) {
	if wait > 0 && !settled(s) {
		o, err := Get(ctx, sagas, Viewer{UserID: s.Owner}, s.ID, wait)
		return o, status(o.Done), err
	}
	return Of(s), Status(s), nil
}
