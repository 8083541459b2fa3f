package rollout

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Monitoring reads signals from Cloud Monitoring by its Prometheus API, as the alerts do.
type Monitoring struct {
	Project  string
	Endpoint string            // https://monitoring.googleapis.com
	Queries  map[string]string // condition by name of the alert
	Client   *http.Client      // signed in
}

// series is a result of a query: what it is of, and its value.
type series struct {
	labels map[string]string
	value  float64
}

// Read implements Meter: Cloud Run's figures by revision, and the alerts' conditions.
func (m *Monitoring) Read(ctx context.Context, moves []Move, since time.Duration) (Signals, error) {
	s := Signals{New: map[Place]Sample{}, Before: map[Place]Sample{}}
	window := max(since, time.Minute).Round(time.Second)
	if err := m.samples(ctx, s.New, window, moves, func(m Move) string { return m.To }); err != nil {
		return s, err
	}
	if err := m.samples(ctx, s.Before, time.Hour, moves, func(m Move) string { return m.From }); err != nil {
		return s, err
	}
	var err error
	s.Alerts, err = m.Alerts(ctx)
	return s, err
}

func (m *Monitoring) samples(ctx context.Context, found map[Place]Sample, window time.Duration, moves []Move, revision func(Move) string) error {
	var names []string
	for _, move := range moves {
		names = append(names, revision(move))
	}
	slices.Sort(names)
	of := fmt.Sprintf(`{monitored_resource="cloud_run_revision",revision_name=~"%s"}[%ds]`, strings.Join(slices.Compact(names), "|"), int(window.Seconds()))
	requests, err := m.query(ctx, "sum by (location, service_name, revision_name, response_code_class) (increase(run_googleapis_com:request_count"+of+"))")
	if err != nil {
		return err
	}
	latencies, err := m.query(ctx, "histogram_quantile(0.99, sum by (location, service_name, revision_name, le) (increase(run_googleapis_com:request_latencies_bucket"+of+")))")
	if err != nil {
		return err
	}
	for _, move := range moves {
		var sample Sample
		for _, r := range requests {
			if r.of(move.Place, revision(move)) {
				sample.Requests += r.value
				if strings.HasPrefix(r.labels["response_code_class"], "5") {
					sample.Errors += r.value
				}
			}
		}
		for _, l := range latencies {
			if l.of(move.Place, revision(move)) && !math.IsNaN(l.value) { // NaN where there was none
				sample.LatencySeconds = l.value / 1000
			}
		}
		found[move.Place] = sample
	}
	return nil
}

func (s series) of(p Place, revision string) bool {
	return s.labels["location"] == p.Region && s.labels["service_name"] == p.Service && s.labels["revision_name"] == revision
}

// Alerts implements Meter: a condition holds if its query answers anything.
func (m *Monitoring) Alerts(ctx context.Context) ([]string, error) {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(m.Queries)) {
		answer, err := m.query(ctx, m.Queries[name])
		if err != nil {
			return nil, err
		}
		if len(answer) > 0 {
			found = append(found, name)
		}
	}
	return found, nil
}

func (m *Monitoring) query(ctx context.Context, query string) ([]series, error) {
	address := fmt.Sprintf("%s/v1/projects/%s/location/global/prometheus/api/v1/query?query=%s", m.Endpoint, m.Project, url.QueryEscape(query))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := m.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answer of Cloud Monitoring: %s: %.300s", response.Status, body)
	}
	return decodeVector(body)
}

// decodeVector reads an answer of Prometheus' API to an instant query.
func decodeVector(body []byte) ([]series, error) {
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Type   string `json:"resultType"`
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  [2]any            `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("answer of Cloud Monitoring: %w", err)
	}
	if answer.Status != "success" || answer.Data.Type != "vector" {
		return nil, fmt.Errorf("answer of Cloud Monitoring: status %q, result %q: %s", answer.Status, answer.Data.Type, answer.Error)
	}
	var found []series
	for _, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("answer of Cloud Monitoring: value %v", r.Value)
		}
		found = append(found, series{r.Metric, value})
	}
	return found, nil
}
