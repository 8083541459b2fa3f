package barrier

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// Effect does the work of a command inside txn and returns the body of its reply, which
// may be nil. It may run more than once, each time in a new transaction, of which at most
// one is committed.
type Effect func(ctx context.Context, txn *spanner.ReadWriteTransaction) (body any, err error)

// Run applies effect once for the command's saga, step and direction, and returns the
// reply: the stored one to a duplicate. When effect fails with a final fault, or one given
// to Refuse, nothing of it is kept and the refusal is recorded; any other error leaves no
// trace and is returned.
func Run(ctx context.Context, client *spanner.Client, cmd message.Command, effect Effect) (message.Reply, error) {
	var reply message.Reply
	options := spanner.TransactionOptions{TransactionTag: "saga-" + cmd.Name}
	_, err := client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		var err error
		reply, err = runIn(ctx, txn, cmd, effect)
		return err
	}, options)
	if refusal, ok := errors.AsType[*refusedError](err); ok {
		return record(ctx, client, cmd, refusal.fault)
	}
	if err != nil {
		return message.Reply{}, spannerdb.Fault(fmt.Errorf("%s of saga %s: %w", cmd.Name, cmd.Saga, err))
	}
	return reply, nil
}

// refusedError carries a refusal out of the transaction, which is rolled back by it.
type refusedError struct{ fault *fault.Fault }

func (e *refusedError) Error() string { return e.fault.Error() }
func (e *refusedError) Unwrap() error { return e.fault }

// Refuse has Run record the fault in err as a refusal, even of a kind that would be tried
// again, such as a conflict that is not waited for. An error without a fault stays as it is.
func Refuse(err error) error {
	f, ok := fault.Of(err)
	if !ok {
		return err
	}
	return &refusedError{f}
}

func runIn(ctx context.Context, txn *spanner.ReadWriteTransaction, cmd message.Command, effect Effect) (message.Reply, error) {
	rows, err := load(ctx, txn, cmd.Saga, cmd.Step, cmd.Compensation)
	if err != nil {
		return message.Reply{}, err
	}
	if reply, store, ok := rows.settled(cmd); ok {
		if store {
			return reply, save(txn, cmd, reply)
		}
		return reply, nil
	}
	body, err := effect(ctx, txn)
	if refusal, ok := errors.AsType[*refusedError](err); ok {
		return message.Reply{}, refusal
	}
	if f, ok := fault.Of(err); ok && fault.Final(err) {
		return message.Reply{}, &refusedError{f}
	}
	if err != nil {
		return message.Reply{}, err
	}
	reply, err := cmd.Reply(body)
	if err != nil {
		return message.Reply{}, err
	}
	return reply, save(txn, cmd, reply)
}

// record stores a refusal in a transaction of its own, unless a duplicate was faster.
func record(ctx context.Context, client *spanner.Client, cmd message.Command, f *fault.Fault) (message.Reply, error) {
	var reply message.Reply
	options := spanner.TransactionOptions{TransactionTag: "saga-refuse-" + cmd.Name}
	_, err := client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		rows, err := load(ctx, txn, cmd.Saga, cmd.Step, cmd.Compensation)
		if err != nil {
			return err
		}
		settled, store, ok := rows.settled(cmd)
		if reply = settled; !ok {
			reply, store = Refusal(cmd, f), true
		}
		if !store {
			return nil
		}
		return save(txn, cmd, reply)
	}, options)
	if err != nil {
		return message.Reply{}, spannerdb.Fault(fmt.Errorf("refuse %s of saga %s: %w", cmd.Name, cmd.Saga, err))
	}
	return reply, nil
}

// Refusal makes the reply that refuses cmd for f.
func Refusal(cmd message.Command, f *fault.Fault) message.Reply {
	return cmd.Refuse(f.Kind.String(), f.Reason, f.Message, f.Metadata)
}
