package sagatest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// Script says what participants do.
type Script struct {
	Refuse     map[string]bool // steps whose action is refused for good
	RefuseUndo map[string]bool // steps whose compensation is refused until an operator helps
	Outside    map[string]bool // steps that call a gateway, and answer when it has
	Wait       map[string]bool // outside steps that wait for the learner first
	// Answer makes the body of a Done reply; nil bodies are sent without it.
	Answer func(message.Command) any
}

// Faults are the probabilities of what goes wrong, at each opportunity.
type Faults struct {
	Crash     float64 // a handler stops half way; its message is delivered again
	Duplicate float64 // a message is delivered once more, now or later
	Lose      float64 // a message is never delivered (a dead letter)
	Delay     float64 // business time passes, by up to twenty minutes
	CrashAt   int     // the one opportunity, from 1, at which a handler stops half way
	Copies    int     // how often every message is delivered besides
	Reversed  bool    // the newest message is delivered first
	// ReplyCopies is how often every reply is published besides, ReplyDeliveries how often
	// every published reply is delivered besides.
	ReplyCopies     int
	ReplyDeliveries int
}

// World is a saga, its participants and the messages between them.
type World struct {
	Saga     saga.Saga
	Now      time.Time
	Commands map[string]int             // published, by step, with "undo " before a compensation's
	Bodies   map[string]json.RawMessage // of the last of those commands
	Script   Script
	Faults   Faults

	rand       *rand.Rand
	definition saga.Definition
	row        []byte // the saga as it is stored
	inbox      []envelope
	published  int
	people     *participants
	operations int
	chances    int // to crash, so far
}

// maxCopies is how often faults have one message delivered again.
const maxCopies = 5

// envelope is a message on its way: a command or a reply.
type envelope struct {
	id      string
	copies  *int // deliveries that faults added
	command *message.Command
	reply   *message.Reply
}

// New makes a world in which the saga n has just been stored, perhaps without its first
// commands being published.
func New(seed uint64, d saga.Definition, n saga.New, now time.Time, script Script, faults Faults) (*World, error) {
	w := &World{
		Now: now, Commands: map[string]int{}, Bodies: map[string]json.RawMessage{}, Script: script, Faults: faults,
		rand: rand.New(rand.NewPCG(seed, seed)), definition: d,
	}
	w.people = newParticipants(w)
	begun, commands, err := saga.Begin(d, n, now)
	if err != nil {
		return nil, err
	}
	if err := w.store(begun); err != nil {
		return nil, err
	}
	if !w.crashes() {
		w.publish(commands)
	}
	return w, nil
}

// maxSteps bounds a run: a saga that has not ended by then never will.
const maxSteps = 200_000

// Run plays until the saga has ended and every message has been delivered.
func (w *World) Run() error {
	for range maxSteps {
		if w.Saga.Finished() && len(w.inbox) == 0 && len(w.people.calls) == 0 {
			return w.Check()
		}
		if err := w.Step(); err != nil {
			return err
		}
	}
	return fmt.Errorf("the saga has not ended after %d steps: %s", maxSteps, w.row)
}

// Due has the scheduler look after the saga.
func (w *World) Due() error { return w.apply(saga.Due(), nil) }

// Step lets one thing happen.
func (w *World) Step() error {
	if w.happens(w.Faults.Delay) {
		w.Now = w.Now.Add(time.Duration(w.rand.Int64N(int64(20 * time.Minute))))
		return w.Due()
	}
	if len(w.people.calls) > 0 && (len(w.inbox) == 0 || w.happens(0.2)) {
		w.people.gatewayAnswers()
		return nil
	}
	if len(w.inbox) == 0 {
		return w.idle()
	}
	e := w.next()
	if w.happens(w.Faults.Lose) {
		return nil
	}
	if w.happens(w.Faults.Duplicate) {
		w.again(e)
	}
	return w.deliver(e)
}

// idle is when no message is on its way: the scheduler comes when the saga is due, and an
// operator when it is stuck for good.
func (w *World) idle() error {
	if w.Saga.DueTime.IsZero() {
		if w.Saga.Stuck == "" {
			return fmt.Errorf("the saga neither moves nor is stuck: %s", w.row)
		}
		w.operations++
		w.Script.Refuse, w.Script.RefuseUndo = nil, nil
		return w.apply(saga.Resumed(), nil)
	}
	if w.Now.Before(w.Saga.DueTime) {
		w.Now = w.Saga.DueTime
	}
	return w.apply(saga.Due(), nil)
}

// next takes a message from the network.
func (w *World) next() envelope {
	i := w.rand.IntN(len(w.inbox))
	if w.Faults.Reversed {
		i = len(w.inbox) - 1
	}
	e := w.inbox[i]
	w.inbox = append(w.inbox[:i], w.inbox[i+1:]...)
	return e
}

// deliver hands a message to its handler, which may crash.
func (w *World) deliver(e envelope) error {
	if w.crashes() && w.again(e) { // before the commit
		return nil
	}
	if e.command != nil {
		return w.people.handle(e)
	}
	return w.apply(saga.Replied(*e.reply), &e)
}

// apply advances the stored saga, then publishes. A crash in between, or after some of it,
// leaves the message, if there is one, to be delivered again.
func (w *World) apply(event saga.Event, cause *envelope) error {
	var before saga.Saga
	if err := json.Unmarshal(w.row, &before); err != nil {
		return err
	}
	after, commands, err := saga.Advance(w.definition, before, event, w.Now)
	if err != nil {
		return err
	}
	if err := w.unchanged(before); err != nil {
		return err
	}
	if after.Revision != before.Revision {
		if err := w.store(after); err != nil {
			return err
		}
	}
	if w.crashes() {
		w.publish(commands[:w.rand.IntN(len(commands)+1)])
		if cause != nil {
			w.again(*cause)
		}
		return nil
	}
	w.publish(commands)
	return nil
}

// unchanged checks that Advance is pure.
func (w *World) unchanged(before saga.Saga) error {
	encoded, err := json.Marshal(before)
	if err == nil && string(encoded) != string(w.row) {
		return fmt.Errorf("advance changed what it was given: %s became %s", w.row, encoded)
	}
	return err
}

func (w *World) store(s saga.Saga) error {
	encoded, err := json.Marshal(s)
	if err != nil {
		return err
	}
	w.row, w.Saga = encoded, saga.Saga{}
	return json.Unmarshal(encoded, &w.Saga)
}

func (w *World) publish(commands []message.Command) {
	for _, c := range commands {
		w.Commands[label(c.Step, c.Compensation)]++
		w.Bodies[label(c.Step, c.Compensation)] = c.Body
		w.send(envelope{command: &c})
	}
}

// send puts a message on the network, with the copies that the faults want.
func (w *World) send(e envelope) {
	publications, deliveries := 1, 1+w.Faults.Copies
	if e.reply != nil {
		publications += w.Faults.ReplyCopies
		deliveries += w.Faults.ReplyDeliveries
	}
	for range publications {
		w.published++
		e.id, e.copies = fmt.Sprintf("m%d", w.published), new(int)
		if e.reply != nil {
			reply := *e.reply
			reply.MessageID = e.id
			e.reply = &reply
		}
		for range deliveries {
			w.inbox = append(w.inbox, e)
		}
	}
}

// crashes reports whether a handler stops right here.
func (w *World) crashes() bool {
	w.chances++
	return w.chances == w.Faults.CrashAt || w.happens(w.Faults.Crash)
}

// Chances returns how many opportunities to crash there have been.
func (w *World) Chances() int { return w.chances }

// again has a message delivered once more, and reports whether it will be: a message that
// was delivered too often is dead.
func (w *World) again(e envelope) bool {
	if *e.copies >= maxCopies {
		return false
	}
	*e.copies++
	w.inbox = append(w.inbox, e)
	return true
}

func (w *World) happens(probability float64) bool {
	return probability > 0 && w.rand.Float64() < probability
}

func label(step string, compensation bool) string {
	if compensation {
		return "undo " + step
	}
	return step
}
