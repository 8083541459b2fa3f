package scheduler_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	client "cloud.google.com/go/scheduler/apiv1"
	pb "cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/kwipper/kwipper/emulators/outbound"
	"github.com/kwipper/kwipper/emulators/scheduler"
	"github.com/kwipper/kwipper/shared/clock"
)

const (
	location = "projects/test/locations/asia-northeast1"
	patience = 10 * time.Second
)

func jobName(id string) string { return location + "/jobs/" + id }

func startServer(t testing.TB, options scheduler.Options) *scheduler.Server {
	t.Helper()
	server, err := scheduler.Start(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return server
}

func dial(t testing.TB, addr string) *client.CloudSchedulerClient {
	t.Helper()
	connected, err := client.NewCloudSchedulerClient(context.Background(),
		option.WithEndpoint(addr),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	t.Cleanup(func() { _ = connected.Close() })
	return connected
}

func httpJob(id, cron, uri string) *pb.Job {
	return &pb.Job{
		Name:     jobName(id),
		Schedule: cron,
		TimeZone: "Asia/Tokyo",
		Target:   &pb.Job_HttpTarget{HttpTarget: &pb.HttpTarget{Uri: uri, Body: []byte(id)}},
	}
}

func create(t testing.TB, c *client.CloudSchedulerClient, job *pb.Job) *pb.Job {
	t.Helper()
	created, err := c.CreateJob(t.Context(), &pb.CreateJobRequest{Parent: location, Job: job})
	require.NoError(t, err)
	return created
}

// endpoint records the headers of calls and answers as told.
type endpoint struct {
	URL    string
	mu     sync.Mutex
	got    []http.Header
	answer func() int
}

func newEndpoint(t testing.TB, answer func() int) *endpoint {
	t.Helper()
	e := &endpoint{answer: answer}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	e.URL = server.URL
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.got = append(e.got, r.Header)
	e.mu.Unlock()
	if e.answer != nil {
		w.WriteHeader(e.answer())
	}
}

func (e *endpoint) calls() []http.Header {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]http.Header{}, e.got...)
}

// topic records what is published.
type topic struct {
	mu        sync.Mutex
	published []string
	failures  int
}

func (p *topic) Publish(_ context.Context, name string, data []byte, attributes map[string]string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures > 0 {
		p.failures--
		return "", errors.New("unavailable")
	}
	p.published = append(p.published, name+" "+string(data)+" "+attributes["k"])
	return "1", nil
}

func awaitSettled(t testing.TB, server *scheduler.Server) {
	t.Helper()
	require.Eventually(t, func() bool { return server.InFlight() == 0 }, patience, time.Millisecond)
}

// halfPast returns a clock at half past an hour, so that no test crosses a full one.
func halfPast() *clock.Travel {
	travel := &clock.Travel{}
	now := travel.Now()
	travel.SetOffset(now.Truncate(time.Hour).Add(90 * time.Minute).Sub(now))
	return travel
}

func jump(travel *clock.Travel, by time.Duration) { travel.SetOffset(travel.Offset() + by) }

// walk advances as the local stack does: to each due instant in turn, settling there.
func walk(t testing.TB, server *scheduler.Server, travel *clock.Travel, until time.Time) {
	t.Helper()
	for {
		next, some := server.NextDue()
		if !some || next.After(until) {
			jump(travel, until.Sub(travel.Now()))
			return
		}
		jump(travel, next.Sub(travel.Now()))
		awaitSettled(t, server)
	}
}

func TestWalkOfSixtyDaysFiresAtEachInstant(t *testing.T) {
	travel := halfPast()
	server := startServer(t, scheduler.Options{Clock: travel})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	create(t, c, httpJob("daily", "0 3 * * *", target.URL))
	create(t, c, httpJob("monthly", "30 0 1 * *", target.URL))

	walk(t, server, travel, travel.Now().Add(60*24*time.Hour))
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	seen := map[string]bool{}
	daily := 0
	for _, header := range target.calls() {
		at, err := time.Parse(time.RFC3339, header.Get("X-CloudScheduler-ScheduleTime"))
		require.NoError(t, err)
		name := header.Get("X-CloudScheduler-JobName")
		assert.False(t, seen[name+at.String()], "%s twice at %s", name, at)
		seen[name+at.String()] = true
		if name == "daily" {
			daily++
			assert.Equal(t, 3, at.In(tokyo).Hour())
		}
	}
	assert.Equal(t, 60, daily)
	assert.Contains(t, []int{61, 62}, len(target.calls()), "one or two firsts of a month")
}

func TestRawJumpFiresOnceForTheLatest(t *testing.T) {
	travel := halfPast()
	server := startServer(t, scheduler.Options{Clock: travel})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	create(t, c, httpJob("often", "0 * * * *", target.URL))
	jump(travel, 60*24*time.Hour)
	awaitSettled(t, server)
	require.Len(t, target.calls(), 1)
	header := target.calls()[0]
	assert.Equal(t, travel.Now().Truncate(time.Hour).Format(time.RFC3339), header.Get("X-CloudScheduler-ScheduleTime"))
	assert.Equal(t, "true", header.Get("X-CloudScheduler"))
	assert.Equal(t, "Google-Cloud-Scheduler", header.Get("User-Agent"))
	next, some := server.NextDue()
	assert.True(t, some)
	assert.True(t, next.After(travel.Now()))
}

func TestFailureIsRetriedAsConfigured(t *testing.T) {
	tests := map[string]struct {
		retries int32
		calls   int
	}{
		"not by default": {0, 1},
		"three times":    {3, 4},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, scheduler.Options{})
			c := dial(t, server.Addr())
			target := newEndpoint(t, func() int { return http.StatusInternalServerError })
			job := httpJob("job", "0 0 1 1 *", target.URL)
			job.RetryConfig = &pb.RetryConfig{RetryCount: test.retries, MinBackoffDuration: durationpb.New(time.Millisecond)}
			create(t, c, job)
			_, err := c.RunJob(t.Context(), &pb.RunJobRequest{Name: job.Name})
			require.NoError(t, err)
			awaitSettled(t, server)
			assert.Len(t, target.calls(), test.calls)
			assert.Len(t, server.Runs(), test.calls)
			got, err := c.GetJob(t.Context(), &pb.GetJobRequest{Name: job.Name})
			require.NoError(t, err)
			assert.Contains(t, got.Status.Message, "500")
		})
	}
}

func TestPubsubTargetPublishes(t *testing.T) {
	publisher := &topic{failures: 1}
	server := startServer(t, scheduler.Options{Publisher: publisher})
	c := dial(t, server.Addr())
	create(t, c, &pb.Job{
		Name:        jobName("job"),
		Schedule:    "0 0 1 1 *",
		RetryConfig: &pb.RetryConfig{RetryCount: 1, MinBackoffDuration: durationpb.New(time.Millisecond)},
		Target: &pb.Job_PubsubTarget{PubsubTarget: &pb.PubsubTarget{
			TopicName: "projects/test/topics/t", Data: []byte("tick"), Attributes: map[string]string{"k": "v"}}},
	})
	_, err := c.RunJob(t.Context(), &pb.RunJobRequest{Name: jobName("job")})
	require.NoError(t, err)
	awaitSettled(t, server)
	assert.Equal(t, []string{"projects/test/topics/t tick v"}, publisher.published)
}

func TestTokenAndFault(t *testing.T) {
	tokens := func(_ context.Context, account, audience string) (string, error) {
		return account + "|" + audience, nil
	}
	server := startServer(t, scheduler.Options{Tokens: tokens})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	job := httpJob("job", "0 0 1 1 *", target.URL)
	job.GetHttpTarget().AuthorizationHeader = &pb.HttpTarget_OidcToken{
		OidcToken: &pb.OidcToken{ServiceAccountEmail: "sa@x", Audience: "aud"}}
	job.RetryConfig = &pb.RetryConfig{RetryCount: 2, MinBackoffDuration: durationpb.New(time.Millisecond)}
	create(t, c, job)
	server.SetBeforeRun(func(_ context.Context, attempt scheduler.RunAttempt) outbound.Fault {
		if attempt.Attempt == 1 {
			return outbound.Fault{Status: http.StatusBadGateway}
		}
		return outbound.Fault{}
	})
	_, err := c.RunJob(t.Context(), &pb.RunJobRequest{Name: job.Name})
	require.NoError(t, err)
	awaitSettled(t, server)
	require.Len(t, target.calls(), 1)
	assert.Equal(t, "Bearer sa@x|aud", target.calls()[0].Get("Authorization"))
}

func TestPauseResumeUpdateDelete(t *testing.T) {
	travel := halfPast()
	server := startServer(t, scheduler.Options{Clock: travel})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	create(t, c, httpJob("job", "0 * * * *", target.URL))
	_, err := c.CreateJob(t.Context(), &pb.CreateJobRequest{Parent: location, Job: httpJob("job", "0 * * * *", target.URL)})
	assert.Equal(t, codes.AlreadyExists, status.Code(err))

	paused, err := c.PauseJob(t.Context(), &pb.PauseJobRequest{Name: jobName("job")})
	require.NoError(t, err)
	assert.Nil(t, paused.ScheduleTime)
	jump(travel, 24*time.Hour)
	assert.Zero(t, server.InFlight())

	resumed, err := c.ResumeJob(t.Context(), &pb.ResumeJobRequest{Name: jobName("job")})
	require.NoError(t, err)
	assert.True(t, resumed.ScheduleTime.AsTime().After(travel.Now()))
	assert.Empty(t, target.calls(), "what was missed in the pause is gone")

	updated, err := c.UpdateJob(t.Context(), &pb.UpdateJobRequest{
		Job:        &pb.Job{Name: jobName("job"), Schedule: "15 6 * * *"},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"schedule"}}})
	require.NoError(t, err)
	assert.Equal(t, target.URL, updated.GetHttpTarget().Uri)
	assert.Equal(t, 15, updated.ScheduleTime.AsTime().Minute())

	_, err = c.ListJobs(t.Context(), &pb.ListJobsRequest{Parent: location}).Next()
	require.NoError(t, err)
	require.NoError(t, c.DeleteJob(t.Context(), &pb.DeleteJobRequest{Name: jobName("job")}))
	_, err = c.ListJobs(t.Context(), &pb.ListJobsRequest{Parent: location}).Next()
	assert.Equal(t, iterator.Done, err)
	_, some := server.NextDue()
	assert.False(t, some)
}

func TestRestartFiresOnceForWhatWasMissed(t *testing.T) {
	dir, travel := t.TempDir(), halfPast()
	target := newEndpoint(t, nil)
	first, err := scheduler.Start(t.Context(), scheduler.Options{DataDir: dir, Clock: travel})
	require.NoError(t, err)
	create(t, dial(t, first.Addr()), httpJob("job", "0 * * * *", target.URL))
	require.NoError(t, first.Close())

	jump(travel, 5*time.Hour)
	second := startServer(t, scheduler.Options{DataDir: dir, Clock: travel})
	require.Eventually(t, func() bool { return len(target.calls()) == 1 }, patience, time.Millisecond)
	awaitSettled(t, second)

	var snapshot bytes.Buffer
	require.NoError(t, second.Snapshot(&snapshot))
	require.NoError(t, second.Reset())
	_, some := second.NextDue()
	assert.False(t, some)
	require.NoError(t, second.Restore(&snapshot))
	next, some := second.NextDue()
	assert.True(t, some)
	assert.True(t, next.After(travel.Now()))
	assert.Len(t, target.calls(), 1)
}

func TestInvalidJobsAreRefusedNamingTheField(t *testing.T) {
	server := startServer(t, scheduler.Options{})
	c := dial(t, server.Addr())
	tests := map[string]struct {
		edit  func(*pb.Job)
		code  codes.Code
		field string
	}{
		"no target":          {func(j *pb.Job) { j.Target = nil }, codes.InvalidArgument, "target"},
		"bad URI":            {func(j *pb.Job) { j.GetHttpTarget().Uri = "x" }, codes.InvalidArgument, "uri"},
		"impossible date":    {func(j *pb.Job) { j.Schedule = "0 0 31 2 *" }, codes.InvalidArgument, "schedule"},
		"unknown zone":       {func(j *pb.Job) { j.TimeZone = "X/Y" }, codes.InvalidArgument, "time_zone"},
		"too many retries":   {func(j *pb.Job) { j.RetryConfig = &pb.RetryConfig{RetryCount: 6} }, codes.InvalidArgument, "retry_count"},
		"short deadline":     {func(j *pb.Job) { j.AttemptDeadline = durationpb.New(time.Second) }, codes.InvalidArgument, "attempt_deadline"},
		"App Engine's words": {func(j *pb.Job) { j.Schedule = "every 5 minutes" }, codes.Unimplemented, "schedules"},
		"App Engine target": {func(j *pb.Job) {
			j.Target = &pb.Job_AppEngineHttpTarget{AppEngineHttpTarget: &pb.AppEngineHttpTarget{}}
		}, codes.Unimplemented, "App Engine"},
		"empty message": {func(j *pb.Job) {
			j.Target = &pb.Job_PubsubTarget{PubsubTarget: &pb.PubsubTarget{TopicName: "projects/p/topics/t"}}
		}, codes.InvalidArgument, "pubsub_target"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			job := httpJob("job", "0 0 * * *", "http://localhost/x")
			test.edit(job)
			_, err := c.CreateJob(t.Context(), &pb.CreateJobRequest{Parent: location, Job: job})
			assert.Equal(t, test.code, status.Code(err))
			assert.ErrorContains(t, err, test.field)
		})
	}
}
