package tasks_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/kwipper/kwipper/emulators/outbound"
	"github.com/kwipper/kwipper/emulators/tasks"
	"github.com/kwipper/kwipper/shared/clock"
)

func TestTaskIsDispatchedWithItsHeaders(t *testing.T) {
	tokens := func(_ context.Context, account, audience string) (string, error) {
		return account + "|" + audience, nil
	}
	server := startServer(t, tasks.Options{Tokens: tokens})
	c := dial(t, server.Addr())
	var count atomic.Int32
	target := newEndpoint(t, func(received) int {
		if count.Add(1) == 1 {
			return http.StatusServiceUnavailable
		}
		return http.StatusNoContent
	})
	createQueue(t, c, &pb.Queue{})
	spec := taskTo(target.URL, "one")
	spec.GetHttpRequest().Headers = map[string]string{
		"Content-Type": "application/json", "X-CloudTasks-TaskName": "forged", "User-Agent": "forged"}
	spec.GetHttpRequest().AuthorizationHeader = &pb.HttpRequest_OidcToken{
		OidcToken: &pb.OidcToken{ServiceAccountEmail: "sa@x"}}
	created := create(t, c, spec)
	assert.Empty(t, created.GetHttpRequest().Body, "the basic view has no body")
	awaitSettled(t, server)

	requests := target.requests()
	require.Len(t, requests, 2)
	first, second := requests[0], requests[1]
	assert.Equal(t, http.MethodPost, first.Method)
	assert.Equal(t, "body one", first.Body)
	assert.Equal(t, "application/json", first.Header.Get("Content-Type"))
	assert.Equal(t, "Google-Cloud-Tasks", first.Header.Get("User-Agent"))
	assert.Equal(t, "Bearer sa@x|"+target.URL, first.Header.Get("Authorization"))
	assert.Equal(t, "queue", first.Header.Get("X-CloudTasks-QueueName"))
	assert.Equal(t, "one", first.Header.Get("X-CloudTasks-TaskName"))
	assert.Equal(t, "0", first.Header.Get("X-CloudTasks-TaskRetryCount"))
	assert.Equal(t, "0", first.Header.Get("X-CloudTasks-TaskExecutionCount"))
	assert.Regexp(t, `^\d+\.\d{6}$`, first.Header.Get("X-CloudTasks-TaskETA"))
	assert.Empty(t, first.Header.Get("X-CloudTasks-TaskPreviousResponse"))
	assert.Equal(t, "1", second.Header.Get("X-CloudTasks-TaskRetryCount"))
	assert.Equal(t, "1", second.Header.Get("X-CloudTasks-TaskExecutionCount"))
	assert.Equal(t, "503", second.Header.Get("X-CloudTasks-TaskPreviousResponse"))
}

func TestNameIsRefusedWhileLiveAndAfter(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createQueue(t, c, &pb.Queue{})

	create(t, c, at(taskTo(target.URL, "later"), time.Now().Add(time.Hour)))
	_, err := tryCreate(c, taskTo(target.URL, "later"))
	assert.Equal(t, codes.AlreadyExists, status.Code(err), "live")

	require.NoError(t, c.DeleteTask(t.Context(), &pb.DeleteTaskRequest{Name: taskName("later")}))
	_, err = tryCreate(c, taskTo(target.URL, "later"))
	assert.Equal(t, codes.AlreadyExists, status.Code(err), "deleted")

	create(t, c, taskTo(target.URL, "now"))
	awaitSettled(t, server)
	_, err = tryCreate(c, taskTo(target.URL, "now"))
	assert.Equal(t, codes.AlreadyExists, status.Code(err), "done")
}

func TestNameIsFreeAgainAfterItsRetention(t *testing.T) {
	server := startServer(t, tasks.Options{NameRetention: time.Millisecond})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createQueue(t, c, &pb.Queue{})
	create(t, c, taskTo(target.URL, "again"))
	awaitSettled(t, server)
	require.Eventually(t, func() bool {
		_, err := tryCreate(c, taskTo(target.URL, "again"))
		return err == nil
	}, patience, time.Millisecond)
}

func TestSameNameAtOnceIsCreatedOnce(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createQueue(t, c, &pb.Queue{})
	results := make(chan error, 20)
	for range cap(results) {
		go func() {
			_, err := tryCreate(c, taskTo(target.URL, "same"))
			results <- err
		}()
	}
	created := 0
	for range cap(results) {
		if err := <-results; err == nil {
			created++
		} else {
			assert.Equal(t, codes.AlreadyExists, status.Code(err))
		}
	}
	awaitSettled(t, server)
	assert.Equal(t, 1, created)
	assert.Len(t, target.requests(), 1)
}

func TestScheduleTimeIsBusinessTime(t *testing.T) {
	travel := &clock.Travel{}
	server := startServer(t, tasks.Options{Clock: travel})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createQueue(t, c, &pb.Queue{})
	_, some := server.NextDue()
	assert.False(t, some)

	due := travel.Now().Add(29 * 24 * time.Hour)
	create(t, c, at(taskTo(target.URL, "far"), due.Add(time.Hour)))
	create(t, c, at(taskTo(target.URL, "near"), due))
	next, some := server.NextDue()
	assert.True(t, some)
	assert.WithinDuration(t, due, next, 0)
	assert.Zero(t, server.InFlight())

	travel.SetOffset(29*24*time.Hour + time.Minute)
	awaitSettled(t, server)
	require.Len(t, target.requests(), 1)
	assert.Equal(t, "body near", target.requests()[0].Body)

	_, err := tryCreate(c, at(taskTo(target.URL, "x"), travel.Now().Add(31*24*time.Hour)))
	assert.Equal(t, codes.InvalidArgument, status.Code(err))
	assert.ErrorContains(t, err, "schedule_time")
}

func TestDueTasksAreInFlightFromTheMomentOfTheJump(t *testing.T) {
	travel := &clock.Travel{}
	server := startServer(t, tasks.Options{Clock: travel})
	c := dial(t, server.Addr())
	hold := make(chan struct{})
	target := newEndpoint(t, func(received) int { <-hold; return http.StatusOK })
	createQueue(t, c, &pb.Queue{})
	for range 50 {
		create(t, c, at(taskTo(target.URL, ""), travel.Now().Add(time.Hour)))
	}
	travel.SetOffset(2 * time.Hour)
	for range 100 {
		require.Equal(t, 50, server.InFlight())
	}
	close(hold)
	awaitSettled(t, server)
	assert.Len(t, target.requests(), 50)
}

func TestGivesUpAfterTheLimits(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, func(received) int { return http.StatusInternalServerError })
	createQueue(t, c, &pb.Queue{RetryConfig: &pb.RetryConfig{MaxAttempts: 4}})
	create(t, c, taskTo(target.URL, "doomed"))
	awaitSettled(t, server)
	assert.Len(t, target.requests(), 4)
	_, err := c.GetTask(t.Context(), &pb.GetTaskRequest{Name: taskName("doomed")})
	assert.Equal(t, codes.NotFound, status.Code(err))
}

func TestPauseRunResumePurge(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createQueue(t, c, &pb.Queue{})
	paused, err := c.PauseQueue(t.Context(), &pb.PauseQueueRequest{Name: queue})
	require.NoError(t, err)
	assert.Equal(t, pb.Queue_PAUSED, paused.State)
	for _, id := range []string{"a", "b", "c"} {
		create(t, c, taskTo(target.URL, id))
	}
	assert.Zero(t, server.InFlight(), "a paused queue holds nobody up")

	_, err = c.RunTask(t.Context(), &pb.RunTaskRequest{Name: taskName("b")})
	require.NoError(t, err)
	awaitSettled(t, server)
	require.Len(t, target.requests(), 1)
	assert.Equal(t, "body b", target.requests()[0].Body)
	_, err = c.RunTask(t.Context(), &pb.RunTaskRequest{Name: taskName("b")})
	assert.Equal(t, codes.NotFound, status.Code(err))

	var listed []string
	for it := c.ListTasks(t.Context(), &pb.ListTasksRequest{Parent: queue, PageSize: 1}); ; {
		spec, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		require.NoError(t, err)
		listed = append(listed, spec.Name)
	}
	assert.Equal(t, []string{taskName("a"), taskName("c")}, listed)

	require.NoError(t, c.DeleteTask(t.Context(), &pb.DeleteTaskRequest{Name: taskName("a")}))
	_, err = c.ResumeQueue(t.Context(), &pb.ResumeQueueRequest{Name: queue})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(target.requests()) == 2 }, patience, time.Millisecond)
	awaitSettled(t, server)

	create(t, c, at(taskTo(target.URL, "d"), time.Now().Add(time.Hour)))
	_, err = c.PurgeQueue(t.Context(), &pb.PurgeQueueRequest{Name: queue})
	require.NoError(t, err)
	_, some := server.NextDue()
	assert.False(t, some)
}

func TestRunTaskDispatchesOnce(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	hold := make(chan struct{})
	target := newEndpoint(t, func(received) int { <-hold; return http.StatusOK })
	createQueue(t, c, &pb.Queue{})
	create(t, c, at(taskTo(target.URL, "a"), time.Now().Add(time.Hour)))
	for range 5 {
		_, err := c.RunTask(t.Context(), &pb.RunTaskRequest{Name: taskName("a")})
		require.NoError(t, err)
	}
	close(hold)
	awaitSettled(t, server)
	assert.Len(t, target.requests(), 1)
}

func TestLimitsOfAQueueHold(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	var running, most atomic.Int32
	target := newEndpoint(t, func(received) int {
		now := running.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		time.Sleep(2 * time.Millisecond) // long enough that more could run
		running.Add(-1)
		return http.StatusOK
	})
	createQueue(t, c, &pb.Queue{RateLimits: &pb.RateLimits{MaxConcurrentDispatches: 3, MaxDispatchesPerSecond: 20}})
	started := time.Now()
	for range 30 {
		create(t, c, taskTo(target.URL, ""))
	}
	awaitSettled(t, server)
	assert.LessOrEqual(t, most.Load(), int32(3))
	assert.GreaterOrEqual(t, time.Since(started), 450*time.Millisecond, "20 at once, then 20 a second")
}

func TestFaultsHappen(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createQueue(t, c, &pb.Queue{})
	server.SetBeforeDispatch(func(_ context.Context, attempt tasks.DispatchAttempt) outbound.Fault {
		return outbound.Fault{LoseResponse: attempt.Attempt == 1}
	})
	create(t, c, taskTo(target.URL, "a"))
	awaitSettled(t, server)
	assert.Len(t, target.requests(), 2)
	attempts := server.Attempts()
	require.Len(t, attempts, 2)
	assert.True(t, attempts[0].Succeeded)
	assert.Contains(t, attempts[1].Error, "lost")
}

func TestSnapshotRestoreReset(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createQueue(t, c, &pb.Queue{})
	create(t, c, at(taskTo(target.URL, "a"), time.Now().Add(time.Hour)))
	var snapshot bytes.Buffer
	require.NoError(t, server.Snapshot(&snapshot))

	require.NoError(t, server.Reset())
	_, err := c.GetQueue(t.Context(), &pb.GetQueueRequest{Name: queue})
	assert.Equal(t, codes.NotFound, status.Code(err))

	require.NoError(t, server.Restore(&snapshot))
	_, err = c.RunTask(t.Context(), &pb.RunTaskRequest{Name: taskName("a")})
	require.NoError(t, err)
	awaitSettled(t, server)
	assert.Len(t, target.requests(), 1)
	_, err = tryCreate(c, taskTo(target.URL, "a"))
	assert.Equal(t, codes.AlreadyExists, status.Code(err))
}

func TestInvalidTasksAreRefusedNamingTheField(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	createQueue(t, c, &pb.Queue{})
	tests := map[string]struct {
		edit  func(*pb.Task)
		field string
	}{
		"no target":        {func(s *pb.Task) { s.MessageType = nil }, "http_request"},
		"relative URL":     {func(s *pb.Task) { s.GetHttpRequest().Url = "/x" }, "url"},
		"other scheme":     {func(s *pb.Task) { s.GetHttpRequest().Url = "ftp://x/y" }, "url"},
		"long URL":         {func(s *pb.Task) { s.GetHttpRequest().Url += "/" + strings.Repeat("a", 2100) }, "url"},
		"big body":         {func(s *pb.Task) { s.GetHttpRequest().Body = make([]byte, 100<<10+1) }, "body"},
		"body with GET":    {func(s *pb.Task) { s.GetHttpRequest().HttpMethod = pb.HttpMethod_GET }, "body"},
		"big headers":      {func(s *pb.Task) { s.GetHttpRequest().Headers = map[string]string{"a": strings.Repeat("a", 90<<10)} }, "headers"},
		"short deadline":   {func(s *pb.Task) { s.DispatchDeadline = durationpb.New(time.Second) }, "dispatch_deadline"},
		"name elsewhere":   {func(s *pb.Task) { s.Name = location + "/queues/other/tasks/a" }, "name"},
		"name not allowed": {func(s *pb.Task) { s.Name = queue + "/tasks/a b" }, "name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			spec := taskTo("http://localhost/x", "a")
			test.edit(spec)
			_, err := tryCreate(c, spec)
			assert.Equal(t, codes.InvalidArgument, status.Code(err))
			assert.ErrorContains(t, err, test.field)
		})
	}
}

func TestQueuesAreUpdatedAndDeleted(t *testing.T) {
	server := startServer(t, tasks.Options{})
	c := dial(t, server.Addr())
	createQueue(t, c, &pb.Queue{})
	_, err := c.CreateQueue(t.Context(), &pb.CreateQueueRequest{Parent: location, Queue: &pb.Queue{Name: queue}})
	assert.Equal(t, codes.AlreadyExists, status.Code(err))

	updated, err := c.UpdateQueue(t.Context(), &pb.UpdateQueueRequest{
		Queue: &pb.Queue{Name: queue, RateLimits: &pb.RateLimits{MaxDispatchesPerSecond: 7}}})
	require.NoError(t, err)
	assert.Equal(t, 7.0, updated.RateLimits.MaxDispatchesPerSecond)
	_, err = c.UpdateQueue(t.Context(), &pb.UpdateQueueRequest{
		Queue: &pb.Queue{Name: queue, RateLimits: &pb.RateLimits{MaxDispatchesPerSecond: 501}}})
	assert.Equal(t, codes.InvalidArgument, status.Code(err))

	require.NoError(t, c.DeleteQueue(t.Context(), &pb.DeleteQueueRequest{Name: queue}))
	_, err = tryCreate(c, taskTo("http://localhost", ""))
	assert.Equal(t, codes.NotFound, status.Code(err))
}
