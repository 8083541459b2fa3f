package sagadb

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// gate is a broker that can be held up.
type gate struct{ open sync.Mutex }

func (g *gate) PublishCommands(context.Context, []message.Command) error {
	g.open.Lock()
	defer g.open.Unlock()
	return nil
}

// counting returns a client of a new database that counts its commits.
func counting(t testing.TB, commits *atomic.Int64) *spanner.Client {
	t.Helper()
	count := func(ctx context.Context, method string, request, reply any, c *grpc.ClientConn, call grpc.UnaryInvoker, o ...grpc.CallOption) error {
		if strings.HasSuffix(method, "/Commit") {
			commits.Add(1)
		}
		return call(ctx, method, request, reply, c, o...)
	}
	client, err := spanner.NewClientWithConfig(context.Background(), spannertesting.NewDatabaseName(t, Schema()...),
		spanner.ClientConfig{DisableNativeMetrics: true}, option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(count)))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// TestRepliesThatComeTogetherShareACommit holds the publication after the first reply up
// while the others come in.
func TestRepliesThatComeTogetherShareACommit(t *testing.T) {
	body := func(saga.Data) (any, error) { return nil, nil }
	registry, err := saga.NewRegistry(saga.Definition{Name: "fan", Version: 1, Patience: time.Minute, Steps: []saga.Step{
		{Name: "A", Service: "a", Command: "A", Body: body}, {Name: "B", Service: "b", Command: "B", Body: body},
		{Name: "C", Service: "c", Command: "C", Body: body}, {Name: "D", Service: "d", Command: "D", After: []string{"A"}, Body: body},
	}})
	require.NoError(t, err)
	var commits atomic.Int64
	broker := &gate{}
	store := New(counting(t, &commits), broker, registry, clock.Wall{})
	_, _, err = store.Start(t.Context(), idempotency.Key{}, saga.New{ID: "jp-1", Definition: "fan", Owner: "jp-2", Country: "jp"})
	require.NoError(t, err)
	assert.Equal(t, int64(1), commits.Swap(0), "a start")

	broker.open.Lock()
	var replies sync.WaitGroup
	reply := func(step string) {
		replies.Go(func() {
			assert.NoError(t, store.Reply(t.Context(), message.Reply{Version: 1, Saga: "jp-1", Step: step,
				Outcome: message.Done, MessageID: step, Body: json.RawMessage(`{}`)}))
		})
	}
	waiting := func(n int) func() bool {
		return func() bool {
			store.queues.mu.Lock()
			defer store.queues.mu.Unlock()
			batch, running := store.queues.waiting["jp-1"]
			return running && len(batch) == n
		}
	}
	reply("A")
	require.Eventually(t, func() bool { return commits.Load() == 1 && waiting(0)() }, 5*time.Second, time.Millisecond)
	reply("B")
	reply("C")
	require.Eventually(t, waiting(2), 5*time.Second, time.Millisecond)
	broker.open.Unlock()
	replies.Wait()
	assert.Equal(t, int64(2), commits.Load(), "one for A, one for B and C")
	assert.Eventually(t, func() bool {
		store.queues.mu.Lock()
		defer store.queues.mu.Unlock()
		return len(store.queues.waiting) == 0
	}, 5*time.Second, time.Millisecond, "an idle saga leaves no queue behind")
}

func TestWhoeverGivesUpWaitingDoesNotStopTheOthers(t *testing.T) {
	store := New(spannertesting.NewDatabase(t, Schema()...), &gate{}, nil, clock.Wall{})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err := store.Resume(gone, "jp-unknown")
	require.Error(t, err)
	require.Error(t, store.Resume(t.Context(), "jp-unknown"))
}
