package enrollment_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagatest"
)

// each runs a test of every story, with a seed that is printed.
func each(t *testing.T, test func(t *testing.T, s story, seed uint64)) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			test(t, s, seed)
		})
	}
}

func refusing(step string) sagatest.Script {
	return sagatest.Script{Refuse: map[string]bool{step: true}}
}

func TestWithoutTroubleEachCommandIsSentOnce(t *testing.T) {
	each(t, func(t *testing.T, s story, seed uint64) {
		w := s.play(t, seed, sagatest.Script{}, sagatest.Faults{})
		require.NoError(t, w.Run())
		assert.Equal(t, saga.Succeeded, w.Saga.Phase)
		for _, step := range s.definition(t).Steps {
			assert.Equal(t, 1, w.Commands[step.Name], step.Name)
			assert.Zero(t, w.Commands["undo "+step.Name], step.Name)
		}
	})
}

func TestRepliesInAnyOrder(t *testing.T) {
	each(t, func(t *testing.T, s story, seed uint64) {
		for i := range uint64(200) {
			w := s.play(t, seed+i, sagatest.Script{}, sagatest.Faults{Reversed: i == 0})
			require.NoError(t, w.Run(), "seed %d", seed+i)
			require.Equal(t, saga.Succeeded, w.Saga.Phase)
		}
	})
}

// TestRefusalAtEachStep refuses each step for good. What can be undone is; where there is
// no way back an operator helps, and the saga goes forward.
func TestRefusalAtEachStep(t *testing.T) {
	forward := map[string]map[string]bool{ // steps after which there is no way back
		enrollment.Subscribe: {},
		enrollment.Refund: {message.RevokeContentAccessCommand: true, message.RevertCourseInfoCommand: true,
			message.RevertUserInfoCommand: true, message.UnsubscribeCommand: true, message.RefundPaymentCommand: true},
		enrollment.Renew: {message.UpdateCourseInfoCommand: true, message.GrantContentAccessCommand: true},
		enrollment.End: {message.RevokeContentAccessCommand: true, message.RevertCourseInfoCommand: true,
			message.RevertUserInfoCommand: true, message.UnsubscribeCommand: true},
		enrollment.Publish: {},
	}
	each(t, func(t *testing.T, s story, seed uint64) {
		for _, step := range s.definition(t).Steps {
			for i := range uint64(20) {
				w := s.play(t, seed+i, refusing(step.Name), sagatest.Faults{})
				require.NoError(t, w.Run(), "step %s, seed %d", step.Name, seed+i)
				if forward[s.name][step.Name] {
					require.Equal(t, saga.Succeeded, w.Saga.Phase, step.Name)
					require.Equal(t, 1, w.Operations())
					continue
				}
				require.Equal(t, saga.Failed, w.Saga.Phase, step.Name)
				require.Equal(t, step.Name, w.Saga.Failure.Step)
				require.Equal(t, "NOT_TODAY", w.Saga.Failure.Reason)
				require.Zero(t, w.Operations())
			}
		}
	})
}

// TestMoneyGoesBackWhenALaterStepIsRefused is the story's "a step fails for good after
// the payment".
func TestMoneyGoesBackWhenALaterStepIsRefused(t *testing.T) {
	for _, step := range []string{message.SubscribeCommand, message.UpdateCourseInfoCommand,
		message.UpdateUserInfoCommand, message.GrantContentAccessCommand} {
		w := stories[0].play(t, 1, refusing(step), sagatest.Faults{})
		require.NoError(t, w.Run(), step)
		charged, returned := w.Effects(message.DoPaymentCommand)
		assert.Equal(t, []int{1, 1}, []int{charged, returned}, step)
		assert.Equal(t, 1, w.Commands["undo "+message.DoPaymentCommand])
	}
}

func TestDeclinedPaymentReleasesTheReservationAndChargesNothing(t *testing.T) {
	w := stories[0].play(t, 1, refusing(message.DoPaymentCommand), sagatest.Faults{})
	require.NoError(t, w.Run())
	reserved, released := w.Effects(message.ValidateSubscriptionCommand)
	assert.Equal(t, []int{1, 1}, []int{reserved, released})
	charged, _ := w.Effects(message.DoPaymentCommand)
	assert.Zero(t, charged)
}

// TestCrashAtEachPoint stops a handler at each opportunity there is: before and after each
// commit and publication of orchestrator and participants, forward and back.
func TestCrashAtEachPoint(t *testing.T) {
	each(t, func(t *testing.T, s story, seed uint64) {
		scripts := []sagatest.Script{{}}
		for _, step := range s.definition(t).Steps {
			scripts = append(scripts, refusing(step.Name))
		}
		points := 0
		for _, script := range scripts {
			for at := 1; ; at++ {
				w := s.play(t, seed, script, sagatest.Faults{CrashAt: at})
				require.NoError(t, w.Run(), "crash at %d, refusing %v, seed %d", at, script.Refuse, seed)
				points++
				if at > w.Chances() {
					break
				}
			}
		}
		t.Logf("%d runs", points)
	})
}

func TestEverythingThreeTimesAndOutOfOrder(t *testing.T) {
	each(t, func(t *testing.T, s story, seed uint64) {
		steps := s.definition(t).Steps
		for i := range uint64(40) {
			script := sagatest.Script{}
			if i%2 == 1 {
				script = refusing(steps[int(i/2)%len(steps)].Name)
			}
			w := s.play(t, seed+i, script, sagatest.Faults{Copies: 2, Reversed: i%5 == 0})
			require.NoError(t, w.Run(), "seed %d", seed+i)
		}
	})
}

// TestCompensationBeforeItsAction has the deadline pass while commands are on their way,
// and the compensations overtake them.
func TestCompensationBeforeItsAction(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			w := s.play(t, 1, sagatest.Script{}, sagatest.Faults{Reversed: true})
			w.Now = start.Add(s.definition(t).Patience)
			require.NoError(t, w.Due())
			require.NoError(t, w.Run())
			if s.name == enrollment.End { // it only goes forward
				assert.Equal(t, saga.Succeeded, w.Saga.Phase)
				return
			}
			assert.Equal(t, saga.Failed, w.Saga.Phase)
			assert.Equal(t, saga.ReasonExpired, w.Saga.Failure.Reason)
			for _, step := range s.definition(t).Steps {
				done, undone := w.Effects(step.Name)
				assert.True(t, step.ReadOnly || done == 0 && undone == 0, step.Name)
			}
		})
	}
}

// TestAllTroubleAtOnce mixes everything, for as many seeds as the time allows.
func TestAllTroubleAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s story, seed uint64) {
		ended := map[string]int{}
		for i := range uint64(120) {
			r := rand.New(rand.NewPCG(seed+i, 2))
			script := sagatest.Script{Refuse: map[string]bool{}, RefuseUndo: map[string]bool{},
				Wait: map[string]bool{message.DoPaymentCommand: r.IntN(2) == 0}}
			for _, step := range s.definition(t).Steps {
				script.Refuse[step.Name] = r.IntN(10) == 0
				script.RefuseUndo[step.Name] = r.IntN(20) == 0
			}
			faults := sagatest.Faults{Crash: r.Float64() * 0.3, Duplicate: r.Float64() * 0.5, Lose: r.Float64() * 0.2,
				Delay: r.Float64() * 0.1, Copies: r.IntN(2)}
			w := s.play(t, seed+i, script, faults)
			require.NoError(t, w.Run(), "seed %d: %+v", seed+i, faults)
			ended[fmt.Sprint(w.Saga.Phase)]++
		}
		t.Logf("ended %v", ended)
	})
}
