package rollout

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlan(t *testing.T) {
	place := Place{"get-user", "tokyo"}
	known := func(state string) Record {
		return Record{State: state, Moves: []Move{{Place: place, From: "1", To: "2"}}}
	}
	for name, c := range map[string]struct {
		standing Standing
		record   Record
		want     []Move
	}{
		"nothing new":                    {Standing{Ready: "1", Shares: map[string]int{"1": 100}}, Record{}, nil},
		"a new revision":                 {Standing{Ready: "2", Shares: map[string]int{"1": 100}}, Record{}, []Move{{From: "1", To: "2"}}},
		"half way":                       {Standing{Ready: "2", Shares: map[string]int{"1": 50, "2": 50}}, known(Moving), []Move{{From: "1", To: "2"}}},
		"all the way, but not watched":   {Standing{Ready: "2", Shares: map[string]int{"2": 100}}, known(Moving), []Move{{From: "1", To: "2"}}},
		"done":                           {Standing{Ready: "2", Shares: map[string]int{"2": 100}}, known(Done), nil},
		"a newer one half way":           {Standing{Ready: "3", Shares: map[string]int{"1": 25, "2": 75}}, known(Moving), []Move{{From: "1", To: "3"}}},
		"a newer one after going back":   {Standing{Ready: "3", Shares: map[string]int{"1": 100}}, known(Back), []Move{{From: "1", To: "3"}}},
		"went back half way":             {Standing{Ready: "2", Shares: map[string]int{"2": 100}}, known(Back), []Move{{From: "1", To: "2"}}},
		"split by hand, no record":       {Standing{Ready: "2", Shares: map[string]int{"1": 60, "2": 40}}, Record{}, []Move{{From: "1", To: "2"}}},
		"split by hand to the new":       {Standing{Ready: "2", Shares: map[string]int{"1": 10, "2": 90}}, Record{}, []Move{{From: "1", To: "2"}}},
		"a record of another place only": {Standing{Ready: "2", Shares: map[string]int{"1": 100}}, Record{State: Moving, Moves: []Move{{From: "0"}}}, []Move{{From: "1", To: "2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c.standing.Place, c.standing.Created = place, c.standing.Ready
			for i := range c.want {
				c.want[i].Place = place
			}
			moves, err := Plan([]Standing{c.standing}, c.record, nil)
			require.NoError(t, err)
			assert.Equal(t, c.want, moves)
		})
	}
}

func TestNextPercent(t *testing.T) {
	steps := []int{5, 25, 50, 100}
	for _, c := range []struct {
		shares []int
		want   int
	}{
		{nil, 5},
		{[]int{0, 0}, 5},
		{[]int{5, 5}, 5},
		{[]int{0, 5}, 5},
		{[]int{5, 25}, 25},
		{[]int{30}, 50},
		{[]int{100, 50}, 100},
	} {
		assert.Equal(t, c.want, NextPercent(steps, c.shares), c.shares)
	}
}

func TestJudge(t *testing.T) {
	http, event := Move{Place: user, From: "1", To: "2"}, Move{Place: pay, Event: true, From: "1", To: "2"}
	for name, c := range map[string]struct {
		move        Move
		now, before Sample
		breach      bool
		quiet       bool
	}{
		"in health":                         {http, healthy, healthy, false, false},
		"errors":                            {http, Sample{Requests: 100, Errors: 2}, healthy, true, false},
		"errors of an event function":       {event, Sample{Requests: 100, Errors: 2}, healthy, true, false},
		"at the limit":                      {http, Sample{Requests: 100, Errors: 1}, healthy, false, false},
		"too few":                           {http, Sample{Requests: 19, Errors: 19}, healthy, false, true},
		"none":                              {http, Sample{}, healthy, false, true},
		"slow":                              {http, Sample{Requests: 100, LatencySeconds: 3}, healthy, true, false},
		"slow, as it was before":            {http, Sample{Requests: 100, LatencySeconds: 9}, Sample{Requests: 100, LatencySeconds: 9}, false, false},
		"slow, and nothing to compare with": {http, Sample{Requests: 100, LatencySeconds: 9}, Sample{Requests: 1}, false, false},
		"slow event function":               {event, Sample{Requests: 100, LatencySeconds: 60}, healthy, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := Signals{New: map[Place]Sample{c.move.Place: c.now}, Before: map[Place]Sample{c.move.Place: c.before}}
			breaches, quiet := Judge([]Move{c.move}, s, limits)
			assert.Equal(t, c.breach, len(breaches) > 0, breaches)
			assert.Equal(t, c.quiet, len(quiet) > 0)
		})
	}
	breaches, _ := Judge(nil, Signals{Alerts: []string{"stuck-sagas"}}, limits)
	assert.Equal(t, "the condition of alert stuck-sagas holds", reasons(breaches))
}

func TestDecide(t *testing.T) {
	breach, few := []Breach{{Place: user, Why: "w"}}, []Place{user}
	for _, c := range []struct {
		seconds  int
		breaches []Breach
		quiet    []Place
		failed   bool
		want     Decision
	}{
		{0, nil, nil, false, Watch},
		{299, nil, nil, false, Watch},
		{300, nil, nil, false, Proceed},
		{30, breach, nil, false, Return},
		{30, breach, few, false, Return},
		{300, nil, few, false, Watch},
		{600, nil, few, false, Proceed},
		{300, nil, nil, true, Watch},
		{600, nil, nil, true, Ask},
		{600, breach, nil, true, Ask}, // read before they failed: not to be believed
	} {
		assert.Equal(t, c.want, Decide(time.Duration(c.seconds)*time.Second, c.breaches, c.quiet, c.failed, limits), "%+v", c)
	}
}

func FuzzDecodeVector(f *testing.F) {
	f.Add([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"NaN"]}]}}`))
	f.Add([]byte(`{"status":"error","error":"parse error"}`))
	f.Add([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"value":["x"]}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		found, err := decodeVector(body)
		if err != nil && found != nil {
			t.Fatal("values with an error")
		}
	})
}
