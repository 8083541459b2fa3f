package barrier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/iterator"

	"github.com/kwipper/kwipper/shared/message"
)

const table = "SagaBarriers"

var columns = []string{"Compensation", "Status", "Attempt", "Command", "Reply"}

// Status is where a participant stands with a command.
type Status string

// The statuses. Started and Waiting are not final; the outcome follows.
const (
	Started Status = "STARTED"
	Waiting Status = "WAITING"
	Done    Status = "DONE"
	Refused Status = "REFUSED"
)

// Entry is what the barrier knows of a command.
type Entry struct {
	Status  Status
	Attempt int
	// Command is kept of what was Started, so that its reply can be made when the outcome
	// comes by another way than the command.
	Command message.Command
	// Reply is what duplicates are answered with; none while Started.
	Reply message.Reply
}

// Final reports whether the outcome is known.
func (e Entry) Final() bool { return e.Status == Done || e.Status == Refused }

// answer returns the stored reply as one to cmd.
func (e Entry) answer(cmd message.Command) message.Reply {
	r := e.Reply
	r.Attempt = cmd.Attempt
	return r
}

// both are the rows of a step in its two directions, nil where there is none.
type both struct{ own, other *Entry }

// settled returns the reply to cmd that the rows alone decide, and whether it is to be
// stored as cmd's own.
func (b both) settled(cmd message.Command) (reply message.Reply, store, ok bool) {
	if b.own != nil && b.own.Status == Refused && cmd.Attempt > b.own.Attempt {
		b.own = nil // an operator asked again: as if it had not been answered
	}
	switch {
	case b.own != nil && b.own.Status != Started:
		return b.own.answer(cmd), false, true
	case b.own != nil:
		return message.Reply{}, false, false
	case !cmd.Compensation && b.other != nil:
		return cmd.Refuse("failed precondition", ReasonCompensated, "the step was compensated before it began", nil), true, true
	case cmd.Compensation && (b.other == nil || b.other.Status == Refused):
		reply, _ = cmd.Reply(nil)
		return reply, true, true
	default:
		return message.Reply{}, false, false
	}
}

// load reads both rows of the command's step in one round trip.
func load(ctx context.Context, txn *spanner.ReadWriteTransaction, sagaID, step string, compensation bool) (both, error) {
	keys := spanner.KeySets(spanner.Key{sagaID, step, false}, spanner.Key{sagaID, step, true})
	rows := txn.ReadWithOptions(ctx, table, keys, columns, &spanner.ReadOptions{RequestTag: "barrier-load"})
	defer rows.Stop()
	var b both
	for {
		row, err := rows.Next()
		if errors.Is(err, iterator.Done) {
			return b, nil
		}
		if err != nil {
			return both{}, fmt.Errorf("read barrier of step %s of saga %s: %w", step, sagaID, err)
		}
		entry, isCompensation, err := decode(row)
		if err != nil {
			return both{}, fmt.Errorf("read barrier of step %s of saga %s: %w", step, sagaID, err)
		}
		if isCompensation == compensation {
			b.own = entry
		} else {
			b.other = entry
		}
	}
}

func decode(row *spanner.Row) (entry *Entry, compensation bool, err error) {
	var r struct {
		Compensation bool
		Status       string
		Attempt      int64
		Command      spanner.NullString
		Reply        spanner.NullString
	}
	if err := row.ToStruct(&r); err != nil {
		return nil, false, err
	}
	e := Entry{Status: Status(r.Status), Attempt: int(r.Attempt)}
	if r.Command.Valid {
		if err := json.Unmarshal([]byte(r.Command.StringVal), &e.Command); err != nil {
			return nil, false, err
		}
	}
	if r.Reply.Valid {
		if err := json.Unmarshal([]byte(r.Reply.StringVal), &e.Reply); err != nil {
			return nil, false, err
		}
	}
	return &e, r.Compensation, nil
}

// save buffers the row of cmd with its reply.
func save(txn *spanner.ReadWriteTransaction, cmd message.Command, reply message.Reply) error {
	return write(txn, cmd, map[string]any{"Status": string(statusOf(reply.Outcome)), "Reply": reply})
}

// begin buffers the row of cmd as Started, with the command.
func begin(txn *spanner.ReadWriteTransaction, cmd message.Command) error {
	return write(txn, cmd, map[string]any{"Status": string(Started), "Command": cmd, "Reply": nil})
}

// write buffers the row of cmd; a column that is not among values keeps what it has.
func write(txn *spanner.ReadWriteTransaction, cmd message.Command, values map[string]any) error {
	row := map[string]any{
		"SagaId": cmd.Saga, "Step": cmd.Step, "Compensation": cmd.Compensation, "Country": cmd.Country,
		"Attempt": int64(cmd.Attempt), "UpdateTime": spanner.CommitTimestamp,
	}
	for name, value := range values {
		switch value.(type) {
		case message.Command, message.Reply:
			b, err := json.Marshal(value)
			if err != nil {
				return fmt.Errorf("encode %s of barrier: %w", name, err)
			}
			value = string(b)
		case nil:
			value = spanner.NullString{}
		}
		row[name] = value
	}
	return txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdateMap(table, row)})
}

func statusOf(outcome message.Outcome) Status {
	switch outcome {
	case message.Done:
		return Done
	case message.Refused:
		return Refused
	default:
		return Waiting
	}
}
