package subscriptiontasks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/emulators/tasks"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/hashring"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/tasksclient"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiontasks"
)

const (
	location = "projects/test/locations/asia-northeast1"
	patience = 60 * time.Second
)

// world is the subscription service's tasks over the emulators: two databases, Cloud
// Tasks and a clock that travels.
type world struct {
	t      *testing.T
	clock  *clock.Travel
	store  subscriptiondb.Store
	sagas  *sagadb.Store
	sagaDB *spanner.Client
	tasks  *tasks.Server
	ring   *hashring.Ring

	mu      sync.Mutex
	renewed map[string][]string // queues that called RenewBilling, by subscription
	sweeps  int
}

type silent struct{}

func (silent) PublishCommands(context.Context, []message.Command) error { return nil }

func newWorld(t *testing.T, queues int) *world {
	w := &world{t: t, clock: &clock.Travel{}, renewed: map[string][]string{}}
	w.store = subscriptiondb.Store{Client: spannertesting.NewDatabase(t, subscriptiondb.Schema()...)}
	w.sagaDB = spannertesting.NewDatabase(t, sagadb.Schema()...)
	w.sagas = sagadb.New(w.sagaDB, silent{}, enrollment.Registry(), w.clock)
	var err error
	w.tasks, err = tasks.Start(context.Background(), tasks.Options{Clock: w.clock, Tokens: func(context.Context, string, string) (string, error) { return "token", nil }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, w.tasks.Close()) })
	t.Setenv("CLOUD_TASKS_EMULATOR_HOST", w.tasks.Addr())
	t.Setenv("KWIPPER_PROJECT", "test")
	t.Setenv("KWIPPER_REGION", "asia-northeast1")
	t.Setenv("SERVICE_ACCOUNT_INVOKER", "invoker@test.example")
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	t.Setenv("FUNCTION_URL_TEMPLATE", server.URL+"/{name}")
	w.resize(queues)
	return w
}

// resize makes the ring one of so many queues.
func (w *world) resize(queues int) {
	w.t.Helper()
	admin, err := cloudtasks.NewClient(context.Background(), option.WithEndpoint(w.tasks.Addr()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(w.t, err)
	defer func() { assert.NoError(w.t, admin.Close()) }()
	var names []string
	for i := range queues {
		names = append(names, fmt.Sprintf("renewals-%d", i))
		name := location + "/queues/" + names[i]
		if _, err := admin.GetQueue(context.Background(), &cloudtaskspb.GetQueueRequest{Name: name}); err == nil {
			continue
		}
		_, err := admin.CreateQueue(context.Background(), &cloudtaskspb.CreateQueueRequest{Parent: location, Queue: &cloudtaskspb.Queue{Name: name}})
		require.NoError(w.t, err)
	}
	w.ring, err = hashring.New(0, names...)
	require.NoError(w.t, err)
}

func (w *world) queue(function string) subscriptiontasks.Tasks {
	client, err := tasksclient.Open(context.Background())
	require.NoError(w.t, err)
	return subscriptiontasks.Tasks{Client: client, SweepQueue: "renewals-0", SweepFunction: function}
}

func (w *world) enqueuer() *subscription.Enqueuer {
	return &subscription.Enqueuer{Store: w.store, Tasks: w.queue("EnqueueRenewals"), Ring: w.ring, Clock: w.clock}
}

func (w *world) ender() *subscription.Ender {
	return &subscription.Ender{Store: w.store, Tasks: w.queue("EndSubscriptions"), Sagas: w.sagas, Clock: w.clock}
}

// serve is the event functions; package event and its tokens have tests of their own.
func (w *world) serve(out http.ResponseWriter, r *http.Request) {
	if err := w.call(r); err != nil {
		http.Error(out, err.Error(), http.StatusServiceUnavailable)
	}
}

func (w *world) call(r *http.Request) error {
	if r.URL.Path == "/RenewBilling" {
		var due subscription.DueRenewal
		if err := json.NewDecoder(r.Body).Decode(&due); err != nil {
			return err
		}
		w.mu.Lock()
		w.renewed[due.SubscriptionID] = append(w.renewed[due.SubscriptionID], r.Header.Get("X-CloudTasks-QueueName"))
		w.mu.Unlock()
		renewer := &subscription.Renewer{Store: w.store, Sagas: w.sagas, Clock: w.clock}
		return renewer.Renew(r.Context(), due)
	}
	var s subscription.Sweep
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		return err
	}
	w.mu.Lock()
	w.sweeps++
	w.mu.Unlock()
	if r.URL.Path == "/EndSubscriptions" {
		return w.ender().End(r.Context(), s)
	}
	return w.enqueuer().Enqueue(r.Context(), s)
}

func (w *world) pass(d time.Duration) { w.clock.SetOffset(w.clock.Offset() + d) }

// settle waits until no task is in flight and none is due.
func (w *world) settle() {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		next, some := w.tasks.NextDue()
		return w.tasks.InFlight() == 0 && (!some || next.After(w.clock.Now()))
	}, patience, 5*time.Millisecond)
}

// insert writes count subscriptions of one shard.
func (w *world) insert(count int, set func(row map[string]any)) {
	w.t.Helper()
	var mutations []*spanner.Mutation
	for i := range count {
		id := message.ID("jp", "s", fmt.Sprint(i))
		row := map[string]any{
			"SubscriptionId": id, "UserId": message.ID("jp", "u", fmt.Sprint(i)), "CourseId": message.ID("jp", "c"), "Country": "jp",
			"PaymentMethodId": "m", "Currency": "JPY", "PriceMinor": 980, "State": "ACTIVE", "OperationId": "o", "Period": 0,
			"RenewAttempts": 0, "Shard": 5, "Language": "ja", "CreateTime": w.clock.Now(), "UpdateTime": w.clock.Now(),
		}
		set(row)
		mutations = append(mutations, spanner.InsertMap("Subscriptions", row))
	}
	for part := range slices.Chunk(mutations, 400) {
		_, err := w.store.Client.Apply(context.Background(), part)
		require.NoError(w.t, err)
	}
}

// countSagas counts the saga rows.
func (w *world) countSagas() int {
	w.t.Helper()
	rows := w.sagaDB.Single().Read(context.Background(), "Sagas", spanner.AllKeys(), []string{"SagaId"})
	defer rows.Stop()
	for n := 0; ; n++ {
		_, err := rows.Next()
		if errors.Is(err, iterator.Done) {
			return n
		}
		require.NoError(w.t, err)
	}
}

func TestRenewalsAreSpreadAndStartedOnceDespiteAResize(t *testing.T) {
	const count = 700
	w := newWorld(t, 4)
	due := w.clock.Now().Add(6 * time.Hour).Truncate(time.Microsecond)
	w.insert(count, func(row map[string]any) { row["RenewTime"] = due })

	require.NoError(t, w.enqueuer().Enqueue(t.Context(), subscription.Sweep{}))
	w.settle()
	assert.Equal(t, 2, w.sweeps, "a page of 500 and the rest")
	assert.Empty(t, w.renewed, "none before its time")
	w.pass(time.Minute)
	require.NoError(t, w.enqueuer().Enqueue(t.Context(), subscription.Sweep{}), "a second sweep")
	w.settle()
	w.pass(time.Minute)
	w.resize(7)
	require.NoError(t, w.enqueuer().Enqueue(t.Context(), subscription.Sweep{}), "a sweep over another ring")
	w.settle()
	assert.Zero(t, w.countSagas())

	assert.Equal(t, 6, w.sweeps)
	w.pass(6 * time.Hour)
	w.settle()
	assert.Len(t, w.renewed, count)
	load, moved := map[string]int{}, 0
	for id, queues := range w.renewed {
		slices.Sort(queues)
		assert.LessOrEqual(t, len(queues), 2, id)
		assert.Len(t, slices.Compact(slices.Clone(queues)), len(queues), "a queue has each period once")
		if len(queues) == 2 {
			moved++
		}
		for _, q := range queues {
			load[q]++
		}
	}
	t.Logf("%d of %d periods were in two queues; tasks: %v", moved, count, load)
	assert.Positive(t, moved)
	assert.Len(t, load, 7)
	assert.Equal(t, count, w.countSagas(), "a period in two queues starts one saga")
}

func TestLateTasksDoNothing(t *testing.T) {
	w := newWorld(t, 2)
	due := w.clock.Now().Add(time.Hour)
	w.insert(20, func(row map[string]any) { row["RenewTime"] = due })
	require.NoError(t, w.enqueuer().Enqueue(t.Context(), subscription.Sweep{}))
	w.settle()
	for i := range 20 {
		require.NoError(t, w.store.Amend(t.Context(), message.ID("jp", "s", fmt.Sprint(i)), func(s *subscription.Subscription) {
			if i%2 == 0 {
				s.Period, s.RenewTime = 1, due.AddDate(0, 1, 0) // paid in the meantime, by hand
				return
			}
			_, err := s.Cancel(subscription.PeriodEnd, w.clock.Now())
			require.NoError(t, err)
		}))
	}
	w.pass(2 * time.Hour)
	w.settle()
	assert.Len(t, w.renewed, 20)
	assert.Zero(t, w.countSagas())
}

func TestEndsBeyondAPageAreStartedOnce(t *testing.T) {
	const count = 620
	w := newWorld(t, 1)
	w.insert(count, func(row map[string]any) { row["EndTime"], row["EndDueTime"] = w.clock.Now(), w.clock.Now() })
	for range 2 {
		require.NoError(t, w.ender().End(t.Context(), subscription.Sweep{}))
		w.settle()
		w.pass(time.Minute)
	}
	assert.Equal(t, count, w.countSagas())
	assert.Equal(t, 4, w.sweeps)
}
