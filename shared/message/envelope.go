package message

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Version is the version of the envelope that this code writes. Decode refuses newer ones.
const Version = 1

// RepliesTopic is where participants send replies.
const RepliesTopic = "saga-replies"

// CommandTopic returns the topic of a service's commands, such as "billing-commands".
func CommandTopic(service string) string { return service + "-commands" }

// Command asks a participant for one step of a saga or for the compensation of one.
type Command struct {
	Version int    `json:"version"`
	Saga    string `json:"saga"` // id of the saga, which is the id of the operation
	Step    string `json:"step"` // name of the step in its definition
	Service string `json:"service"`
	// Name is what to do, such as DoPayment; for a compensation its name, RefundPayment.
	Name         string `json:"name"`
	Compensation bool   `json:"compensation,omitempty"`
	Country      string `json:"country"` // lower case ISO 3166-1 alpha-2 of the learner
	// Attempt counts from 0. An operator's resumption of a refused command raises it: only
	// then may a participant try again what it has refused.
	Attempt int `json:"attempt,omitempty"`
	// StartTime is the business time at which the saga started.
	StartTime time.Time `json:"startTime"`
	// Failure says, in a compensation, why the saga is being undone.
	Failure *Failure `json:"failure,omitempty"`
	// Body is the command's own message; a compensation carries the body of its action.
	Body json.RawMessage `json:"body"`
}

// Failure is the refusal that turned a saga back.
type Failure struct {
	Step     string            `json:"step"`
	Kind     string            `json:"kind"` // see fault.Kind.String
	Reason   string            `json:"reason"`
	Message  string            `json:"message,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Outcome is what became of a command. Unknown is no outcome: a participant that does not
// know yet sends nothing, or Waiting, and asks again.
type Outcome string

// The outcomes of a command.
const (
	Done    Outcome = "DONE"
	Refused Outcome = "REFUSED" // for good, for a reason of business
	Waiting Outcome = "WAITING" // for the learner or a payment network; Done or Refused follows
)

// Reply answers a command.
type Reply struct {
	Version      int     `json:"version"`
	Saga         string  `json:"saga"`
	Step         string  `json:"step"`
	Compensation bool    `json:"compensation,omitempty"`
	Attempt      int     `json:"attempt,omitempty"` // of the command
	Country      string  `json:"country"`
	Outcome      Outcome `json:"outcome"`
	// Failure is set when Outcome is Refused.
	Failure *Failure `json:"failure,omitempty"`
	// Body is what later steps need (Done) or a WaitingInfo (Waiting).
	Body json.RawMessage `json:"body,omitempty"`
	// MessageID is the id of the Pub/Sub message that brought the reply. The receiver sets
	// it: it tells a redelivery, after a crash perhaps, from one more copy.
	MessageID string `json:"-"`
}

// WaitingInfo is the body of a Waiting reply.
type WaitingInfo struct {
	NextAction *NextAction `json:"nextAction,omitempty"`
	// ExpireTime is the business time after which what is waited for is given up.
	ExpireTime time.Time `json:"expireTime,omitzero"`
}

// NextAction is what the learner must do for a payment to go on.
type NextAction struct {
	Type        string `json:"type"` // REDIRECT or VOUCHER
	RedirectURI string `json:"redirectUri,omitempty"`
	Reference   string `json:"reference,omitempty"` // of a voucher
}

// Decode reads the command's body into v.
func (c Command) Decode(v any) error {
	if err := json.Unmarshal(c.Body, v); err != nil {
		return fmt.Errorf("decode body of %s of saga %s: %w", c.Name, c.Saga, err)
	}
	return nil
}

// Reply makes the reply with outcome Done and the given body, which may be nil.
func (c Command) Reply(body any) (Reply, error) {
	r := c.reply(Done)
	if body == nil {
		return r, nil
	}
	b, err := json.Marshal(body)
	if err != nil {
		return Reply{}, fmt.Errorf("encode reply to %s of saga %s: %w", c.Name, c.Saga, err)
	}
	r.Body = b
	return r, nil
}

// Refuse makes the reply with outcome Refused.
func (c Command) Refuse(kind, reason, message string, metadata map[string]string) Reply {
	r := c.reply(Refused)
	r.Failure = &Failure{Step: c.Step, Kind: kind, Reason: reason, Message: message, Metadata: metadata}
	return r
}

// Wait makes the reply with outcome Waiting.
func (c Command) Wait(info WaitingInfo) (Reply, error) {
	b, err := json.Marshal(info)
	if err != nil {
		return Reply{}, fmt.Errorf("encode waiting reply to %s of saga %s: %w", c.Name, c.Saga, err)
	}
	r := c.reply(Waiting)
	r.Body = b
	return r, nil
}

func (c Command) reply(outcome Outcome) Reply {
	return Reply{Version: Version, Saga: c.Saga, Step: c.Step, Compensation: c.Compensation, Attempt: c.Attempt, Country: c.Country, Outcome: outcome}
}

// Attributes returns the attributes of the command's Pub/Sub message, by which
// subscriptions filter.
func (c Command) Attributes() map[string]string {
	return map[string]string{
		"command": c.Name, "saga": c.Saga, "step": c.Step, "country": c.Country,
		"compensation": strconv.FormatBool(c.Compensation), "version": strconv.Itoa(c.Version),
	}
}

// Attributes returns the attributes of the reply's Pub/Sub message.
func (r Reply) Attributes() map[string]string {
	return map[string]string{
		"saga": r.Saga, "step": r.Step, "country": r.Country, "outcome": string(r.Outcome),
		"compensation": strconv.FormatBool(r.Compensation), "version": strconv.Itoa(r.Version),
	}
}

// DecodeCommand reads a command from a message's data and refuses what is incomplete or
// of a newer version.
func DecodeCommand(data []byte) (Command, error) {
	var c Command
	if err := json.Unmarshal(data, &c); err != nil {
		return Command{}, fmt.Errorf("decode command: %w", err)
	}
	if c.Version < 1 || c.Version > Version {
		return Command{}, fmt.Errorf("decode command: version %d is not one of 1 to %d", c.Version, Version)
	}
	if c.Saga == "" || c.Step == "" || c.Name == "" || c.Service == "" {
		return Command{}, fmt.Errorf("decode command: saga, step, service or name is missing")
	}
	return c, nil
}

// DecodeReply reads a reply from a message's data and refuses what is incomplete or of a
// newer version.
func DecodeReply(data []byte) (Reply, error) {
	var r Reply
	if err := json.Unmarshal(data, &r); err != nil {
		return Reply{}, fmt.Errorf("decode reply: %w", err)
	}
	if r.Version < 1 || r.Version > Version {
		return Reply{}, fmt.Errorf("decode reply: version %d is not one of 1 to %d", r.Version, Version)
	}
	if r.Saga == "" || r.Step == "" {
		return Reply{}, fmt.Errorf("decode reply: saga or step is missing")
	}
	switch r.Outcome {
	case Done, Waiting:
	case Refused:
		if r.Failure == nil {
			return Reply{}, fmt.Errorf("decode reply: a refusal without its failure")
		}
	default:
		return Reply{}, fmt.Errorf("decode reply: outcome %q is none of DONE, REFUSED, WAITING", r.Outcome)
	}
	return r, nil
}
