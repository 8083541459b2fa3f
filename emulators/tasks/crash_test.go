package tasks_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/killtesting"
	"github.com/kwipper/kwipper/emulators/tasks"
)

func TestMain(m *testing.M) {
	killtesting.Main(m, func(dir string) (string, error) {
		server, err := tasks.Start(context.Background(), tasks.Options{DataDir: dir})
		if err != nil {
			return "", err
		}
		return server.Addr(), nil
	})
}

func TestKilledServerDispatchesWhatItHadAcceptedAndKeepsNames(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	answers, moments := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	var mu sync.Mutex
	done := map[string]bool{}
	target := newEndpoint(t, func(r received) int {
		mu.Lock()
		defer mu.Unlock()
		if answers.IntN(2) == 0 {
			return http.StatusServiceUnavailable
		}
		done[r.Header.Get("X-CloudTasks-TaskName")] = true
		return http.StatusOK
	})
	addr, kill := killtesting.Start(t, dir)
	createQueue(t, dial(t, addr), &pb.Queue{})
	var created []string
	for round := range 3 {
		if round > 0 {
			addr, kill = killtesting.Start(t, dir)
		}
		after := time.Duration(100+moments.IntN(200)) * time.Millisecond
		created = append(created, createUntilKilled(t, addr, target.URL, round, kill, after)...)
	}
	require.NotEmpty(t, created)

	addr, _ = killtesting.Start(t, dir)
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, id := range created {
			if !done[id] {
				return false
			}
		}
		return true
	}, 30*time.Second, 20*time.Millisecond, "all %d accepted tasks are dispatched", len(created))
	c := dial(t, addr)
	for _, id := range created[:min(20, len(created))] {
		_, err := tryCreate(c, taskTo(target.URL, id))
		assert.Equal(t, codes.AlreadyExists, status.Code(err), "name %s", id)
	}
	t.Logf("%d tasks over three kills", len(created))
}

// createUntilKilled creates tasks from several goroutines, kills the server meanwhile, and
// returns the ids that were accepted.
func createUntilKilled(t *testing.T, addr, url string, round int, kill func(), after time.Duration) []string {
	t.Helper()
	c := dial(t, addr)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var ids []string
	var creators sync.WaitGroup
	for creator := range 4 {
		creators.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("r%d-c%d-%d", round, creator, i)
				_, err := c.CreateTask(ctx, &pb.CreateTaskRequest{Parent: queue, Task: taskTo(url, id)})
				if err != nil {
					return
				}
				mu.Lock()
				ids = append(ids, id)
				mu.Unlock()
			}
		})
	}
	time.Sleep(after) // the moment of the crash
	kill()
	cancel()
	creators.Wait()
	return ids
}
