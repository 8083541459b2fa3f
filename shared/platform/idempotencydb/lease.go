package idempotencydb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/uuid"

	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// Lease is the right to do the work of a key until it lapses.
type Lease struct {
	Key idempotency.Key
	ID  string
}

// Begin takes the lease of key before a call to the outside. When the work is done already
// its answer is returned, replayed is true then. While another holds the lease it is refused
// with IDEMPOTENCY_KEY_IN_FLIGHT; a lapsed one is taken over, so that a crash does not block
// the key for ever: what is done under a lease must therefore be repeatable.
func Begin(ctx context.Context, client *spanner.Client, key idempotency.Key) (lease Lease, answer idempotency.Answer, replayed bool, err error) {
	lease = Lease{Key: key, ID: uuid.NewString()}
	options := spanner.TransactionOptions{TransactionTag: "begin-" + key.Route}
	_, err = client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		found, err := load(ctx, txn, key)
		if err != nil {
			return err
		}
		if answer, replayed = found.answered(); replayed {
			return nil
		}
		if left := found.held(); left > 0 {
			return inFlight(left)
		}
		return put(txn, key, map[string]any{"LeaseId": lease.ID, "LeaseTime": time.Now().Add(idempotency.Lease)})
	}, options)
	if err != nil {
		return Lease{}, idempotency.Answer{}, false, spannerdb.Fault(fmt.Errorf("begin %s: %w", key.Route, err))
	}
	return lease, answer, replayed, nil
}

// Finish runs effect and stores its answer, as Once does, under the lease. When another has
// taken the lease over and finished, its answer is returned and replayed is true; when it is
// still at work, the caller is refused with IDEMPOTENCY_KEY_IN_FLIGHT.
func Finish(ctx context.Context, client *spanner.Client, lease Lease, effect Effect) (answer idempotency.Answer, replayed bool, err error) {
	options := spanner.TransactionOptions{TransactionTag: "finish-" + lease.Key.Route}
	_, err = client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		found, err := load(ctx, txn, lease.Key)
		if err != nil {
			return err
		}
		if answer, replayed = found.answered(); replayed {
			return nil
		}
		if found != nil && found.LeaseId.StringVal != lease.ID && found.held() > 0 {
			return inFlight(found.held())
		}
		if answer, err = effect(ctx, txn); err != nil {
			return err
		}
		return put(txn, lease.Key, map[string]any{"Status": answer.Status, "Answer": []byte(answer.Body)})
	}, options)
	if err != nil {
		return idempotency.Answer{}, false, spannerdb.Fault(fmt.Errorf("finish %s: %w", lease.Key.Route, err))
	}
	return answer, replayed, nil
}

// Release gives up the lease after a failure that is not to be stored, so that the caller
// may try again at once.
func Release(ctx context.Context, client *spanner.Client, lease Lease) error {
	options := spanner.TransactionOptions{TransactionTag: "release-" + lease.Key.Route}
	_, err := client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		found, err := load(ctx, txn, lease.Key)
		if err != nil || found == nil || found.LeaseId.StringVal != lease.ID {
			return err
		}
		return txn.BufferWrite([]*spanner.Mutation{spanner.Delete(table, spanner.Key{lease.Key.Hash})})
	}, options)
	if err != nil {
		return spannerdb.Fault(fmt.Errorf("release %s: %w", lease.Key.Route, err))
	}
	return nil
}
