package tasksclient_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/tasksclient"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

// server keeps the tasks that are created and knows their names.
type server struct {
	cloudtaskspb.UnimplementedCloudTasksServer
	mu      sync.Mutex
	created []*cloudtaskspb.Task
	failure error
}

func (s *server) CreateTask(_ context.Context, request *cloudtaskspb.CreateTaskRequest) (*cloudtaskspb.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		return nil, s.failure
	}
	for _, task := range s.created {
		if task.GetName() != "" && task.GetName() == request.GetTask().GetName() {
			return nil, status.Error(codes.AlreadyExists, "the task exists")
		}
	}
	s.created = append(s.created, request.GetTask())
	return request.GetTask(), nil
}

func newServer(t *testing.T) (*server, *tasksclient.Client) {
	t.Helper()
	s := &server{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := grpc.NewServer()
	cloudtaskspb.RegisterCloudTasksServer(g, s)
	go func() { _ = g.Serve(listener) }() // ends with Stop
	t.Cleanup(g.Stop)
	t.Setenv("CLOUD_TASKS_EMULATOR_HOST", listener.Addr().String())
	t.Setenv("KWIPPER_PROJECT", "p")
	t.Setenv("KWIPPER_REGION", "r")
	t.Setenv("SERVICE_ACCOUNT_INVOKER", "invoker@p.example")
	t.Setenv("FUNCTION_URL_TEMPLATE", "https://functions.test/{name}")
	client, err := tasksclient.Open(t.Context())
	require.NoError(t, err)
	return s, client
}

func TestTaskCallsItsFunction(t *testing.T) {
	s, client := newServer(t)
	ctx, _ := telemetry.Serve(t.Context(), "Test", telemetry.Origin{}, trace.SpanKindServer)
	due := time.Date(2027, 1, 31, 3, 0, 0, 0, time.UTC)
	task := tasksclient.Task{
		Queue: "renewals-3", Name: "jp-1/5", Function: "RenewBilling", Body: map[string]int{"period": 5}, ScheduleTime: due,
	}
	require.NoError(t, client.Enqueue(ctx, task))
	require.NoError(t, client.Enqueue(ctx, task), "the same task again is success")
	require.Len(t, s.created, 1)
	created, call := s.created[0], s.created[0].GetHttpRequest()
	assert.Regexp(t, `^projects/p/locations/r/queues/renewals-3/tasks/[0-9a-f]{64}$`, created.GetName())
	assert.Equal(t, due, created.GetScheduleTime().AsTime())
	assert.Equal(t, "https://functions.test/RenewBilling", call.GetUrl())
	assert.JSONEq(t, `{"period":5}`, string(call.GetBody()))
	assert.Equal(t, "application/json", call.GetHeaders()["Content-Type"])
	assert.Empty(t, call.GetHeaders()["Traceparent"], "a task for later has a trace of its own")
	assert.Equal(t, telemetry.Parent(ctx), call.GetHeaders()["Kwipper-Tracelink"])
	assert.Equal(t, "invoker@p.example", call.GetOidcToken().GetServiceAccountEmail())
	assert.Equal(t, "https://functions.test/RenewBilling", call.GetOidcToken().GetAudience())

	require.NoError(t, client.Enqueue(ctx, tasksclient.Task{Queue: "q", Function: "Pay", Body: struct{}{}}))
	assert.Empty(t, s.created[1].GetName())
	assert.Nil(t, s.created[1].GetScheduleTime())
	assert.Equal(t, telemetry.Parent(ctx), s.created[1].GetHttpRequest().GetHeaders()["Traceparent"])
}

func TestEnqueueRefusesWhatCloudTasksWould(t *testing.T) {
	_, client := newServer(t)
	err := client.Enqueue(t.Context(), tasksclient.Task{Queue: "q", Function: "Pay", Body: strings.Repeat("x", 200_000)})
	assert.ErrorContains(t, err, "bytes")
	t.Setenv("FUNCTION_URL_TEMPLATE", "")
	err = client.Enqueue(t.Context(), tasksclient.Task{Queue: "q", Function: "Pay"})
	assert.ErrorContains(t, err, "FUNCTION_URL_PAY")
}

func TestFailures(t *testing.T) {
	s, client := newServer(t)
	s.failure = status.Error(codes.ResourceExhausted, "too many")
	err := client.Enqueue(t.Context(), tasksclient.Task{Queue: "q", Function: "Pay"})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	s.failure = status.Error(codes.NotFound, "no queue")
	err = client.Enqueue(t.Context(), tasksclient.Task{Queue: "q", Function: "Pay"})
	require.Error(t, err)
	assert.Equal(t, fault.Unknown, fault.KindOf(err))
}
