package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Services are the services of an environment.
type Services interface {
	// Standings returns how all services stand; those that do not exist yet are left out.
	Standings(ctx context.Context) ([]Standing, error)
	// Shift gives each revision its share of a service's requests. The service is read
	// first, and changed only if guard then agrees and nobody changed it since.
	Shift(ctx context.Context, p Place, shares func(Standing) map[string]int, guard func() error) error
}

// Meter reads signals.
type Meter interface {
	// Read returns what the moves' revisions did since the step began.
	Read(ctx context.Context, moves []Move, since time.Duration) (Signals, error)
	// Alerts returns which conditions of alerts hold.
	Alerts(ctx context.Context) ([]string, error)
}

// Outcomes that are no plain failure.
var (
	// ErrBack says that the requests went back to the revisions before.
	ErrBack = errors.New("all requests are back on the revisions before")
	// ErrAsk says that a person is to decide; the requests stay where they are.
	ErrAsk = errors.New("held: run forward again to go on from here, or back")
)

// Run is one run of the tool against an environment.
type Run struct {
	Services Services
	Meter    Meter
	Records  Records
	Steps    []int // percents in rising order, the last of them 100
	Limits   Limits
	Events   map[string]bool // services that are event functions
	Name     string          // of this run, unlike all others
	Patience time.Duration   // how long to wait for another run
	Out      io.Writer
	Now      func() time.Time
	Pause    func(ctx context.Context, d time.Duration) error

	record Record
}

// Release is what is being released.
type Release struct {
	Commit      string
	CommittedAt time.Time
	Again       bool // bring revisions again that were taken back
	Older       bool // though a newer commit has been released
}

// pollTime is between two looks at the signals, and a part of leaseTime.
const pollTime = 30 * time.Second

func (r *Run) say(format string, arguments ...any) {
	fmt.Fprintf(r.Out, "%s "+format+"\n", append([]any{r.Now().UTC().Format(time.TimeOnly)}, arguments...)...)
}

// take reads the record and refuses what must not go on.
func (r *Run) take(ctx context.Context, release Release) error {
	record, err := r.Records.Read(ctx)
	for began := r.Now(); err == nil && record.heldBy(r.Now()) != nil; record, err = r.Records.Read(ctx) {
		if r.Now().Sub(began) >= r.Patience {
			return record.heldBy(r.Now())
		}
		if err := r.Pause(ctx, pollTime); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if record.CommittedAt.After(release.CommittedAt) && !release.Older {
		return fmt.Errorf("commit %.12s of %s was released, and %.12s is older: --older does it all the same", record.Commit, record.CommittedAt.UTC().Format(time.RFC3339), release.Commit)
	}
	r.record = record
	return nil
}

// Prepare pins what serves to its revision, so that a deployment moves no requests.
func (r *Run) Prepare(ctx context.Context, release Release) error {
	if err := r.take(ctx, release); err != nil {
		return err
	}
	standings, err := r.Services.Standings(ctx)
	if err != nil {
		return err
	}
	return r.pin(ctx, standings)
}

func (r *Run) pin(ctx context.Context, standings []Standing) error {
	var floating []Place
	for _, s := range standings {
		if s.Floating {
			floating = append(floating, s.Place)
		}
	}
	err := each(floating, func(p Place) error {
		return r.Services.Shift(ctx, p, func(s Standing) map[string]int { return s.Shares }, func() error { return nil })
	})
	if err == nil {
		r.say("%d services, %d of them pinned to what serves now", len(standings), len(floating))
	}
	return err
}

// Forward moves the requests to the newest revisions. ErrBack and ErrAsk say how else it ended.
func (r *Run) Forward(ctx context.Context, release Release) error {
	if err := r.take(ctx, release); err != nil {
		return err
	}
	standings, err := r.Services.Standings(ctx)
	if err != nil {
		return err
	}
	moves, err := Plan(standings, r.record, r.Events)
	if err != nil {
		return err
	}
	if err := r.record.refused(moves); err != nil && !release.Again {
		return fmt.Errorf("deploy another revision, or use --again: %w", err)
	}
	if err := r.pin(ctx, standings); err != nil {
		return err
	}
	before := r.record
	r.record.Commit, r.record.CommittedAt = release.Commit, release.CommittedAt
	if len(moves) == 0 { // and back still knows the last release that moved something
		r.record.State = Done
		r.say("%.12s: nothing to move", release.Commit)
		return r.release(ctx)
	}
	percent := r.Steps[0]
	if before.State == Moving && slices.Equal(before.Moves, moves) {
		percent = NextPercent(r.Steps, shares(standings, moves))
	} else if err := r.quietAlerts(ctx); err != nil {
		return err
	}
	r.record.State, r.record.Moves = Moving, moves
	if release.Again {
		r.record.TakenBack = nil
	}
	return r.steps(ctx, percent)
}

// quietAlerts refuses to begin while an alert would be laid at the release's door.
func (r *Run) quietAlerts(ctx context.Context) error {
	alerts, err := r.Meter.Alerts(ctx)
	if err != nil {
		return fmt.Errorf("%w: nothing was moved, since the signals cannot be read: %w", ErrAsk, err)
	}
	if len(alerts) > 0 {
		return fmt.Errorf("%w: nothing was moved, since conditions of alerts hold already: %v", ErrAsk, alerts)
	}
	return nil
}

// shares returns the share of each move's new revision.
func shares(standings []Standing, moves []Move) []int {
	var found []int
	for _, s := range standings {
		for _, m := range moves {
			if m.Place == s.Place {
				found = append(found, s.Shares[m.To])
			}
		}
	}
	return found
}

func (r *Run) steps(ctx context.Context, percent int) error {
	for more := true; more; percent, more = following(r.Steps, percent) {
		r.say("%d %% of the requests of %d services to their new revisions", percent, len(r.record.Moves))
		r.record.Percent = percent
		if err := r.keep(ctx); err != nil {
			return err
		}
		if err := r.shift(ctx, r.record.Moves, percent); err != nil {
			return errors.Join(err, r.release(context.WithoutCancel(ctx)))
		}
		if err := r.watch(ctx); err != nil {
			return err
		}
	}
	r.record.State, r.record.Percent = Done, 100
	r.say("released %.12s: %d services moved", r.record.Commit, len(r.record.Moves))
	return r.release(ctx)
}

// watch looks at a step until it is decided.
func (r *Run) watch(ctx context.Context) error {
	began := r.Now()
	for {
		if err := r.Pause(ctx, pollTime); err != nil {
			return errors.Join(err, r.release(context.WithoutCancel(ctx)))
		}
		if err := r.keep(ctx); err != nil {
			return err
		}
		elapsed := r.Now().Sub(began)
		signals, failure := r.Meter.Read(ctx, r.record.Moves, elapsed)
		if failure != nil {
			r.say("signals cannot be read: %v", failure)
		}
		breaches, quiet := Judge(r.record.Moves, signals, r.Limits)
		switch Decide(elapsed, breaches, quiet, failure != nil, r.Limits) {
		case Proceed:
			if len(quiet) > 0 {
				r.say("too few requests to judge %d of %d services; going on", len(quiet), len(r.record.Moves))
			}
			return nil
		case Return:
			r.say("%s", reasons(breaches))
			return r.goBack(ctx, breaches)
		case Ask:
			return errors.Join(fmt.Errorf("%w: the signals cannot be read: %w", ErrAsk, failure), r.release(ctx))
		case Watch:
		}
	}
}

// shift gives the new revisions a share. Each service is changed only while the record is this run's.
func (r *Run) shift(ctx context.Context, moves []Move, percent int) error {
	generation := r.record.generation
	mine := func() error {
		record, err := r.Records.Read(ctx)
		if err == nil && record.generation != generation {
			err = ErrTaken
		}
		return err
	}
	return each(moves, func(m Move) error {
		shares := map[string]int{m.From: 100 - percent, m.To: percent}
		if err := r.Services.Shift(ctx, m.Place, func(Standing) map[string]int { return shares }, mine); err != nil {
			return fmt.Errorf("%s: %w", m.Place, err)
		}
		err := mine()
		if errors.Is(err, ErrTaken) {
			err = errors.Join(err, r.yield(context.WithoutCancel(ctx), m.Place))
		}
		return err
	})
}

// yield undoes a change that went through after a person had gone back: who went back had
// looked at this service before it changed.
func (r *Run) yield(ctx context.Context, p Place) error {
	record, err := r.Records.Read(ctx)
	if err != nil {
		return err
	}
	m, known := record.move(p)
	if record.State != Back || !known {
		return nil
	}
	return r.Services.Shift(ctx, p, func(Standing) map[string]int { return map[string]int{m.From: 100} }, func() error { return nil })
}
