package pubsub_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/killtesting"
	"github.com/kwipper/kwipper/emulators/pubsub"
)

func TestMain(m *testing.M) {
	killtesting.Main(m, func(dir string) (string, error) {
		server, err := pubsub.Start(context.Background(), pubsub.Options{DataDir: dir})
		if err != nil {
			return "", err
		}
		return server.Addr(), nil
	})
}

func TestKilledServerDeliversWhatItHadAcknowledged(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	answers, moments := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	var mu sync.Mutex
	accepted := map[string]bool{}
	target := newEndpoint(t, func(push pushed) int {
		mu.Lock()
		defer mu.Unlock()
		if answers.IntN(2) == 0 {
			return http.StatusServiceUnavailable
		}
		accepted[push.Message.MessageID] = true
		return http.StatusOK
	})

	addr, kill := killtesting.Start(t, dir)
	c := dial(t, addr)
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(target.URL))
	published := map[string]bool{}
	for round := range 3 {
		if round > 0 {
			addr, kill = killtesting.Start(t, dir)
		}
		for _, id := range publishUntilKilled(t, addr, kill, time.Duration(100+moments.IntN(200))*time.Millisecond) {
			assert.False(t, published[id], "id %s is given out twice", id)
			published[id] = true
		}
	}
	require.NotEmpty(t, published)

	killtesting.Start(t, dir)
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		for id := range published {
			if !accepted[id] {
				return false
			}
		}
		return true
	}, 30*time.Second, 20*time.Millisecond, "all %d published messages arrive", len(published))
	t.Logf("%d messages over three kills", len(published))
}

// publishUntilKilled publishes from several goroutines, kills the server meanwhile, and
// returns the ids that were acknowledged.
func publishUntilKilled(t *testing.T, addr string, kill func(), after time.Duration) []string {
	t.Helper()
	c := dial(t, addr)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var ids []string
	var publishers sync.WaitGroup
	for range 4 {
		publishers.Go(func() {
			for ctx.Err() == nil {
				response, err := c.TopicAdminClient.Publish(ctx, &pb.PublishRequest{
					Topic: topicName("topic"), Messages: []*pb.PubsubMessage{{Data: []byte("x")}}})
				if err != nil {
					return
				}
				mu.Lock()
				ids = append(ids, response.MessageIds...)
				mu.Unlock()
			}
		})
	}
	time.Sleep(after) // the moment of the crash
	kill()
	cancel()
	publishers.Wait()
	return ids
}
