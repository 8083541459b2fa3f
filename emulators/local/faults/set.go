package faults

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// Set is the rules of a stack. It is safe for concurrent use.
type Set struct {
	functions []string
	crash     func()

	mu      sync.Mutex
	rules   []*entry
	lastID  int
	publish Publish
	refused map[string]string // reasons, by saga and step
}

type entry struct {
	Rule
	random *rand.Rand
}

// NewSet returns a set without rules, for a stack with these functions. crash ends the
// process; it does not return.
func NewSet(functions []string, crash func()) *Set {
	return &Set{functions: functions, crash: crash}
}

// Kill ends this process as kill -9 does.
func Kill() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // to oneself it is always allowed
	select {}
}

// Add adds a rule and returns it with its id.
func (s *Set) Add(r Rule) (Rule, error) {
	if err := r.validate(s.functions); err != nil {
		return Rule{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	r.ID, r.Hits, r.Match = "fault-"+strconv.Itoa(s.lastID), 0, maps.Clone(r.Match)
	s.rules = append(s.rules, &entry{Rule: r, random: rand.New(rand.NewPCG(r.Seed, r.Seed))})
	return r, nil
}

// List returns the rules with their hits, oldest first.
func (s *Set) List() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	rules := make([]Rule, len(s.rules))
	for i, e := range s.rules {
		rules[i] = e.Rule
	}
	return rules
}

// Remove removes a rule and reports whether it was there.
func (s *Set) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.rules)
	s.rules = slices.DeleteFunc(s.rules, func(e *entry) bool { return e.ID == id })
	return len(s.rules) < before
}

// Clear removes all rules.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules, s.refused = nil, nil
}

// watches reports whether any rule is about the target.
func (s *Set) watches(target string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.refused) > 0 || slices.ContainsFunc(s.rules, func(e *entry) bool { return e.Target == target })
}

// hit returns the rules that a call meets and counts them. describe is asked only when
// there is a rule about the target.
func (s *Set) hit(target string, describe func() Call) []Rule {
	if !s.watches(target) {
		return nil
	}
	call := describe()
	s.mu.Lock()
	defer s.mu.Unlock()
	var met []Rule
	for _, e := range s.rules {
		if e.Target != target || e.Count > 0 && e.Hits >= e.Count || !e.fits(call) {
			continue
		}
		if e.Probability > 0 && e.random.Float64() >= e.Probability {
			continue
		}
		e.Hits++
		met = append(met, e.Rule)
	}
	return met
}

// Attempt returns what goes wrong with an emulator's attempt, or kills the process.
func (s *Set) Attempt(target string, describe func() Call) outbound.Fault {
	return s.apply(s.hit(target, describe)).Fault
}

// trouble is what goes wrong with one call.
type trouble struct {
	outbound.Fault
	crashAfter bool
	reason     string // to refuse the command for
}

func (s *Set) apply(rules []Rule) trouble {
	var t trouble
	for _, r := range rules {
		switch r.Effect {
		case Status:
			t.Status = r.Status
		case Delay:
			t.Fault.Delay += time.Duration(r.Delay)
		case LostResponse:
			t.LoseResponse = true
		case Duplicate:
			t.Duplicates++
		case CrashBefore:
			s.crash()
		case CrashAfter:
			t.crashAfter = true
		case Refuse:
			t.reason = r.Reason
		}
	}
	return t
}
