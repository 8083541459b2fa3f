package saga

import "github.com/kwipper/kwipper/shared/message"

// Event is what moves a saga: Started, Replied, Due or Resumed.
type Event struct {
	kind  eventKind
	reply message.Reply
}

type eventKind int

const (
	started eventKind = iota
	replied
	due
	resumed
)

// Started is the beginning, and every repetition of the request that began the saga.
func Started() Event { return Event{kind: started} }

// Replied is a participant's reply.
func Replied(r message.Reply) Event { return Event{kind: replied, reply: r} }

// Due says that the saga's DueTime has come, or may have.
func Due() Event { return Event{kind: due} }

// Resumed is an operator's command to try again what is stuck.
func Resumed() Event { return Event{kind: resumed} }

// cause names the event in Run.Cause, together with the message that brought it.
func (e Event) cause() (cause, messageID string) {
	switch e.kind {
	case started:
		return "start", ""
	case replied:
		if e.reply.Compensation {
			return "undo " + e.reply.Step, e.reply.MessageID
		}
		return e.reply.Step, e.reply.MessageID
	case due:
		return "due", ""
	default:
		return "resume", ""
	}
}
