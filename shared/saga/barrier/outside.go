package barrier

import (
	"context"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/message"
)

// Turn says what is left to do for a command whose step calls outside.
type Turn int

const (
	// Answered means nothing: the reply is to be sent.
	Answered Turn = iota
	// First means that this very transaction starts the command: the caller stores its intent with
	// it and calls outside after the commit.
	First
	// Again means that the command was started before. The caller continues from what it has stored
	// and infers nothing: the call outside may have been made.
	Again
)

// Start begins a command inside txn, together with the caller's intent. A Waiting command
// is Answered with its waiting reply.
//
// A compensation is First when its action is Started, Waiting or Done. The action's outcome
// may then still come; Finish records it, and the compensation is finished only once the
// final state outside is known.
func Start(ctx context.Context, txn *spanner.ReadWriteTransaction, cmd message.Command) (Turn, message.Reply, error) {
	rows, err := load(ctx, txn, cmd.Saga, cmd.Step, cmd.Compensation)
	if err != nil {
		return Answered, message.Reply{}, err
	}
	if reply, store, ok := rows.settled(cmd); ok {
		if store {
			err = save(txn, cmd, reply)
		}
		return Answered, reply, err
	}
	if rows.own != nil && rows.own.Status == Started {
		return Again, message.Reply{}, nil
	}
	return First, message.Reply{}, begin(txn, cmd)
}

// Finish records the reply of a command that was Started, inside the transaction that
// stores what the reply tells. The first final reply stays: it is returned in place of any
// other.
func Finish(ctx context.Context, txn *spanner.ReadWriteTransaction, cmd message.Command, reply message.Reply) (message.Reply, error) {
	rows, err := load(ctx, txn, cmd.Saga, cmd.Step, cmd.Compensation)
	if err != nil {
		return message.Reply{}, err
	}
	if own := rows.own; own != nil && own.Final() && reply.Attempt <= own.Attempt {
		return own.answer(cmd), nil
	}
	return reply, save(txn, cmd, reply)
}

// Load returns what the barrier knows of a step in one direction, and whether it knows it
// at all. Tasks and webhooks find there the command that their outcome answers.
func Load(ctx context.Context, txn *spanner.ReadWriteTransaction, sagaID, step string, compensation bool) (Entry, bool, error) {
	rows, err := load(ctx, txn, sagaID, step, compensation)
	if err != nil || rows.own == nil {
		return Entry{}, false, err
	}
	return *rows.own, true, nil
}
