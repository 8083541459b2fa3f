package trigger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

func TestEveryKindHasAMeaning(t *testing.T) {
	for kind := fault.Unknown; kind <= fault.Internal; kind++ {
		meaning := trigger.MeaningOf(fault.New(kind, "", "x"))
		assert.GreaterOrEqual(t, meaning.HTTPStatus, 400, kind)
		assert.NotEqual(t, codes.OK, meaning.Code, kind)
		final := fault.Final(fault.New(kind, "", "x"))
		assert.Equal(t, final, meaning.Disposal == trigger.DeadLetter, "%s: dead letters are the final faults", kind)
	}
}

func TestClassify(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		kind   fault.Kind
		status int
	}{
		"fault":        {fmt.Errorf("x: %w", fault.New(fault.NotFound, "R", "m")), fault.NotFound, http.StatusNotFound},
		"aborted":      {fmt.Errorf("x: %w", status.Error(codes.Aborted, "a")), fault.Unavailable, http.StatusServiceUnavailable},
		"deadline":     {fmt.Errorf("x: %w", context.DeadlineExceeded), fault.Unavailable, http.StatusServiceUnavailable},
		"denied to us": {status.Error(codes.PermissionDenied, "IAM"), fault.Unknown, http.StatusInternalServerError},
		"other":        {errors.New("x"), fault.Unknown, http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			f := trigger.Classify(test.err)
			assert.Equal(t, test.kind, f.Kind)
			assert.Equal(t, test.status, trigger.MeaningOf(f).HTTPStatus)
		})
	}
}

func TestOperationErrorHasTheNumberOfGRPC(t *testing.T) {
	f := fault.New(fault.FailedPrecondition, "CARD_DECLINED", "declined")
	assert.Equal(t, 9, trigger.OperationError(f).Code)
	assert.Equal(t, http.StatusBadRequest, trigger.HTTPError(f).Code)
}

func TestErrorSaysWhenToRetry(t *testing.T) {
	encoded, err := json.Marshal(trigger.HTTPError(fault.New(fault.Exhausted, "RATE_LIMITED", "slow down").After(89500 * time.Millisecond)))
	require.NoError(t, err)
	assert.Contains(t, string(encoded), `"retryDelay":"90s"`)
}

func TestErrorsGiveReasonsOfTheDocumentAlone(t *testing.T) {
	for kind, want := range map[fault.Kind]string{
		fault.InvalidArgument: "INVALID_ARGUMENT", fault.NotFound: "NOT_FOUND", fault.Exhausted: "RATE_LIMITED",
		fault.Unavailable: "UNAVAILABLE", fault.Internal: "INTERNAL", fault.FailedPrecondition: "INTERNAL",
	} {
		f := fault.New(kind, "OF_OUR_OWN", "the secret cause")
		for _, status := range []trigger.ErrorStatus{trigger.HTTPError(f), trigger.OperationError(f)} {
			encoded, err := json.Marshal(status)
			require.NoError(t, err)
			assert.Contains(t, string(encoded), `"reason":"`+want+`"`)
			assert.Equal(t, kind == fault.Internal, !strings.Contains(string(encoded), "secret"), "the cause of %s", kind)
		}
	}
}

func TestWiringHappensOnceAndFailuresAreNotKept(t *testing.T) {
	var calls atomic.Int32
	wiring := trigger.NewWiring(func(context.Context) (int, error) {
		if calls.Add(1) == 1 {
			return 0, errors.New("not yet")
		}
		return 7, nil
	})
	_, err := wiring.Get(t.Context())
	require.ErrorContains(t, err, "not yet")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			value, err := wiring.Get(context.Background())
			assert.NoError(t, err)
			assert.Equal(t, 7, value)
		})
	}
	all.Wait()
	assert.EqualValues(t, 2, calls.Load())
}

func TestWiringOutlivesTheFirstRequestAndWaitersGiveUp(t *testing.T) {
	begun, proceed := make(chan struct{}), make(chan struct{})
	wiring := trigger.NewWiring(func(ctx context.Context) (context.Context, error) {
		close(begun)
		<-proceed
		return ctx, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := wiring.Get(ctx)
		first <- err
	}()
	<-begun
	cancel()
	assert.ErrorIs(t, <-first, context.Canceled)
	close(proceed)
	kept, err := wiring.Get(t.Context())
	require.NoError(t, err)
	assert.NoError(t, kept.Err())
}

func TestPanicInWiringIsAFailure(t *testing.T) {
	calls := 0
	wiring := trigger.NewWiring(func(context.Context) (int, error) {
		if calls++; calls == 1 {
			panic("boom")
		}
		return 7, nil
	})
	_, err := wiring.Get(t.Context())
	assert.ErrorContains(t, err, "boom")
	value, err := wiring.Get(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 7, value)
}

func TestDrainWaitsForRequestsInFlight(t *testing.T) {
	exited := make(chan int, 1)
	drain := trigger.NewDrain(func(code int) { exited <- code })
	drain.Listen()
	done := drain.Begin()
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
	select {
	case <-exited:
		t.Fatal("it left a request in flight")
	default:
	}
	done()
	assert.Equal(t, 0, <-exited)
}
