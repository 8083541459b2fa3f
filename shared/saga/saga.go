package saga

import (
	"encoding/json"
	"time"

	"github.com/kwipper/kwipper/shared/message"
)

// New is what a saga is started with.
type New struct {
	// ID names the saga and its operation. Left empty it is derived from the idempotency
	// key; a saga without a key derives it from what it is about.
	ID         string
	Definition string // the newest version is taken
	Owner      string // id of the user who may see the operation
	Country    string // lower case ISO 3166-1 alpha-2
	Language   string // BCP 47, of messages to the owner
	// Subscription, Course and Invoice are the resource names of what the saga is about.
	Subscription string
	Course       string
	Invoice      string
	Input        any
	// Trace is the span that starts the saga, as a traceparent; empty when there is none.
	Trace string
}

// Phase is where a saga stands as a whole.
type Phase string

// The phases. The last two are final.
const (
	Forward   Phase = "FORWARD"
	Back      Phase = "BACK" // compensating
	Succeeded Phase = "SUCCEEDED"
	Failed    Phase = "FAILED" // and compensated
)

// Status is where one command of a saga stands.
type Status string

// The statuses of a command; the empty one is that of a command not sent.
const (
	Planned Status = "PLANNED" // a compensation that waits for those before it
	Sent    Status = "SENT"
	Waiting Status = "WAITING" // for the learner or a payment network
	Done    Status = "DONE"
	Refused Status = "REFUSED"
)

// Run is one command of a saga, sent or planned, and its answer.
type Run struct {
	Status Status `json:"status,omitempty"`
	// Attempt counts from 0; an operator's resumption of a refused command raises it.
	Attempt int `json:"attempt,omitempty"`
	// Cause is the event that had the command sent, CauseMessage the message that brought it.
	Cause        string               `json:"cause,omitempty"`
	CauseMessage string               `json:"causeMessage,omitempty"`
	Result       json.RawMessage      `json:"result,omitempty"`
	Failure      *message.Failure     `json:"failure,omitempty"`
	Waiting      *message.WaitingInfo `json:"waiting,omitempty"`
}

// unanswered reports whether the command is worth sending again.
func (r Run) unanswered() bool { return r.Status == Sent || r.Status == Waiting }

// StepRun is a step of a saga: its action and its compensation.
type StepRun struct {
	Body   json.RawMessage `json:"body,omitempty"` // of both
	Action Run             `json:"action,omitzero"`
	Undo   Run             `json:"undo,omitzero"`
}

// Saga is the state of a saga. It is stored as JSON.
type Saga struct {
	ID           string             `json:"id"`
	Definition   string             `json:"definition"`
	Version      int                `json:"version"`
	Owner        string             `json:"owner"`
	Country      string             `json:"country"`
	Language     string             `json:"language,omitempty"`
	Subscription string             `json:"subscription,omitempty"`
	Course       string             `json:"course,omitempty"`
	Invoice      string             `json:"invoice,omitempty"`
	StartTime    time.Time          `json:"startTime"`
	Input        json.RawMessage    `json:"input"`
	Phase        Phase              `json:"phase"`
	Failure      *message.Failure   `json:"failure,omitempty"` // why it turned back
	Steps        map[string]StepRun `json:"steps"`
	// Deadline is the business time at which the saga turns back, zero when it no longer does.
	Deadline time.Time `json:"deadline,omitzero"`
	// Stuck says why the saga cannot go on by itself, empty when it can.
	Stuck string `json:"stuck,omitempty"`
	// MoveTime is when the saga last moved, Nudges how often it was reminded since.
	MoveTime time.Time `json:"moveTime"`
	Nudges   int       `json:"nudges,omitempty"`
	// DueTime is when the saga wants an event Due; zero: never.
	DueTime time.Time `json:"dueTime,omitzero"`
	EndTime time.Time `json:"endTime,omitzero"`
	// Trace is the span that started the saga, as a traceparent.
	Trace string `json:"trace,omitempty"`
	// Revision counts the changes.
	Revision int `json:"revision"`
}

// Finished reports whether the saga has ended, completed or compensated.
func (s Saga) Finished() bool { return s.Phase == Succeeded || s.Phase == Failed }

// AwaitsPerson reports whether the saga waits for its learner or a payment network, and
// for what.
func (s Saga) AwaitsPerson() (message.WaitingInfo, bool) {
	if s.Phase != Forward {
		return message.WaitingInfo{}, false
	}
	for _, step := range s.Steps {
		if step.Action.Status == Waiting && step.Action.Waiting != nil {
			return *step.Action.Waiting, true
		}
	}
	return message.WaitingInfo{}, false
}
