package saga

import (
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// ReasonExpired is the reason of a saga that turned back because its deadline passed.
const ReasonExpired = "SAGA_EXPIRED"

const (
	// firstNudge and lastNudge bound the wait for an answer before it is asked for again; it
	// doubles in between.
	firstNudge = time.Minute
	lastNudge  = time.Hour
	// stuckAfter is how long a saga may stand still before an operator is called.
	stuckAfter = 4 * time.Hour
)

// due turns the saga back if its time is over, and otherwise asks again for the answers
// that are missing. A saga that is stuck for want of an answer is still asked for it, so
// that it goes on by itself once the participant is back.
func (a *advancing) due() error {
	if a.saga.Finished() || a.saga.DueTime.IsZero() || a.now.Before(a.saga.DueTime) {
		return nil
	}
	if a.expired() {
		a.moved()
		a.turnBack(message.Failure{Step: a.unansweredStep(), Kind: fault.FailedPrecondition.String(),
			Reason: ReasonExpired, Message: "the deadline passed before the point of no return"})
		return nil
	}
	a.sendAgain(func(Run) bool { return true })
	a.saga.Nudges++
	a.saga.Revision++
	if a.saga.Stuck == "" && a.sent() && a.now.Sub(a.saga.MoveTime) >= stuckAfter {
		a.saga.Stuck = "no answer of step " + a.unansweredStep()
	}
	a.schedule()
	return nil
}

// expired reports whether the deadline has passed of a saga that can still turn back.
func (a *advancing) expired() bool {
	return a.saga.Phase == Forward && !a.saga.Deadline.IsZero() && !a.now.Before(a.saga.Deadline)
}

// resume asks again for all that is missing, and for what was refused.
func (a *advancing) resume() {
	if a.saga.Finished() {
		return
	}
	back := a.saga.Phase == Back
	for _, step := range a.def.Steps {
		run := a.run(step.Name, back)
		if run.Status != Refused {
			continue
		}
		run.Attempt++
		run.Status, run.Failure = Sent, nil
		run.Cause, run.CauseMessage = a.cause, a.messageID
		if back {
			a.setUndo(step.Name, run)
		} else {
			a.setAction(step.Name, run)
		}
	}
	a.sendAgain(func(Run) bool { return true })
	a.moved()
	a.schedule()
}

// moved notes that the saga has moved.
func (a *advancing) moved() {
	a.saga.MoveTime, a.saga.Nudges, a.saga.Stuck = a.now, 0, ""
	a.saga.Revision++
}

// schedule sets the time of the next Due, and says whether the saga is stuck on a refusal.
func (a *advancing) schedule() {
	if refusal := a.refusal(); refusal != "" {
		a.saga.Stuck = refusal
	}
	if !a.saga.Deadline.IsZero() && !a.canTurnBack() {
		a.saga.Deadline = time.Time{}
	}
	a.saga.DueTime = time.Time{}
	if a.saga.Finished() || !a.unanswered() {
		return // only an operator can move a saga whose every answer is in
	}
	wait := lastNudge
	if a.saga.Nudges < 6 {
		wait = firstNudge << a.saga.Nudges
	}
	a.saga.DueTime = a.now.Add(wait)
	if deadline := a.saga.Deadline; !deadline.IsZero() && deadline.Before(a.saga.DueTime) {
		a.saga.DueTime = deadline
	}
}

// refusal says which refusal keeps the saga from going on, empty when none does.
func (a *advancing) refusal() string {
	if a.saga.Finished() {
		return ""
	}
	for _, step := range a.def.Steps {
		run := a.run(step.Name, a.saga.Phase == Back)
		switch {
		case run.Status != Refused:
		case a.saga.Phase == Back:
			return "compensation of step " + step.Name + " was refused: " + run.Failure.Reason
		default:
			return "step " + step.Name + " was refused where there is no way back: " + run.Failure.Reason
		}
	}
	return ""
}

// unanswered reports whether any command of the direction the saga takes lacks its answer.
func (a *advancing) unanswered() bool {
	for _, step := range a.saga.Steps {
		if a.saga.Phase == Back && step.Undo.unanswered() || a.saga.Phase == Forward && step.Action.unanswered() {
			return true
		}
	}
	return false
}

// sent reports whether a participant, rather than a person, owes an answer.
func (a *advancing) sent() bool {
	for _, step := range a.saga.Steps {
		if a.saga.Phase == Back && step.Undo.Status == Sent || a.saga.Phase == Forward && step.Action.Status == Sent {
			return true
		}
	}
	return false
}

// unansweredStep names the first step that lacks its answer.
func (a *advancing) unansweredStep() string {
	for _, step := range a.def.Steps {
		if a.run(step.Name, a.saga.Phase == Back).unanswered() {
			return step.Name
		}
	}
	return ""
}
