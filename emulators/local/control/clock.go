package control

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	emulatedclock "github.com/kwipper/kwipper/emulators/clock"
	"github.com/kwipper/kwipper/shared/fault"
)

// clockState is what GET clock answers.
type clockState struct {
	Now           time.Time      `json:"now"`
	OffsetSeconds float64        `json:"offsetSeconds"` // ahead of the machine
	NextDue       time.Time      `json:"nextDue,omitzero"`
	InFlight      map[string]int `json:"inFlight"`
}

func (c *server) clockState() clockState {
	next, _ := c.Time.NextDue()
	return clockState{Now: c.Clock.Now(), OffsetSeconds: c.Clock.Offset().Seconds(), NextDue: next, InFlight: c.Time.InFlight()}
}

func (c *server) clock(context.Context, *http.Request) (any, error) { return c.clockState(), nil }

// fired counts calls by the name of what was called.
type fired struct {
	Jobs      map[string]int `json:"jobs,omitempty"`
	Tasks     map[string]int `json:"tasks,omitempty"`     // by function
	Functions map[string]int `json:"functions,omitempty"` // by push
	Failures  int            `json:"failures,omitempty"`  // of all these, were not answered 2xx
}

// stop is an instant at which the clock stopped.
type stop struct {
	Time         time.Time `json:"time"`
	SettleMillis float64   `json:"settleMillis"`
	fired
}

type advanceAnswer struct {
	clockState
	From  time.Time `json:"from"`
	Stops []stop    `json:"stops"`
	Fired fired     `json:"fired"`
}

type advanceRequest struct {
	Duration string    `json:"duration"`
	Until    time.Time `json:"until"`
}

// maxAdvance is how far one call goes.
const maxAdvance = 5 * 366 * 24 * time.Hour

// settleTimeout is how long one instant may take to settle, in machine time.
const settleTimeout = 60 * time.Second

// target is the time that a request to advance asks for.
func (a advanceRequest) target(now time.Time) (time.Time, error) {
	field, until := "until", a.Until
	switch {
	case (a.Duration == "") == a.Until.IsZero():
		return time.Time{}, invalid("duration", "give either duration or until")
	case a.Duration != "":
		s, err := parseSpan(a.Duration)
		if err != nil {
			return time.Time{}, invalid("duration", "%v", err)
		}
		field, until = "duration", s.after(now)
	}
	if until.Before(now) {
		return time.Time{}, invalid(field, "%s is past: business time is %s; restore a snapshot to go back", until.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	if until.Sub(now) > maxAdvance {
		return time.Time{}, invalid(field, "is more than five years ahead")
	}
	return until, nil
}

// advance moves business time from one due instant to the next, and tells what fired at each.
func (c *server) advance(ctx context.Context, r *http.Request) (any, error) {
	var request advanceRequest
	if err := decode(r, &request); err != nil {
		return nil, err
	}
	c.travel.Lock()
	defer c.travel.Unlock()
	from := c.Clock.Now()
	until, err := request.target(from)
	if err != nil {
		return nil, err
	}
	answer := advanceAnswer{From: from}
	if answer.Stops, err = c.advanceTo(ctx, until); err != nil {
		return nil, err
	}
	for _, s := range answer.Stops {
		answer.Fired.add(s.fired)
	}
	answer.clockState = c.clockState()
	return answer, nil
}

// advanceTo returns the stops, each with what fired between the one before it and itself,
// and one for what fired at the end though nothing was due, as jobs do that run often.
func (c *server) advanceTo(ctx context.Context, until time.Time) ([]stop, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(settleTimeout, func() { cancel(fmt.Errorf("nothing has settled for %s", settleTimeout)) })
	defer watchdog.Stop()
	stops, begun := []stop{}, time.Now()
	add := func(at time.Time, f fired) {
		stops = append(stops, stop{Time: at, SettleMillis: float64(time.Since(begun).Microseconds()) / 1000, fired: f})
		begun = time.Now()
		watchdog.Reset(settleTimeout)
	}
	err := c.Time.AdvanceEach(ctx, until, func(s emulatedclock.Stop) { add(s.Time, c.firedSince(begun)) })
	if err != nil {
		return nil, fault.New(fault.Conflict, "NOT_SETTLED", "advance to %s: %w", until.Format(time.RFC3339), err)
	}
	if f := c.firedSince(begun); !f.none() {
		add(until, f)
	}
	return stops, nil
}

// firedSince reads the histories of the emulators. They are bounded: a stop at which more
// than a thousand things fire counts the latest.
func (c *server) firedSince(begun time.Time) fired {
	f := fired{Jobs: map[string]int{}, Tasks: map[string]int{}, Functions: map[string]int{}}
	for _, r := range c.Scheduler.Runs() {
		if !r.Time.Before(begun) {
			f.count(f.Jobs, path.Base(r.Job), r.Error == "")
		}
	}
	for _, a := range c.Tasks.Attempts() {
		if !a.Time.Before(begun) {
			f.count(f.Tasks, path.Base(a.URL), a.Succeeded)
		}
	}
	for _, d := range c.PubSub.Deliveries() {
		if !d.Time.Before(begun) {
			f.count(f.Functions, functionOf(d.Subscription), d.Acknowledged)
		}
	}
	return f
}

// functionOf is the function that a push subscription is named after.
func functionOf(subscription string) string {
	name := path.Base(subscription)
	return name[strings.LastIndex(name, ".")+1:]
}

func (f *fired) count(in map[string]int, name string, ok bool) {
	in[name]++
	if !ok {
		f.Failures++
	}
}

func (f *fired) none() bool { return len(f.Jobs)+len(f.Tasks)+len(f.Functions) == 0 }

func (f *fired) add(other fired) {
	f.Jobs, f.Tasks, f.Functions = sum(f.Jobs, other.Jobs), sum(f.Tasks, other.Tasks), sum(f.Functions, other.Functions)
	f.Failures += other.Failures
}

func sum(a, b map[string]int) map[string]int {
	if a == nil {
		a = map[string]int{}
	}
	for name, n := range b {
		a[name] += n
	}
	return a
}
