package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// States of a release.
const (
	Moving = "moving" // from step to step
	Done   = "done"   // everything is on the new revisions
	Back   = "back"   // everything is on the revisions before
)

// Record is what is known of the newest release of an environment.
type Record struct {
	Commit      string    `json:"commit"`
	CommittedAt time.Time `json:"committedAt"`
	State       string    `json:"state"`
	Percent     int       `json:"percent"`
	Moves       []Move    `json:"moves"`
	// TakenBack are the revisions that may not come again by themselves, and why.
	TakenBack []TakenBack `json:"takenBack,omitempty"`
	// Holder is the run that moves it; after a LeaseEnds that has passed, nobody does.
	Holder    string    `json:"holder,omitempty"`
	LeaseEnds time.Time `json:"leaseEnds"`

	generation int64
}

// TakenBack is a revision that was found wanting.
type TakenBack struct {
	Place
	Revision string `json:"revision"`
	Why      string `json:"why"`
}

// Records keeps the record of an environment.
type Records interface {
	// Read returns the record, the zero Record where there is none.
	Read(ctx context.Context) (Record, error)
	// Write replaces the record that was read, and returns it as it now stands. It is
	// ErrTaken if another has replaced it since.
	Write(ctx context.Context, r Record) (Record, error)
}

// ErrTaken says that another run has taken over.
var ErrTaken = errors.New("another run of scripts/rollout has taken over")

// leaseTime is how long a run that says nothing is believed to live.
const leaseTime = 5 * time.Minute

func (r Record) move(p Place) (Move, bool) {
	for _, m := range r.Moves {
		if m.Place == p {
			return m, true
		}
	}
	return Move{}, false
}

// heldBy returns an error while another run holds the record.
func (r Record) heldBy(now time.Time) error {
	if r.Holder == "" || now.After(r.LeaseEnds) {
		return nil
	}
	return fmt.Errorf("%s moves release %.12s until %s at least", r.Holder, r.Commit, r.LeaseEnds.Format(time.TimeOnly))
}

// refused returns an error if a move would bring a revision again that was taken back.
func (r Record) refused(moves []Move) error {
	var wrong []error
	for _, m := range moves {
		for _, t := range r.TakenBack {
			if t.Place == m.Place && t.Revision == m.To {
				wrong = append(wrong, fmt.Errorf("%s: %s was taken back (%s)", m.Place, m.To, t.Why))
			}
		}
	}
	return errors.Join(wrong...)
}
