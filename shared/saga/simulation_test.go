package saga_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagatest"
)

var start = time.Date(2026, 1, 31, 15, 30, 0, 0, time.UTC)

// randomDefinition makes any graph of steps, of all sorts.
func randomDefinition(r *rand.Rand) saga.Definition {
	d := saga.Definition{Name: "any", Version: 1, Patience: 15 * time.Minute}
	for i := range 1 + r.IntN(7) {
		name := fmt.Sprintf("S%d", i)
		s := saga.Step{Name: name, Service: "any", Command: "Do" + name,
			Body: func(saga.Data) (any, error) { return map[string]string{"step": name}, nil }}
		for j := range i {
			if r.IntN(3) == 0 {
				s.After = append(s.After, fmt.Sprintf("S%d", j))
			}
		}
		switch r.IntN(6) {
		case 0:
			s.ReadOnly = true
		case 1: // cannot be undone
		default:
			s.Compensation = "Undo" + name
		}
		s.Pivot, s.ForwardOnly = r.IntN(6) == 0, r.IntN(8) == 0
		d.Steps = append(d.Steps, s)
	}
	return d
}

func randomScript(r *rand.Rand, d saga.Definition) sagatest.Script {
	script := sagatest.Script{Refuse: map[string]bool{}, RefuseUndo: map[string]bool{},
		Outside: map[string]bool{}, Wait: map[string]bool{}}
	for _, s := range d.Steps {
		script.Refuse[s.Name] = r.IntN(8) == 0
		script.RefuseUndo[s.Name] = r.IntN(10) == 0
		script.Outside[s.Name] = !s.ReadOnly && r.IntN(4) == 0
		script.Wait[s.Name] = r.IntN(2) == 0
	}
	return script
}

// TestAnySagaEndsCompletedOrCompensated plays random sagas in worlds of every kind of
// trouble; a failure names the seed that repeats it.
func TestAnySagaEndsCompletedOrCompensated(t *testing.T) {
	first := rand.Uint64()
	t.Logf("seeds from %d", first)
	ended := map[saga.Phase]int{}
	helped := 0
	for i := range uint64(1500) {
		seed := first + i
		r := rand.New(rand.NewPCG(seed, 1))
		d := randomDefinition(r)
		require.NoError(t, d.Validate())
		faults := sagatest.Faults{}
		if i%4 > 0 {
			faults = sagatest.Faults{Crash: r.Float64() * 0.4, Duplicate: r.Float64() * 0.6,
				Lose: r.Float64() * 0.3, Delay: r.Float64() * 0.1}
		}
		w, err := sagatest.New(seed, d, saga.New{ID: "jp-1", Owner: "jp-2", Country: "jp"}, start, randomScript(r, d), faults)
		require.NoError(t, err, "seed %d", seed)
		require.NoError(t, w.Run(), "seed %d, faults %+v", seed, faults)
		ended[w.Saga.Phase]++
		helped += w.Operations()
	}
	t.Logf("ended %v, helped %d times", ended, helped)
	require.Greater(t, ended[saga.Succeeded], 150)
	require.Greater(t, ended[saga.Failed], 150)
	require.Positive(t, helped)
}

// TestDoubledMessagesDoNotBreed has every reply published or delivered a hundred times
// more. Copies with ids of their own cause nothing at all; deliveries of one message may
// each have the unanswered commands sent again that it caused, and no others.
func TestDoubledMessagesDoNotBreed(t *testing.T) {
	d := purchase()
	for name, faults := range map[string]sagatest.Faults{
		"copies":     {ReplyCopies: 100},
		"deliveries": {ReplyDeliveries: 100},
	} {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			w, err := sagatest.New(seed, d, saga.New{ID: "jp-1", Owner: "jp-2", Country: "jp"}, start, sagatest.Script{}, faults)
			require.NoError(t, err)
			require.NoError(t, w.Run())
			for _, s := range d.Steps {
				most := 1 + faults.ReplyDeliveries
				require.LessOrEqual(t, w.Commands[s.Name], most, s.Name)
			}
			t.Logf("commands %v", w.Commands)
		})
	}
}
