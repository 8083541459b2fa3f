package faults

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
)

// Effect is what goes wrong.
type Effect string

// The effects.
const (
	Status       Effect = "STATUS"        // it is not done; the answer is Rule.Status
	Delay        Effect = "DELAY"         // it is done Rule.Delay later
	LostResponse Effect = "LOST_RESPONSE" // it is done, and its answer gets lost
	Duplicate    Effect = "DUPLICATE"     // it is done twice at the same time
	CrashBefore  Effect = "CRASH_BEFORE"  // the process is killed before it is done
	CrashAfter   Effect = "CRASH_AFTER"   // the process is killed once it is done, unanswered
	Refuse       Effect = "REFUSE"        // a saga's command is not done but refused for good, for Rule.Reason
)

// The targets beside functions.
const (
	PubSub    = "pubsub"
	Tasks     = "tasks"
	Scheduler = "scheduler"
	Storage   = "storage"
	Spanner   = "spanner"
)

// effects are those that a target knows; a function knows all.
var effects = map[string][]Effect{
	PubSub:    {Status, Delay, LostResponse, Duplicate, CrashBefore},
	Tasks:     {Status, Delay, LostResponse, Duplicate, CrashBefore},
	Scheduler: {Status, Delay, LostResponse, Duplicate, CrashBefore},
	Storage:   {Status, Delay, LostResponse, CrashBefore},
	Spanner:   {Status, Delay, CrashBefore},
}

var functionEffects = []Effect{Status, Delay, LostResponse, Duplicate, CrashBefore, CrashAfter, Refuse}

// reasonForm is what reasons look like.
var reasonForm = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,62}$`)

// maxDelay keeps a fault from being taken for a hang.
const maxDelay = 10 * time.Minute

// Rule is a failure on demand.
type Rule struct {
	ID     string `json:"id"`
	Target string `json:"target"`
	// Match names properties of a call and the values they must have; a value may end in *
	// for all that begin so. See Call.
	Match  map[string]string `json:"match,omitempty"`
	Effect Effect            `json:"effect"`
	Status int               `json:"status,omitempty"` // of STATUS
	Delay  Duration          `json:"delay,omitzero"`   // of DELAY
	Reason string            `json:"reason,omitempty"` // of REFUSE
	// Count is how often it happens; 0 is for ever.
	Count int `json:"count,omitempty"`
	// Probability is that of each call that matches; 0 is always. Seed decides which.
	Probability float64 `json:"probability,omitempty"`
	Seed        uint64  `json:"seed,omitempty"`
	Hits        int     `json:"hits"`
}

// Duration is a time.Duration that JSON writes as Go does, as in 1.5s.
type Duration time.Duration

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fault.Invalid(fault.Field{Name: "delay", Description: `must be a duration in quotes, as in "2s"`})
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return fault.Invalid(fault.Field{Name: "delay", Description: err.Error()})
	}
	*d = Duration(parsed)
	return nil
}

// validate reports what is wrong with a rule, all at once.
func (r Rule) validate(functions []string) error {
	var wrong []fault.Field
	refuse := func(name, format string, args ...any) {
		wrong = append(wrong, fault.Field{Name: name, Description: fmt.Sprintf(format, args...)})
	}
	known, ok := effects[r.Target]
	if !ok && slices.Contains(functions, r.Target) {
		known, ok = functionEffects, true
	}
	switch {
	case !ok:
		refuse("target", "%q is none of pubsub, tasks, scheduler, storage, spanner, stripe, nor a function: %s", r.Target, strings.Join(functions, ", "))
	case !slices.Contains(known, r.Effect):
		refuse("effect", "%q is none of %s's: %v", r.Effect, r.Target, known)
	}
	if (r.Effect == Status) != (r.Status != 0) {
		refuse("status", "goes with the effect STATUS, and with that one only")
	} else if r.Target == Spanner && r.Status != 0 && spannerCodes[r.Status] == 0 {
		refuse("status", "a call of Spanner fails with 409 (ABORTED), 429, 500, 503 or 504")
	} else if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		refuse("status", "%d is not between 200 and 599", r.Status)
	}
	if (r.Effect == Delay) != (r.Delay != 0) {
		refuse("delay", "goes with the effect DELAY, and with that one only")
	} else if r.Delay < 0 || time.Duration(r.Delay) > maxDelay {
		refuse("delay", "%s is not between 0 and %s", time.Duration(r.Delay), maxDelay)
	}
	if (r.Effect == Refuse) != (r.Reason != "") {
		refuse("reason", "goes with the effect REFUSE, and with that one only")
	} else if r.Reason != "" && !reasonForm.MatchString(r.Reason) {
		refuse("reason", "%q is not in upper snake case", r.Reason)
	}
	if r.Count < 0 {
		refuse("count", "%d is negative", r.Count)
	}
	if r.Probability < 0 || r.Probability > 1 {
		refuse("probability", "%v is not between 0 and 1", r.Probability)
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// Call is what rules are matched against: its properties by name, which are those of the
// target (a path, a topic, a queue, the number of the attempt), the attributes of a message,
// and the scalars of a JSON body.
type Call map[string]string

func (r Rule) fits(call Call) bool {
	for name, want := range r.Match {
		have, ok := call[name]
		if prefix, open := strings.CutSuffix(want, "*"); open {
			ok = ok && strings.HasPrefix(have, prefix)
		} else {
			ok = ok && have == want
		}
		if !ok {
			return false
		}
	}
	return true
}
