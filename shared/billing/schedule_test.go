package billing_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// schedule runs handlers one at a time, changing between them wherever they call the store,
// the gateway or a broker, and kills some there, as its seed says. What was killed or
// failed is delivered again.
type schedule struct {
	t       testing.TB
	rng     *rand.Rand
	waiting []*actor
	current *actor
	crashes int // left
	steps   int
}

// actor is one delivery of a trigger.
type actor struct {
	name    string
	run     func() error
	resume  chan bool // whether to die
	parked  chan bool // whether it ended
	err     error
	started bool
	died    bool
}

func (s *schedule) add(name string, run func() error) {
	s.waiting = append(s.waiting, &actor{name: name, run: run, resume: make(chan bool), parked: make(chan bool)})
}

// chance is true once in n times.
func (s *schedule) chance(n int) bool { return s.rng.IntN(n) == 0 }

// yield lets others go first.
func (s *schedule) yield() {
	a := s.current
	a.parked <- false
	if <-a.resume {
		a.died = true
		runtime.Goexit()
	}
}

// drain runs until nothing is left to do.
func (s *schedule) drain() {
	for len(s.waiting) > 0 {
		s.steps++
		require.Less(s.t, s.steps, 20_000, "no end: %s", s.waiting[0].name)
		s.step(s.rng.IntN(len(s.waiting)))
	}
}

func (s *schedule) step(i int) {
	a := s.waiting[i]
	s.current = a
	kill := a.started && s.crashes > 0 && s.chance(12)
	if kill {
		s.crashes--
	}
	if !a.started {
		a.started = true
		go func() {
			defer func() { a.parked <- true }()
			<-a.resume
			a.err = a.run()
		}()
	}
	a.resume <- kill
	if ended := <-a.parked; !ended {
		return
	}
	s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
	if a.died || a.err != nil {
		s.add(a.name, a.run)
	}
}
