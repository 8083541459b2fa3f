package pubsub_test

import (
	"net/http"
	"net/http/httptest"
	"sort"
	"sync"
	"testing"
	"time"

	client "cloud.google.com/go/pubsub/v2"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/pubsub"
)

// BenchmarkPublishToPush measures from the call of Publish through the real client to the
// arrival of the push, with durable storage and 16 publishers at once.
func BenchmarkPublishToPush(b *testing.B) {
	server := startServer(b, pubsub.Options{DataDir: b.TempDir()})
	c := dial(b, server.Addr())
	var waiting sync.Map // data -> channel
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if arrived, found := waiting.Load(r.Header.Get("k")); found {
			close(arrived.(chan struct{}))
		}
	}))
	defer target.Close()
	createTopic(b, c, "topic")
	config := pushTo(target.URL)
	config.PushConfig.Wrapper = unwrapped()
	createSubscription(b, c, config)
	publisher := c.Publisher("topic")
	publisher.PublishSettings.DelayThreshold = time.Millisecond
	defer publisher.Stop()

	var mu sync.Mutex
	var latencies []time.Duration
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			started := time.Now()
			key := newKey()
			arrived := make(chan struct{})
			waiting.Store(key, arrived)
			publisher.Publish(b.Context(), &client.Message{Data: []byte("x"), Attributes: map[string]string{"k": key}})
			<-arrived
			waiting.Delete(key)
			mu.Lock()
			latencies = append(latencies, time.Since(started))
			mu.Unlock()
		}
	})
	b.StopTimer()
	require.NotEmpty(b, latencies)
	sort.Slice(latencies, func(i, j int) bool { return latencies[i] < latencies[j] })
	b.ReportMetric(float64(len(latencies))/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64(latencies[len(latencies)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds()), "p99-µs")
}
