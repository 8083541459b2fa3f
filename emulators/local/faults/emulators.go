package faults

import (
	"context"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/outbound"
	"github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/emulators/scheduler"
	"github.com/kwipper/kwipper/emulators/storage"
	"github.com/kwipper/kwipper/emulators/tasks"
)

// BeforePush is the interceptor of Pub/Sub. A push has topic, subscription, function,
// messageId, attempt, and its attributes and body.
func (s *Set) BeforePush(_ context.Context, p pubsub.PushAttempt) outbound.Fault {
	return s.Attempt(PubSub, func() Call {
		call := Call{}
		call.addJSON(p.Data)
		call.add(p.Attributes)
		call.add(Call{
			"topic": path.Base(p.Topic), "subscription": path.Base(p.Subscription), "function": path.Base(p.Endpoint),
			"messageId": p.MessageID, "attempt": strconv.Itoa(p.Attempt),
		})
		return call
	})
}

// BeforeDispatch is the interceptor of Cloud Tasks. A task has queue, task, function,
// attempt and its body.
func (s *Set) BeforeDispatch(_ context.Context, a tasks.DispatchAttempt) outbound.Fault {
	return s.Attempt(Tasks, func() Call {
		call := Call{}
		call.addJSON(a.Body)
		call.add(Call{
			"queue": path.Base(a.Queue), "task": path.Base(a.Task), "function": path.Base(a.URL), "attempt": strconv.Itoa(a.Attempt),
		})
		return call
	})
}

// BeforeRun is the interceptor of Cloud Scheduler. A job has job, function, attempt.
func (s *Set) BeforeRun(_ context.Context, a scheduler.RunAttempt) outbound.Fault {
	return s.Attempt(Scheduler, func() Call {
		return Call{"job": path.Base(a.Job), "function": path.Base(a.URL), "attempt": strconv.Itoa(a.Attempt)}
	})
}

// Storage is the fault of a request to Cloud Storage, which has method, path and bucket.
func (s *Set) Storage(r *http.Request) storage.Fault {
	f := s.Attempt(Storage, func() Call {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		return Call{"method": r.Method, "path": r.URL.Path, "bucket": first}
	})
	return storage.Fault{Delay: f.Delay, Status: f.Status, LoseResponse: f.LoseResponse}
}

// spannerCodes are the codes that stand for an HTTP status.
var spannerCodes = map[int]codes.Code{
	409: codes.Aborted, 429: codes.ResourceExhausted, 500: codes.Internal, 503: codes.Unavailable, 504: codes.DeadlineExceeded,
}

// BeforeSpanner is what is asked before a call of Spanner, which has method, as in Commit.
func (s *Set) BeforeSpanner(ctx context.Context, method string) error {
	f := s.Attempt(Spanner, func() Call { return Call{"method": path.Base(method)} })
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		}
	}
	if f.Status != 0 {
		return status.Error(spannerCodes[f.Status], "a fault that was asked for")
	}
	return nil
}
