package billingdb

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

type methodRow struct {
	PaymentMethodId   string
	UserId            string
	Country           string
	State             string
	GatewayCustomerId string
	GatewaySetupId    string
	GatewayMethodId   spanner.NullString
	RedirectUri       spanner.NullString
	ExpireTime        spanner.NullTime
	Brand             spanner.NullString
	Last4             spanner.NullString
	ExpMonth          spanner.NullInt64
	ExpYear           spanner.NullInt64
	CreateTime        time.Time
	UpdateTime        time.Time
}

var methodColumns = []string{
	"PaymentMethodId", "UserId", "Country", "State", "GatewayCustomerId", "GatewaySetupId", "GatewayMethodId",
	"RedirectUri", "ExpireTime", "Brand", "Last4", "ExpMonth", "ExpYear", "CreateTime", "UpdateTime",
}

func fromMethod(m billing.Method) methodRow {
	return methodRow{
		PaymentMethodId: m.ID, UserId: m.UserID, Country: m.Country, State: string(m.State), GatewayCustomerId: m.CustomerID,
		GatewaySetupId: m.SetupID, GatewayMethodId: spannerdb.Text(m.GatewayID), RedirectUri: spannerdb.Text(m.RedirectURI), ExpireTime: spannerdb.Instant(m.ExpireTime),
		Brand: spannerdb.Text(m.Brand), Last4: spannerdb.Text(m.Last4), ExpMonth: number(m.ExpMonth), ExpYear: number(m.ExpYear),
		CreateTime: m.CreateTime, UpdateTime: m.UpdateTime,
	}
}

func (r methodRow) model() billing.Method {
	return billing.Method{
		ID: r.PaymentMethodId, UserID: r.UserId, Country: r.Country, State: billing.MethodState(r.State), CustomerID: r.GatewayCustomerId,
		SetupID: r.GatewaySetupId, GatewayID: r.GatewayMethodId.StringVal, RedirectURI: r.RedirectUri.StringVal, ExpireTime: r.ExpireTime.Time,
		Brand: r.Brand.StringVal, Last4: r.Last4.StringVal, ExpMonth: int(r.ExpMonth.Int64), ExpYear: int(r.ExpYear.Int64),
		CreateTime: r.CreateTime, UpdateTime: r.UpdateTime,
	}
}

func number(n int) spanner.NullInt64 { return spanner.NullInt64{Int64: int64(n), Valid: n != 0} }

// created is what the idempotency key keeps: the method itself is read when it is asked
// for again.
type created struct {
	PaymentMethodID string `json:"paymentMethodId"`
}

// CreateMethod stores what make returns, once a key, with make under a lease.
func (s Store) CreateMethod(ctx context.Context, key idempotency.Key, make func(context.Context) (billing.Method, error)) (billing.Method, error) {
	lease, answer, replayed, err := idempotencydb.Begin(ctx, s.Client, key)
	if err != nil {
		return billing.Method{}, err
	}
	if replayed {
		return s.again(ctx, answer)
	}
	m, err := make(ctx)
	if err != nil {
		if release := idempotencydb.Release(context.WithoutCancel(ctx), s.Client, lease); release != nil {
			slog.WarnContext(ctx, "lease not released; it lapses", "route", key.Route, "error", release)
		}
		return billing.Method{}, err
	}
	answer, replayed, err = idempotencydb.Finish(ctx, s.Client, lease, func(_ context.Context, txn *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
		var writes writes
		writes.put("PaymentMethods", fromMethod(m))
		writes.add(spanner.InsertOrUpdateMap("Customers", map[string]any{
			"UserId": m.UserID, "Country": m.Country, "GatewayCustomerId": m.CustomerID, "CreateTime": m.CreateTime,
		}))
		if err := writes.buffer(txn); err != nil {
			return idempotency.Answer{}, err
		}
		return idempotency.NewAnswer(http.StatusCreated, created{PaymentMethodID: m.ID})
	})
	if err != nil {
		return billing.Method{}, err
	}
	if replayed {
		return s.again(ctx, answer)
	}
	return m, nil
}

func (s Store) again(ctx context.Context, answer idempotency.Answer) (billing.Method, error) {
	var c created
	if err := json.Unmarshal(answer.Body, &c); err != nil {
		return billing.Method{}, fmt.Errorf("decode stored answer: %w", err)
	}
	return s.Method(ctx, c.PaymentMethodID)
}

// Customer returns the gateway's id of a learner, empty when there is none yet.
func (s Store) Customer(ctx context.Context, userID string) (string, error) {
	row, _, err := readOne[struct{ GatewayCustomerId string }](ctx, s.Client.Single(), "get-customer", "Customers", spanner.Key{userID}, []string{"GatewayCustomerId"})
	return row.GatewayCustomerId, spannerdb.Fault(err)
}

// Method reads a payment method.
func (s Store) Method(ctx context.Context, id string) (billing.Method, error) {
	m, err := method(ctx, s.Client.Single(), id)
	return m, spannerdb.Fault(err)
}

func method(ctx context.Context, r reader, id string) (billing.Method, error) {
	row, ok, err := readOne[methodRow](ctx, r, "get-payment-method", "PaymentMethods", spanner.Key{id}, methodColumns)
	if err != nil {
		return billing.Method{}, err
	}
	if !ok {
		return billing.Method{}, fault.New(fault.NotFound, "NOT_FOUND", "there is no payment method %s", id)
	}
	return row.model(), nil
}

// ChangeMethod applies change to a payment method in one transaction.
func (s Store) ChangeMethod(ctx context.Context, id string, change func(*billing.Method)) (billing.Method, error) {
	var m billing.Method
	options := spanner.TransactionOptions{TransactionTag: "change-payment-method"}
	_, err := s.Client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		var err error
		if m, err = method(ctx, txn, id); err != nil {
			return err
		}
		before := m
		change(&m)
		if m == before {
			return nil
		}
		var writes writes
		writes.put("PaymentMethods", fromMethod(m))
		return writes.buffer(txn)
	}, options)
	if err != nil {
		return billing.Method{}, spannerdb.Fault(fmt.Errorf("change payment method %s: %w", id, err))
	}
	return m, nil
}

// Methods lists a learner's payment methods that are not removed, newest first.
func (s Store) Methods(ctx context.Context, userID string, page billing.Page) ([]billing.Method, error) {
	sql := `SELECT ` + list(methodColumns) + `
		FROM PaymentMethods@{FORCE_INDEX=PaymentMethodsByUser}
		WHERE UserId = @user AND CreateTime <= @before AND (CreateTime < @before OR PaymentMethodId > @after)
		  AND State != 'REMOVED'
		ORDER BY CreateTime DESC, PaymentMethodId
		LIMIT @limit`
	var found []billing.Method
	rows := s.Client.Single().QueryWithOptions(ctx, pageOf(sql, userID, page), spanner.QueryOptions{RequestTag: "list-payment-methods"})
	err := spannerdb.Each(rows, func(row *spanner.Row) error {
		var r methodRow
		if err := row.ToStruct(&r); err != nil {
			return err
		}
		found = append(found, r.model())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list payment methods: %w", err)
	}
	return found, nil
}
