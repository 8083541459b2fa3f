package sagatest

import (
	"fmt"
	"time"

	"github.com/kwipper/kwipper/shared/message"
)

// participants are all services of a saga, with the semantics of package barrier.
type participants struct {
	world *World
	rows  map[string]*row
	calls []*call
	done  map[string]int // effects that took place
	back  map[string]int // effects that were undone
}

// row is a barrier's row; reply is nil while the step is only started.
type row struct {
	command message.Command
	reply   *message.Reply
}

func (r *row) refused() bool { return r.reply != nil && r.reply.Outcome == message.Refused }
func (r *row) final() bool   { return r.reply != nil && r.reply.Outcome != message.Waiting }

// call is a call to a gateway that has not answered.
type call struct{ step string }

func newParticipants(w *World) *participants {
	return &participants{world: w, rows: map[string]*row{}, done: map[string]int{}, back: map[string]int{}}
}

// handle serves a command, and publishes the reply unless the participant crashes first.
func (p *participants) handle(e envelope) error {
	reply, err := p.answer(*e.command)
	if err != nil {
		return err
	}
	if p.world.crashes() { // after the commit
		p.world.again(e)
		return nil
	}
	if reply != nil {
		p.world.send(envelope{reply: reply})
	}
	return nil
}

// answer is the transaction of a command: barrier, effect and reply.
func (p *participants) answer(c message.Command) (*message.Reply, error) {
	own, other := p.rows[label(c.Step, c.Compensation)], p.rows[label(c.Step, !c.Compensation)]
	if own != nil && own.refused() && c.Attempt > own.command.Attempt {
		own = nil // an operator asked again: as if it had not been answered
	}
	switch {
	case own != nil && own.reply != nil:
		reply := *own.reply
		reply.Attempt = c.Attempt
		return &reply, nil
	case own != nil:
		return nil, nil // started; the answer comes with the gateway's
	case !c.Compensation && other != nil:
		return p.record(c, c.Refuse("failed precondition", "SAGA_COMPENSATED", "", nil)), nil
	case c.Compensation && (other == nil || other.refused()):
		return p.record(c, doneReply(c, nil)), nil
	}
	if c.Compensation {
		return p.undo(c, other)
	}
	return p.do(c)
}

func (p *participants) do(c message.Command) (*message.Reply, error) {
	if err := p.inOrder(c.Step); err != nil {
		return nil, err
	}
	script := p.world.Script
	if script.Outside[c.Step] {
		p.rows[c.Step] = &row{command: c}
		p.calls = append(p.calls, &call{c.Step})
		if !script.Wait[c.Step] {
			return nil, nil
		}
		reply, err := c.Wait(message.WaitingInfo{
			NextAction: &message.NextAction{Type: "REDIRECT", RedirectURI: "https://pay.example"},
			ExpireTime: p.world.Now.Add(30 * time.Minute),
		})
		return p.record(c, reply), err
	}
	if script.Refuse[c.Step] {
		return p.record(c, refusal(c)), nil
	}
	p.done[c.Step]++
	return p.record(c, doneReply(c, script.Answer)), nil
}

// undo compensates an action that took place, or that may be about to.
func (p *participants) undo(c message.Command, action *row) (*message.Reply, error) {
	if err := p.inReverse(c.Step); err != nil {
		return nil, err
	}
	if p.world.Script.RefuseUndo[c.Step] {
		return p.record(c, refusal(c)), nil
	}
	if !action.final() { // the gateway decides first
		p.rows[label(c.Step, true)] = &row{command: c}
		return nil, nil
	}
	p.back[c.Step]++
	return p.record(c, doneReply(c, nil)), nil
}

// gatewayAnswers lets a call to a gateway come to its end, which may be learned of late.
func (p *participants) gatewayAnswers() {
	w := p.world
	i := w.rand.IntN(len(p.calls))
	step := p.calls[i].step
	p.calls = append(p.calls[:i], p.calls[i+1:]...)
	action := p.rows[step]
	reply := doneReply(action.command, w.Script.Answer)
	if w.Script.Refuse[step] {
		reply = refusal(action.command)
	} else {
		p.done[step]++
	}
	p.record(action.command, reply)
	w.send(envelope{reply: &reply})
	if undo := p.rows[label(step, true)]; undo != nil && undo.reply == nil {
		if !w.Script.Refuse[step] {
			p.back[step]++
		}
		reply := doneReply(undo.command, nil)
		p.record(undo.command, reply)
		w.send(envelope{reply: &reply})
	}
}

func (p *participants) record(c message.Command, reply message.Reply) *message.Reply {
	p.rows[label(c.Step, c.Compensation)] = &row{command: c, reply: &reply}
	return &reply
}

// inOrder checks that all that the step follows has been done.
func (p *participants) inOrder(step string) error {
	def, _ := p.world.definition.Step(step)
	for _, before := range def.After {
		if p.done[before] == 0 {
			return fmt.Errorf("step %s came before %s was done", step, before)
		}
	}
	return nil
}

// inReverse checks that whatever follows the step has been undone.
func (p *participants) inReverse(step string) error {
	for _, s := range p.world.definition.Steps {
		if s.Compensation != "" && p.follows(s.Name, step) && p.done[s.Name] > p.back[s.Name] {
			return fmt.Errorf("step %s was undone before %s, which follows it", step, s.Name)
		}
	}
	return nil
}

func (p *participants) follows(name, step string) bool {
	def, _ := p.world.definition.Step(name)
	for _, before := range def.After {
		if before == step || p.follows(before, step) {
			return true
		}
	}
	return false
}

func doneReply(c message.Command, answer func(message.Command) any) message.Reply {
	var body any
	if answer != nil {
		body = answer(c)
	}
	reply, err := c.Reply(body)
	if err != nil {
		panic(err) // a test's own answer
	}
	return reply
}

func refusal(c message.Command) message.Reply {
	return c.Refuse("failed precondition", "NOT_TODAY", "the script refuses "+c.Name, nil)
}
