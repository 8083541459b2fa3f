package saga

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// Begin makes the saga of n at the business time now and the first commands.
func Begin(d Definition, n New, now time.Time) (Saga, []message.Command, error) {
	if n.ID == "" || n.Owner == "" || n.Country == "" {
		return Saga{}, nil, fmt.Errorf("begin a saga of %s: id, owner or country is missing", d.Name)
	}
	input, err := json.Marshal(n.Input)
	if err != nil {
		return Saga{}, nil, fmt.Errorf("begin saga %s: encode its input: %w", n.ID, err)
	}
	s := Saga{
		ID: n.ID, Definition: d.Name, Version: d.Version,
		Owner: n.Owner, Country: n.Country, Language: n.Language,
		Subscription: n.Subscription, Course: n.Course, Invoice: n.Invoice,
		StartTime: now, Input: input, Phase: Forward, Deadline: now.Add(d.Patience),
		Steps: map[string]StepRun{}, Trace: n.Trace,
	}
	a := advance(d, s, Started(), now)
	if err := a.goForward(); err != nil {
		return Saga{}, nil, err
	}
	a.moved()
	a.schedule()
	a.saga.DueTime = now // nobody delivers the beginning again: due until the first reply
	return a.saga, a.commands, nil
}

// Advance returns the saga as it is after the event, and the commands to send once it is
// stored. A saga whose Revision is the same need not be stored. Advance changes nothing
// that it is given.
func Advance(d Definition, s Saga, e Event, now time.Time) (Saga, []message.Command, error) {
	a := advance(d, s, e, now)
	var err error
	switch e.kind {
	case started:
		a.sendAgainCaused()
	case replied:
		err = a.reply(e.reply)
	case due:
		err = a.due()
	case resumed:
		a.resume()
	}
	if err != nil {
		return Saga{}, nil, fmt.Errorf("advance saga %s: %w", s.ID, err)
	}
	return a.saga, a.commands, nil
}

// advancing is one call of Advance: a copy of the saga and what is to be sent.
type advancing struct {
	def       Definition
	saga      Saga
	event     Event
	cause     string
	messageID string
	now       time.Time
	commands  []message.Command
}

func advance(d Definition, s Saga, e Event, now time.Time) *advancing {
	s.Steps = maps.Clone(s.Steps)
	a := &advancing{def: d, saga: s, event: e, now: now}
	a.cause, a.messageID = e.cause()
	return a
}

// reply takes in a participant's reply.
func (a *advancing) reply(r message.Reply) error {
	if _, ok := a.def.Step(r.Step); !ok {
		return fault.New(fault.InvalidArgument, "UNKNOWN_STEP", "definition %s has no step %q", a.def.Name, r.Step)
	}
	run := a.run(r.Step, r.Compensation)
	switch {
	case run.Status == "" || run.Status == Planned:
		return fault.New(fault.InvalidArgument, "UNEXPECTED_REPLY", "nothing was sent that %s could answer", r.Step)
	case r.Attempt != run.Attempt:
		return nil // an answer to what was asked before an operator asked again
	case !run.unanswered():
		a.sendAgainCaused()
		return nil
	case r.Compensation:
		return a.compensated(r, run)
	default:
		return a.acted(r, run)
	}
}

// acted records the answer of an action and goes on from it.
func (a *advancing) acted(r message.Reply, run Run) error {
	late := a.saga.Phase != Forward
	switch r.Outcome {
	case message.Waiting:
		if late {
			return nil
		}
		return a.wait(r, run)
	case message.Done:
		run.Status, run.Result, run.Waiting = Done, r.Body, nil
	case message.Refused:
		run.Status, run.Failure, run.Waiting = Refused, r.Failure, nil
	default:
		return fault.New(fault.InvalidArgument, "UNKNOWN_OUTCOME", "outcome %q of step %s", r.Outcome, r.Step)
	}
	a.setAction(r.Step, run)
	if late {
		a.saga.Revision++
		return nil
	}
	a.moved()
	if r.Outcome == message.Refused {
		a.refused(r)
		return nil
	}
	step, _ := a.def.Step(r.Step)
	if step.Pivot || step.ForwardOnly {
		a.saga.Deadline = time.Time{}
	}
	if err := a.goForward(); err != nil {
		return err
	}
	a.schedule()
	return nil
}

// wait records that a step waits for a person or a network, and until when.
func (a *advancing) wait(r message.Reply, run Run) error {
	var info message.WaitingInfo
	if len(r.Body) > 0 {
		if err := json.Unmarshal(r.Body, &info); err != nil {
			return fault.New(fault.InvalidArgument, "UNREADABLE_REPLY", "what step %s waits for: %w", r.Step, err)
		}
	}
	if run.Status == Waiting && run.Waiting != nil && same(*run.Waiting, info) {
		return nil
	}
	run.Status, run.Waiting = Waiting, &info
	a.setAction(r.Step, run)
	if !info.ExpireTime.IsZero() && !a.saga.Deadline.IsZero() {
		a.saga.Deadline = info.ExpireTime
	}
	a.moved()
	a.schedule()
	return nil
}

func same(a, b message.WaitingInfo) bool {
	if (a.NextAction == nil) != (b.NextAction == nil) || !a.ExpireTime.Equal(b.ExpireTime) {
		return false
	}
	return a.NextAction == nil || *a.NextAction == *b.NextAction
}

// goForward sends the commands of the steps whose turn it is; when no step is left, the
// saga has succeeded.
func (a *advancing) goForward() error {
	left := false
	for _, step := range a.def.Steps {
		status := a.run(step.Name, false).Status
		left = left || status != Done
		if status != "" || !a.ready(step) {
			continue
		}
		body, err := step.Body(Data{&a.saga})
		if err != nil {
			return fmt.Errorf("make the body of step %s: %w", step.Name, err)
		}
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode the body of step %s: %w", step.Name, err)
		}
		a.saga.Steps[step.Name] = StepRun{Body: encoded}
		a.send(step, false)
	}
	if !left {
		a.finish(Succeeded)
	}
	return nil
}

// ready reports whether all that the step follows is done.
func (a *advancing) ready(step Step) bool {
	for _, name := range step.After {
		if a.run(name, false).Status != Done {
			return false
		}
	}
	return true
}

func (a *advancing) finish(phase Phase) {
	a.saga.Phase, a.saga.EndTime = phase, a.now
	a.saga.Deadline, a.saga.Stuck = time.Time{}, ""
}
