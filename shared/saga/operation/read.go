package operation

import (
	"context"
	"net/http"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/saga"
)

// MaxWait is the longest that Get holds its answer back.
const MaxWait = 10 * time.Second

// The first and the longest pause between two looks at a saga that somebody waits for.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// Viewer is who wants to see operations.
type Viewer struct {
	UserID        string
	Administrator bool // sees everybody's
}

// Getter reads a saga, or fails with a NotFound fault.
type Getter interface {
	Get(ctx context.Context, id string) (saga.Saga, error)
}

// Get returns the operation of that id to its owner. Whoever may not see it is not told
// whether it exists. The answer is held back for up to wait, until the operation is done or
// waits for its owner.
func Get(ctx context.Context, sagas Getter, viewer Viewer, id string, wait time.Duration) (Operation, error) {
	s, err := get(ctx, sagas, viewer, id)
	if err == nil {
		s, err = hold(ctx, sagas, s, wait)
	}
	if err != nil {
		return Operation{}, err
	}
	return Of(s), nil
}

// Await returns the operation of a saga that its owner has just started, held back like
// Get's, and the HTTP status that goes with it.
func Await(ctx context.Context, sagas Getter, begun saga.Saga, wait time.Duration) (Operation, int, error) {
	s, err := hold(ctx, sagas, begun, wait)
	if err != nil {
		return Operation{}, 0, err
	}
	if s.Finished() {
		return Of(s), http.StatusOK, nil
	}
	return Of(s), http.StatusAccepted, nil
}

// hold returns the saga as it stands once it is done or waits for its owner, or after wait.
func hold(ctx context.Context, sagas Getter, s saga.Saga, wait time.Duration) (saga.Saga, error) {
	deadline := time.Now().Add(min(wait, MaxWait))
	for pause := firstPause; !settled(s); pause = min(pause*3/2, lastPause) {
		left := time.Until(deadline)
		if left <= 0 || !sleep(ctx, min(pause, left)) {
			break
		}
		now, err := sagas.Get(ctx, s.ID)
		if err != nil {
			return saga.Saga{}, err
		}
		s = now
	}
	return s, nil
}

func get(ctx context.Context, sagas Getter, viewer Viewer, id string) (saga.Saga, error) {
	s, err := sagas.Get(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound) && viewer.Administrator:
		return saga.Saga{}, fault.New(fault.NotFound, "NOT_FOUND", "there is no operation %s", id)
	case fault.Is(err, fault.NotFound):
		return saga.Saga{}, forbidden()
	case err != nil:
		return saga.Saga{}, err
	case !viewer.Administrator && (viewer.UserID == "" || s.Owner != viewer.UserID):
		return saga.Saga{}, forbidden()
	default:
		return s, nil
	}
}

func forbidden() error {
	return fault.New(fault.PermissionDenied, "PERMISSION_DENIED", "the operation is not the caller's, or does not exist")
}

// settled reports whether waiting longer is of no use: only the owner can go on.
func settled(s saga.Saga) bool {
	_, waits := s.AwaitsPerson()
	return s.Finished() || waits
}

// sleep pauses for d and reports whether it was not cut short.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
