package idempotencydb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

const table = "IdempotencyKeys"

// ReasonInFlight says that a request with this key is being handled right now.
const ReasonInFlight = "IDEMPOTENCY_KEY_IN_FLIGHT"

var columns = []string{"Fingerprint", "Status", "Answer", "LeaseId", "LeaseTime", "ExpireTime"}

// row is what is known of a key.
type row struct {
	Fingerprint string
	Status      spanner.NullInt64
	Answer      []byte
	LeaseId     spanner.NullString
	LeaseTime   spanner.NullTime
	ExpireTime  time.Time
}

// load returns the row of key, nil when there is none or its time is over: Spanner deletes
// rows up to 72 hours late.
func load(ctx context.Context, txn *spanner.ReadWriteTransaction, key idempotency.Key) (*row, error) {
	found, err := txn.ReadRowWithOptions(ctx, table, spanner.Key{key.Hash}, columns,
		&spanner.ReadOptions{RequestTag: "idempotency-load"})
	if spanner.ErrCode(err) == notFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read idempotency key: %w", err)
	}
	var r row
	if err := found.ToStruct(&r); err != nil {
		return nil, fmt.Errorf("read idempotency key: %w", err)
	}
	if !time.Now().Before(r.ExpireTime) {
		return nil, nil
	}
	if r.Fingerprint != key.Fingerprint {
		return nil, fault.New(fault.InvalidArgument, trigger.ReasonKeyReused,
			"the idempotency key was used for another request")
	}
	return &r, nil
}

// answered returns the stored answer, if the row has one.
func (r *row) answered() (idempotency.Answer, bool) {
	if r == nil || !r.Status.Valid {
		return idempotency.Answer{}, false
	}
	return idempotency.Answer{Status: int(r.Status.Int64), Body: r.Answer}, true
}

// held returns how long the lease of another still lasts.
func (r *row) held() time.Duration {
	if r == nil || !r.LeaseTime.Valid {
		return 0
	}
	return time.Until(r.LeaseTime.Time)
}

// put writes the row of key with an answer or a lease.
func put(txn *spanner.ReadWriteTransaction, key idempotency.Key, values map[string]any) error {
	all := map[string]any{
		"KeyHash": key.Hash, "Caller": key.Caller, "Route": key.Route, "Country": key.Country,
		"Fingerprint": key.Fingerprint, "ExpireTime": time.Now().Add(idempotency.Retention),
		"Status": nil, "Answer": nil, "LeaseId": nil, "LeaseTime": nil,
	}
	for name, value := range values {
		all[name] = value
	}
	return txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdateMap(table, all)})
}

// lookAgainAfter is when who is refused should ask again. The lease is for crashes; most
// work is done long before.
const lookAgainAfter = time.Second

func inFlight(left time.Duration) error {
	return fault.New(fault.Conflict, ReasonInFlight,
		"a request with this idempotency key is being handled").After(min(left, lookAgainAfter))
}
