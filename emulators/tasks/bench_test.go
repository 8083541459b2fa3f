package tasks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/tasks"
)

// BenchmarkCreateToDispatch measures from CreateTask through the real client to the arrival
// of the request, with durable storage, over 16 queues so that their rates do not limit it.
func BenchmarkCreateToDispatch(b *testing.B) {
	server := startServer(b, tasks.Options{DataDir: b.TempDir()})
	c := dial(b, server.Addr())
	var waiting sync.Map
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if arrived, found := waiting.Load(strings.TrimPrefix(r.URL.Path, "/")); found {
			close(arrived.(chan struct{}))
		}
	}))
	defer target.Close()
	const queues = 16
	for i := range queues {
		_, err := c.CreateQueue(b.Context(), &pb.CreateQueueRequest{Parent: location,
			Queue: &pb.Queue{Name: fmt.Sprintf("%s/queues/q%d", location, i)}})
		require.NoError(b, err)
	}
	var mu sync.Mutex
	var latencies []time.Duration
	next := 0
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			mu.Lock()
			next++
			key := fmt.Sprint(next)
			parent := fmt.Sprintf("%s/queues/q%d", location, next%queues)
			mu.Unlock()
			started, arrived := time.Now(), make(chan struct{})
			waiting.Store(key, arrived)
			_, err := c.CreateTask(b.Context(), &pb.CreateTaskRequest{Parent: parent, Task: taskTo(target.URL+"/"+key, "")})
			if err != nil {
				b.Error(err)
				return
			}
			<-arrived
			mu.Lock()
			latencies = append(latencies, time.Since(started))
			mu.Unlock()
		}
	})
	b.StopTimer()
	sort.Slice(latencies, func(i, j int) bool { return latencies[i] < latencies[j] })
	b.ReportMetric(float64(len(latencies))/b.Elapsed().Seconds(), "tasks/s")
	b.ReportMetric(float64(latencies[len(latencies)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds()), "p99-µs")
}
