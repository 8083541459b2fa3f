package tasks_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	client "cloud.google.com/go/cloudtasks/apiv2"
	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/tasks"
)

const (
	location = "projects/test/locations/asia-northeast1"
	queue    = location + "/queues/queue"
	patience = 10 * time.Second
)

func startServer(t testing.TB, options tasks.Options) *tasks.Server {
	t.Helper()
	server, err := tasks.Start(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return server
}

func dial(t testing.TB, addr string) *client.Client {
	t.Helper()
	connected, err := client.NewClient(context.Background(),
		option.WithEndpoint(addr),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	t.Cleanup(func() { _ = connected.Close() })
	return connected
}

// createQueue creates the queue, quick to retry unless config says otherwise.
func createQueue(t testing.TB, c *client.Client, config *pb.Queue) {
	t.Helper()
	config.Name = queue
	if config.RetryConfig == nil {
		config.RetryConfig = &pb.RetryConfig{}
	}
	if config.RetryConfig.MinBackoff == nil {
		config.RetryConfig.MinBackoff = durationpb.New(time.Millisecond)
		config.RetryConfig.MaxBackoff = durationpb.New(5 * time.Millisecond)
	}
	_, err := c.CreateQueue(t.Context(), &pb.CreateQueueRequest{Parent: location, Queue: config})
	require.NoError(t, err)
}

func taskName(id string) string { return queue + "/tasks/" + id }

// taskTo is a task with a body for the endpoint; id may be empty.
func taskTo(url, id string) *pb.Task {
	spec := &pb.Task{MessageType: &pb.Task_HttpRequest{HttpRequest: &pb.HttpRequest{Url: url, Body: []byte("body " + id)}}}
	if id != "" {
		spec.Name = taskName(id)
	}
	return spec
}

func at(spec *pb.Task, due time.Time) *pb.Task {
	spec.ScheduleTime = timestamppb.New(due)
	return spec
}

func create(t testing.TB, c *client.Client, spec *pb.Task) *pb.Task {
	t.Helper()
	created, err := tryCreate(c, spec)
	require.NoError(t, err)
	return created
}

func tryCreate(c *client.Client, spec *pb.Task) (*pb.Task, error) {
	return c.CreateTask(context.Background(), &pb.CreateTaskRequest{Parent: queue, Task: spec})
}

type received struct {
	Method string
	Header http.Header
	Body   string
}

// endpoint records requests and answers as told.
type endpoint struct {
	URL    string
	mu     sync.Mutex
	got    []received
	answer func(received) int
}

func newEndpoint(t testing.TB, answer func(received) int) *endpoint {
	t.Helper()
	e := &endpoint{answer: answer}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	e.URL = server.URL
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	request := received{Method: r.Method, Header: r.Header, Body: string(body)}
	e.mu.Lock()
	e.got = append(e.got, request)
	e.mu.Unlock()
	if e.answer != nil {
		w.WriteHeader(e.answer(request))
	}
}

func (e *endpoint) requests() []received {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]received{}, e.got...)
}

func awaitSettled(t testing.TB, server *tasks.Server) {
	t.Helper()
	require.Eventually(t, func() bool { return server.InFlight() == 0 }, patience, time.Millisecond)
}
