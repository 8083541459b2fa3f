package idempotencydb

import (
	"context"
	"fmt"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

const notFound = codes.NotFound

// Effect does the work of a request inside txn and returns its answer. It may run more
// than once, each time in a new transaction, of which one is committed.
type Effect func(ctx context.Context, txn *spanner.ReadWriteTransaction) (idempotency.Answer, error)

// Once runs effect in one read-write transaction of client and stores its answer with it.
// A repetition gets the stored answer, replayed is true then. A key that was used for
// another request is refused with IDEMPOTENCY_KEY_REUSED. Errors of effect are not stored.
func Once(ctx context.Context, client *spanner.Client, key idempotency.Key, effect Effect) (answer idempotency.Answer, replayed bool, err error) {
	options := spanner.TransactionOptions{TransactionTag: "once-" + key.Route}
	_, err = client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		answer, replayed, err = In(ctx, txn, key, effect)
		return err
	}, options)
	if err != nil {
		return idempotency.Answer{}, false, spannerdb.Fault(fmt.Errorf("%s once: %w", key.Route, err))
	}
	return answer, replayed, nil
}

// In is Once inside a transaction of the caller's.
func In(ctx context.Context, txn *spanner.ReadWriteTransaction, key idempotency.Key, effect Effect) (idempotency.Answer, bool, error) {
	found, err := load(ctx, txn, key)
	if err != nil {
		return idempotency.Answer{}, false, err
	}
	if answer, ok := found.answered(); ok {
		return answer, true, nil
	}
	if left := found.held(); left > 0 {
		return idempotency.Answer{}, false, inFlight(left)
	}
	answer, err := effect(ctx, txn)
	if err != nil {
		return idempotency.Answer{}, false, err
	}
	return answer, false, put(txn, key, map[string]any{"Status": answer.Status, "Answer": []byte(answer.Body)})
}
