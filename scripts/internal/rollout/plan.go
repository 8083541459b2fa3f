package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Place is a function in a region: a service of Cloud Run.
type Place struct {
	Service string `json:"service"` // such as get-user
	Region  string `json:"region"`
}

func (p Place) String() string { return p.Service + " in " + p.Region }

// Standing is how a service stands.
type Standing struct {
	Place
	Ready   string // the newest revision that is ready
	Created string // the newest revision
	// Shares are percents by revision; they sum to 100.
	Shares map[string]int
	// Floating says that some share goes to whatever revision is the newest.
	Floating bool
	etag     string
}

// Move takes a service from one revision to another.
type Move struct {
	Place
	Event bool   `json:"event,omitempty"` // called by Pub/Sub, Tasks or Scheduler
	From  string `json:"from"`
	To    string `json:"to"`
}

// Plan returns the moves that a deployment asks for. A service that an earlier run left half
// way keeps the revision it came from, as long as the record has it.
func Plan(standings []Standing, record Record, events map[string]bool) ([]Move, error) {
	var moves []Move
	var wrong []error
	for _, s := range standings {
		if s.Created != s.Ready {
			wrong = append(wrong, fmt.Errorf("%s: revision %s did not become ready: see its log", s.Place, s.Created))
			continue
		}
		from := s.serving()
		if m, known := record.move(s.Place); known && record.State != Done {
			from = m.From
		}
		if from == s.Ready && s.Shares[from] == 100 {
			continue
		}
		if from == s.Ready { // a share is left on another revision: nobody meant it
			for other := range s.Shares {
				if other != s.Ready {
					from = other
				}
			}
		}
		moves = append(moves, Move{Place: s.Place, Event: events[s.Service], From: from, To: s.Ready})
	}
	slices.SortFunc(moves, func(a, b Move) int {
		return cmp.Or(strings.Compare(a.Service, b.Service), strings.Compare(a.Region, b.Region))
	})
	return moves, errors.Join(wrong...)
}

// serving returns the revision with the largest share; of equal ones, the older name.
func (s Standing) serving() string {
	revisions := slices.Sorted(maps.Keys(s.Shares))
	return slices.MaxFunc(revisions, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Shares[a], s.Shares[b]), strings.Compare(b, a))
	})
}

// NextPercent returns the step to go to, given what share of each move the new revision has
// now. A step that was set for some only is finished for all, and watched, before the next.
func NextPercent(steps, shares []int) int {
	most := 0
	for _, share := range shares {
		most = max(most, share)
	}
	for _, step := range steps {
		if step >= most && step > 0 {
			return step
		}
	}
	return 100
}

// following returns the step after this one, and false after the last.
func following(steps []int, percent int) (int, bool) {
	for _, step := range steps {
		if step > percent {
			return step, true
		}
	}
	return 0, false
}
