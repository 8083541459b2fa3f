package billingdb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/payment"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

type eventRow struct {
	EventId         string
	Type            string
	Kind            string
	ObjectId        string
	GatewayIntentId spanner.NullString
	PaymentId       spanner.NullString
	RefundId        spanner.NullString
	PaymentMethodId spanner.NullString
	State           string
	CreateTime      time.Time
}

var eventColumns = []string{
	"EventId", "Type", "Kind", "ObjectId", "GatewayIntentId", "PaymentId", "RefundId", "PaymentMethodId", "State", "CreateTime",
}

// RecordEvent stores an event unless it is there, and returns the state it had before.
func (s Store) RecordEvent(ctx context.Context, e payment.Event) (before billing.EventState, err error) {
	_, err = s.Client.Apply(ctx, []*spanner.Mutation{spanner.InsertMap("GatewayEvents", map[string]any{
		"EventId": e.ID, "Type": e.Type, "Kind": string(e.Kind), "ObjectId": e.ObjectID, "GatewayIntentId": spannerdb.Text(e.IntentID),
		"PaymentId": spannerdb.Text(e.PaymentID), "RefundId": spannerdb.Text(e.RefundID), "PaymentMethodId": spannerdb.Text(e.PaymentMethodRef),
		"State": string(billing.EventReceived), "CreateTime": e.CreateTime, "RecordTime": spanner.CommitTimestamp,
	})}, spanner.TransactionTag("record-event"))
	if spanner.ErrCode(err) != codes.AlreadyExists {
		return "", spannerdb.Fault(err)
	}
	_, before, err = s.Event(ctx, e.ID)
	return before, err
}

// FinishEvent records what became of an event.
func (s Store) FinishEvent(ctx context.Context, id string, state billing.EventState) error {
	_, err := s.Client.Apply(ctx, []*spanner.Mutation{
		spanner.Update("GatewayEvents", []string{"EventId", "State"}, []any{id, string(state)}),
	}, spanner.TransactionTag("finish-event"))
	if err != nil {
		return spannerdb.Fault(fmt.Errorf("finish event %s: %w", id, err))
	}
	return nil
}

// Event reads a recorded event.
func (s Store) Event(ctx context.Context, id string) (payment.Event, billing.EventState, error) {
	r, ok, err := readOne[eventRow](ctx, s.Client.Single(), "get-event", "GatewayEvents", spanner.Key{id}, eventColumns)
	if err != nil {
		return payment.Event{}, "", spannerdb.Fault(err)
	}
	if !ok {
		return payment.Event{}, "", fault.New(fault.NotFound, "NOT_FOUND", "there is no event %s", id)
	}
	return payment.Event{
		ID: r.EventId, Type: r.Type, Kind: payment.EventKind(r.Kind), ObjectID: r.ObjectId, IntentID: r.GatewayIntentId.StringVal,
		PaymentID: r.PaymentId.StringVal, RefundID: r.RefundId.StringVal, PaymentMethodRef: r.PaymentMethodId.StringVal, CreateTime: r.CreateTime,
	}, billing.EventState(r.State), nil
}

// PaymentOf returns the payment that an event is about: by our id in its metadata, else by
// the gateway's intent. It is empty when none is known.
func (s Store) PaymentOf(ctx context.Context, e payment.Event) (string, error) {
	txn := s.Client.ReadOnlyTransaction()
	defer txn.Close()
	if e.PaymentID != "" {
		_, err := txn.ReadRowWithOptions(ctx, "Payments", spanner.Key{e.PaymentID}, []string{"PaymentId"}, &spanner.ReadOptions{RequestTag: "payment-exists"})
		if spanner.ErrCode(err) != codes.NotFound {
			return e.PaymentID, spannerdb.Fault(err)
		}
	}
	for _, by := range []struct{ table, index, key string }{
		{"Refunds", "RefundsById", e.RefundID}, {"Payments", "PaymentsByIntent", e.IntentID},
	} {
		if by.key == "" {
			continue
		}
		row, err := txn.ReadRowWithOptions(ctx, by.table, spanner.Key{by.key}, []string{"PaymentId"},
			&spanner.ReadOptions{Index: by.index, RequestTag: "payment-of-event"})
		if spanner.ErrCode(err) == codes.NotFound {
			continue
		}
		if err != nil {
			return "", spannerdb.Fault(fmt.Errorf("find the payment of event %s: %w", e.ID, err))
		}
		var id string
		err = row.Columns(&id)
		return id, err
	}
	return "", nil
}
