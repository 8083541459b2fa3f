package rollout

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/api/run/v2"

	"github.com/kwipper/kwipper/emulators/storage"
)

// cloud answers like the REST APIs of Cloud Run and Cloud Monitoring, as far as they are used.
type cloud struct {
	mu       sync.Mutex
	services map[string]*run.GoogleCloudRunV2Service // by name
	samples  map[string]Sample                       // by revision
	alerts   map[string]bool                         // queries that hold
	down     bool                                    // of Cloud Monitoring
	patches  int
	// before runs before a change is made, outside the lock.
	before func(patch int)
	pauses int
}

func newCloud() *cloud {
	return &cloud{services: map[string]*run.GoogleCloudRunV2Service{}, samples: map[string]Sample{}, alerts: map[string]bool{}}
}

// put stands a service with a revision serving and a newer one that is ready.
func (c *cloud) put(p Place, old, ready string) {
	c.services[fmt.Sprintf("projects/p/locations/%s/services/%s", p.Region, p.Service)] = &run.GoogleCloudRunV2Service{
		LatestReadyRevision: "projects/p/locations/x/services/y/revisions/" + ready, LatestCreatedRevision: "revisions/" + ready, Etag: "1",
		Traffic: []*run.GoogleCloudRunV2TrafficTarget{{Type: toRevision, Revision: old, Percent: 100}},
	}
}

func (c *cloud) shares(p Place) map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]int64{}
	for _, t := range c.services[fmt.Sprintf("projects/p/locations/%s/services/%s", p.Region, p.Service)].Traffic {
		found[t.Revision] += t.Percent
	}
	return found
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/v2/"), "/v1/")
	switch {
	case strings.HasSuffix(name, "/query"):
		c.query(w, r.URL.Query().Get("query"))
	case strings.HasSuffix(name, ":wait"):
		fmt.Fprint(w, `{"done": true}`)
	case r.Method == http.MethodPatch:
		c.patch(w, r, name)
	default:
		c.mu.Lock()
		defer c.mu.Unlock()
		if service := c.services[name]; service != nil {
			_ = json.NewEncoder(w).Encode(service)
			return
		}
		http.Error(w, `{"error":{"code":404,"message":"no such service"}}`, http.StatusNotFound)
	}
}

func (c *cloud) patch(w http.ResponseWriter, r *http.Request, name string) {
	var change run.GoogleCloudRunV2Service
	if err := json.NewDecoder(r.Body).Decode(&change); err != nil || r.URL.Query().Get("updateMask") != "traffic" {
		http.Error(w, "{}", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.patches++
	patch, before := c.patches, c.before
	c.mu.Unlock()
	if before != nil {
		before(patch)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	service, sum := c.services[name], int64(0)
	for _, t := range change.Traffic {
		sum += t.Percent
	}
	if service.Etag != change.Etag || sum != 100 {
		http.Error(w, `{"error":{"code":409,"message":"changed meanwhile"}}`, http.StatusConflict)
		return
	}
	service.Traffic, service.Etag = change.Traffic, service.Etag+"1"
	fmt.Fprint(w, `{"name": "projects/p/locations/x/operations/o"}`)
}

var named = regexp.MustCompile(`revision_name=~"([^"]*)"`)

func (c *cloud) query(w http.ResponseWriter, query string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		http.Error(w, "overloaded", http.StatusServiceUnavailable)
		return
	}
	type result struct {
		Metric map[string]string `json:"metric"`
		Value  [2]any            `json:"value"`
	}
	results := []result{}
	if c.alerts[query] {
		results = append(results, result{Value: [2]any{1.5, "0.2"}})
	}
	if match := named.FindStringSubmatch(query); match != nil {
		for name := range c.services {
			parts := strings.Split(name, "/")
			for _, revision := range strings.Split(match[1], "|") {
				s, known := c.samples[revision]
				if !known || !strings.HasPrefix(revision, path.Base(name)+"-") {
					continue
				}
				of := func(class string) map[string]string {
					return map[string]string{"location": parts[3], "service_name": parts[5], "revision_name": revision, "response_code_class": class}
				}
				if strings.Contains(query, "request_latencies_bucket") {
					results = append(results, result{of(""), [2]any{1.5, fmt.Sprint(1000 * s.LatencySeconds)}})
				} else {
					results = append(results, result{of("2xx"), [2]any{1.5, fmt.Sprint(s.Requests - s.Errors)}}, result{of("5xx"), [2]any{1.5, fmt.Sprint(s.Errors)}})
				}
			}
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": results}})
}

// world is a cloud, a bucket, and a clock that runs when a run pauses.
type world struct {
	*cloud
	now    time.Time
	bucket Bucket
	server *httptest.Server
	out    bytes.Buffer
}

func newWorld(t *testing.T) *world {
	w := &world{cloud: newCloud(), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	w.server = httptest.NewServer(w.cloud)
	t.Cleanup(w.server.Close)
	objects, err := storage.Start(t.Context(), storage.Options{Addr: "127.0.0.1:0", Buckets: []string{"packages"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, objects.Close()) })
	t.Setenv("STORAGE_EMULATOR_HOST", objects.Addr())
	client, err := gcs.NewClient(t.Context(), gcs.WithJSONReads())
	require.NoError(t, err)
	w.bucket = Bucket{client.Bucket("packages")}
	return w
}

var limits = Limits{ErrorRatio: 0.01, LatencySeconds: 2, MinimumRequests: 20, WatchSeconds: 300, HoldSeconds: 300}

// run returns a run of its own over the services that stand in the cloud.
func (w *world) run(t *testing.T, name string, places ...Place) *Run {
	services, err := NewCloudRun(t.Context(), "p", places, option.WithEndpoint(w.server.URL), option.WithoutAuthentication())
	require.NoError(t, err)
	return &Run{
		Services: services, Records: w.bucket, Steps: []int{5, 25, 100}, Limits: limits, Events: map[string]bool{"pay": true},
		Meter: &Monitoring{Project: "p", Endpoint: w.server.URL, Queries: map[string]string{"front-door-errors": "alert"}, Client: w.server.Client()},
		Name:  name, Out: &w.out, Now: func() time.Time { return w.now },
		Pause: func(ctx context.Context, d time.Duration) error {
			w.now = w.now.Add(d)
			w.pauses++
			return ctx.Err()
		},
	}
}
