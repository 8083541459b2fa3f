package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits say when a revision is not good enough. ErrorRatio and LatencySeconds are those of
// the alerts on the front door.
type Limits struct {
	ErrorRatio      float64 `json:"error_ratio"`      // share of requests answered 5xx
	LatencySeconds  float64 `json:"latency_seconds"`  // of one request in a hundred
	MinimumRequests float64 `json:"minimum_requests"` // fewer say nothing
	WatchSeconds    int     `json:"watch_seconds"`    // how long each step is watched
	HoldSeconds     int     `json:"hold_seconds"`     // how much longer, for requests or signals that are missing
}

// slower is how much slower than the revision before it a new one must be, beside being over
// the limit: operations that hold their answer back (Prefer: wait) are over it by design.
const slower = 1.5

// Sample is what a revision did in some time.
type Sample struct {
	Requests       float64
	Errors         float64 // answered 5xx
	LatencySeconds float64 // one request in a hundred took longer; 0 where unknown
}

// Signals are what was measured of a step.
type Signals struct {
	New    map[Place]Sample // of the new revisions, since the step began
	Before map[Place]Sample // of those before them, over the last hour
	Alerts []string         // conditions of alerts that hold now
}

// Breach is a reason to go back. Place is empty where an alert, not a revision, gave it.
type Breach struct {
	Place
	Why string
}

// Judge returns what is wrong, and which places had too few requests to tell.
func Judge(moves []Move, s Signals, l Limits) (breaches []Breach, quiet []Place) {
	for _, alert := range s.Alerts {
		breaches = append(breaches, Breach{Why: "the condition of alert " + alert + " holds"})
	}
	for _, m := range moves {
		now := s.New[m.Place]
		if now.Requests < l.MinimumRequests {
			quiet = append(quiet, m.Place)
			continue
		}
		if ratio := now.Errors / now.Requests; ratio > l.ErrorRatio {
			breaches = append(breaches, Breach{m.Place, fmt.Sprintf("%s answers %.1f %% of %.0f requests with 5xx, %.1f %% is the limit", m.To, 100*ratio, now.Requests, 100*l.ErrorRatio)})
			continue
		}
		before := s.Before[m.Place]
		if m.Event || now.LatencySeconds <= l.LatencySeconds || before.Requests < l.MinimumRequests {
			continue
		}
		if now.LatencySeconds > slower*before.LatencySeconds {
			breaches = append(breaches, Breach{m.Place, fmt.Sprintf("%s takes %.1f s for one request in a hundred, %s took %.1f s", m.To, now.LatencySeconds, m.From, before.LatencySeconds)})
		}
	}
	return breaches, quiet
}

// Decision is what to do with a step that is being watched.
type Decision int

// What to do: watch on, go on to the next step, go back, or stop here and ask a person.
const (
	Watch Decision = iota
	Proceed
	Return
	Ask
)

// Decide decides after so long. failed says that the signals could not be read, which is
// neither good nor bad: the step is held, and then a person is asked.
func Decide(elapsed time.Duration, breaches []Breach, quiet []Place, failed bool, l Limits) Decision {
	watched := elapsed >= time.Duration(l.WatchSeconds)*time.Second
	held := elapsed >= time.Duration(l.WatchSeconds+l.HoldSeconds)*time.Second
	switch {
	case failed && held:
		return Ask
	case failed:
		return Watch
	case len(breaches) > 0:
		return Return
	case watched && (len(quiet) == 0 || held):
		return Proceed
	}
	return Watch
}

func reasons(breaches []Breach) string {
	var texts []string
	for _, b := range breaches {
		text := b.Why
		if b.Place != (Place{}) {
			text = b.Place.String() + ": " + text
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), "; ")
}
