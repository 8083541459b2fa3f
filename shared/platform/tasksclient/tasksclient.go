// Package tasksclient enqueues tasks of Cloud Tasks that call an event function.
package tasksclient

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

// MaxBodyBytes is the largest body of a task; Cloud Tasks takes 100 KB with all around it.
const MaxBodyBytes = 96 << 10

// enqueueTimeout bounds one enqueueing with its retries.
const enqueueTimeout = 20 * time.Second

// Client enqueues into the queues of Kwipper's project and region.
type Client struct {
	tasks   *cloudtasks.Client
	parent  string // projects/P/locations/R/queues/
	invoker string
}

// Task is one call of an event function.
type Task struct {
	Queue    string
	Name     string // names what is to happen once; hashed, since leading sequences slow a queue
	Function string // whose address config.FunctionURL knows
	Body     any    // encoded as JSON
	// ScheduleTime is the business time before which it is not called, at most 30 days
	// ahead; zero is now.
	ScheduleTime time.Time
}

var (
	mu      sync.Mutex
	clients = map[clientKey]*Client{}
)

type clientKey struct{ parent, invoker, emulator string }

// Open returns the client, one in a process. CLOUD_TASKS_EMULATOR_HOST names an emulator.
// A failed opening is not kept.
func Open(ctx context.Context) (*Client, error) {
	project, err := config.Project()
	if err != nil {
		return nil, err
	}
	region, err := config.Region()
	if err != nil {
		return nil, err
	}
	invoker, err := config.Invoker()
	if err != nil {
		return nil, err
	}
	key := clientKey{"projects/" + project + "/locations/" + region + "/queues/", invoker, os.Getenv("CLOUD_TASKS_EMULATOR_HOST")}
	mu.Lock()
	defer mu.Unlock()
	if c, ok := clients[key]; ok {
		return c, nil
	}
	tasks, err := cloudtasks.NewClient(context.WithoutCancel(ctx), options(key.emulator)...)
	if err != nil {
		return nil, fmt.Errorf("open the tasks client: %w", err)
	}
	c := &Client{tasks: tasks, parent: key.parent, invoker: invoker}
	clients[key] = c
	return c, nil
}

func options(emulator string) []option.ClientOption {
	if emulator == "" {
		return nil
	}
	return []option.ClientOption{
		option.WithEndpoint(emulator), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// Enqueue creates the task, authorised as the invoking service account. A name that the
// queue knows already is success: the task was created before.
func (c *Client) Enqueue(ctx context.Context, task Task) error {
	request, err := c.request(ctx, task)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, enqueueTimeout)
	defer cancel()
	_, err = c.tasks.CreateTask(ctx, request)
	switch status.Code(err) {
	case codes.OK, codes.AlreadyExists:
		return nil
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted, codes.Internal:
		unavailable := fault.New(fault.Unavailable, "UNAVAILABLE", "%w", err)
		unavailable.Message = "a task could not be enqueued"
		return fmt.Errorf("enqueue %s: %w", task.Function, unavailable)
	default:
		return fmt.Errorf("enqueue %s: %w", task.Function, err)
	}
}

func (c *Client) request(ctx context.Context, task Task) (*cloudtaskspb.CreateTaskRequest, error) {
	address, err := config.FunctionURL(task.Function)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(task.Body)
	if err != nil {
		return nil, fmt.Errorf("encode the task of %s: %w", task.Function, err)
	}
	if len(body) > MaxBodyBytes {
		return nil, fmt.Errorf("the task of %s has %d bytes, more than %d", task.Function, len(body), MaxBodyBytes)
	}
	queue := c.parent + task.Queue
	created := &cloudtaskspb.Task{MessageType: &cloudtaskspb.Task_HttpRequest{HttpRequest: &cloudtaskspb.HttpRequest{
		Url: address, HttpMethod: cloudtaskspb.HttpMethod_POST, Body: body, Headers: headers(ctx, task),
		AuthorizationHeader: &cloudtaskspb.HttpRequest_OidcToken{OidcToken: &cloudtaskspb.OidcToken{
			ServiceAccountEmail: c.invoker, Audience: address,
		}},
	}}}
	if task.Name != "" {
		sum := sha256.Sum256([]byte(task.Name))
		created.Name = queue + "/tasks/" + hex.EncodeToString(sum[:])
	}
	if !task.ScheduleTime.IsZero() {
		created.ScheduleTime = timestamppb.New(task.ScheduleTime)
	}
	return &cloudtaskspb.CreateTaskRequest{Parent: queue, Task: created}, nil
}

// headers are those of the call: its type, and the trace that enqueued it. A task for later
// begins a trace of its own.
func headers(ctx context.Context, task Task) map[string]string {
	header := http.Header{"Content-Type": {"application/json"}}
	if task.ScheduleTime.IsZero() {
		telemetry.Inject(ctx, header)
	} else {
		telemetry.InjectLink(ctx, header)
	}
	all := map[string]string{}
	for name := range header {
		all[name] = header.Get(name)
	}
	return all
}

// Close closes the connection.
func (c *Client) Close() error { return c.tasks.Close() }
