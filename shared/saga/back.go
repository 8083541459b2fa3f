package saga

import (
	"time"

	"github.com/kwipper/kwipper/shared/message"
)

// refused turns the saga back for a refusal, or, where there is no way back, leaves it to
// an operator.
func (a *advancing) refused(r message.Reply) {
	if !a.canTurnBack() {
		a.schedule()
		return
	}
	failure := *r.Failure
	failure.Step = r.Step
	a.turnBack(failure)
}

// canTurnBack reports whether all that was sent can be undone or has no effect.
func (a *advancing) canTurnBack() bool {
	for _, step := range a.def.Steps {
		status := a.run(step.Name, false).Status
		if status == "" || status == Refused {
			continue
		}
		if step.ForwardOnly && status == Done || !step.ReadOnly && step.Compensation == "" {
			return false
		}
	}
	return true
}

// turnBack plans the compensation of every step that was sent and not refused, and sends
// those whose turn it is.
func (a *advancing) turnBack(failure message.Failure) {
	a.saga.Phase, a.saga.Failure, a.saga.Deadline = Back, &failure, time.Time{}
	for _, step := range a.def.Steps {
		status := a.run(step.Name, false).Status
		if step.Compensation == "" || status == "" || status == Refused {
			continue
		}
		a.setUndo(step.Name, Run{Status: Planned})
	}
	a.goBack()
	a.schedule()
}

// goBack sends the compensations whose turn it is: those of steps that no step follows
// whose own compensation is not done yet. When none is left, the saga has failed cleanly.
func (a *advancing) goBack() {
	left := false
	for _, step := range a.def.Steps {
		status := a.run(step.Name, true).Status
		left = left || status != "" && status != Done
		if status == Planned && !a.followed(step.Name) {
			a.send(step, true)
		}
	}
	if !left {
		a.finish(Failed)
	}
}

// followed reports whether a step after the named one is still to be compensated.
func (a *advancing) followed(name string) bool {
	for follower := range a.def.followers(name) {
		if status := a.run(follower, true).Status; status != "" && status != Done {
			return true
		}
	}
	return false
}

// compensated records the answer of a compensation and goes on back from it.
func (a *advancing) compensated(r message.Reply, run Run) error {
	switch r.Outcome {
	case message.Done:
		run.Status, run.Result = Done, r.Body
		a.setUndo(r.Step, run)
		a.moved()
		a.goBack()
	case message.Refused:
		run.Status, run.Failure = Refused, r.Failure
		a.setUndo(r.Step, run)
		a.moved()
	default: // still at it
		return nil
	}
	a.schedule()
	return nil
}
