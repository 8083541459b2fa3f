package saga

import "github.com/kwipper/kwipper/shared/message"

func (a *advancing) run(step string, compensation bool) Run {
	if compensation {
		return a.saga.Steps[step].Undo
	}
	return a.saga.Steps[step].Action
}

func (a *advancing) setAction(step string, run Run) {
	s := a.saga.Steps[step]
	s.Action = run
	if def, _ := a.def.Step(step); run.Status == Done && def.Compensation == "" {
		s.Body = nil // it will not be sent again
	}
	a.saga.Steps[step] = s
}

func (a *advancing) setUndo(step string, run Run) {
	s := a.saga.Steps[step]
	s.Undo = run
	a.saga.Steps[step] = s
}

// send notes that the event has the command sent, and sends it.
func (a *advancing) send(step Step, compensation bool) {
	run := a.run(step.Name, compensation)
	run.Status, run.Cause, run.CauseMessage = Sent, a.cause, a.messageID
	if compensation {
		a.setUndo(step.Name, run)
	} else {
		a.setAction(step.Name, run)
	}
	a.commands = append(a.commands, a.command(step, compensation))
}

// sendAgainCaused sends again what is unanswered of the commands that this very event has
// caused. Another copy of the same reply has caused nothing, even if it says the same.
func (a *advancing) sendAgainCaused() {
	a.sendAgain(func(r Run) bool {
		return r.Cause == a.cause &&
			(r.CauseMessage == a.messageID || r.CauseMessage == "" || a.messageID == "")
	})
}

// sendAgain sends again the unanswered commands of which choose says so.
func (a *advancing) sendAgain(choose func(Run) bool) {
	if a.saga.Finished() {
		return
	}
	for _, step := range a.def.Steps {
		for _, compensation := range []bool{false, true} {
			// A saga that has turned back no longer wants its actions answered.
			if run := a.run(step.Name, compensation); run.unanswered() && choose(run) &&
				compensation == (a.saga.Phase == Back) {
				a.commands = append(a.commands, a.command(step, compensation))
			}
		}
	}
}

func (a *advancing) command(step Step, compensation bool) message.Command {
	run := a.saga.Steps[step.Name]
	c := message.Command{
		Version: message.Version, Saga: a.saga.ID, Step: step.Name, Service: step.Service,
		Name: step.Command, Country: a.saga.Country, StartTime: a.saga.StartTime,
		Attempt: run.Action.Attempt, Body: run.Body,
	}
	if compensation {
		c.Name, c.Compensation, c.Failure = step.Compensation, true, a.saga.Failure
		c.Attempt = run.Undo.Attempt
	}
	return c
}
