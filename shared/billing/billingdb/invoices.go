package billingdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// newest is later than any time a row has: a list without a token begins there.
var newest = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// pageOf binds a learner and a page to sql.
func pageOf(sql, userID string, page billing.Page) spanner.Statement {
	before := page.Before
	if before.IsZero() {
		before = newest
	}
	return spanner.Statement{SQL: sql, Params: map[string]any{
		"user": userID, "before": before, "after": page.AfterID, "limit": int64(page.Limit),
	}}
}

func list(columns []string) string { return strings.Join(columns, ", ") }

// Statement reads an invoice with its payments and refunds, all at one time.
func (s Store) Statement(ctx context.Context, invoiceID string) (billing.Statement, error) {
	txn := s.Client.ReadOnlyTransaction()
	defer txn.Close()
	row, ok, err := readOne[invoiceRow](ctx, txn, "get-invoice", "Invoices", spanner.Key{invoiceID}, invoiceColumns)
	if err != nil {
		return billing.Statement{}, spannerdb.Fault(err)
	}
	if !ok {
		return billing.Statement{}, fault.New(fault.NotFound, "NOT_FOUND", "there is no invoice %s", invoiceID)
	}
	statements := []billing.Statement{{Invoice: row.model()}}
	if err := details(ctx, txn, statements); err != nil {
		return billing.Statement{}, err
	}
	return statements[0], nil
}

// Statements lists a learner's invoices, newest first.
func (s Store) Statements(ctx context.Context, userID string, page billing.Page) ([]billing.Statement, error) {
	sql := `SELECT ` + list(invoiceColumns) + `
		FROM Invoices@{FORCE_INDEX=InvoicesByUser}
		WHERE UserId = @user AND CreateTime <= @before AND (CreateTime < @before OR InvoiceId > @after)
		ORDER BY CreateTime DESC, InvoiceId
		LIMIT @limit`
	txn := s.Client.ReadOnlyTransaction()
	defer txn.Close()
	var found []billing.Statement
	rows := txn.QueryWithOptions(ctx, pageOf(sql, userID, page), spanner.QueryOptions{RequestTag: "list-invoices"})
	err := spannerdb.Each(rows, func(row *spanner.Row) error {
		var r invoiceRow
		if err := row.ToStruct(&r); err != nil {
			return err
		}
		found = append(found, billing.Statement{Invoice: r.model()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list invoices: %w", err)
	}
	return found, details(ctx, txn, found)
}

// details adds to invoices their payments and refunds.
func details(ctx context.Context, txn *spanner.ReadOnlyTransaction, statements []billing.Statement) error {
	if len(statements) == 0 {
		return nil
	}
	place := map[string]*billing.Statement{}
	var ids []string
	for i := range statements {
		id := statements[i].Invoice.ID
		place[id], ids = &statements[i], append(ids, id)
	}
	statement := func(columns []string, table, index string) spanner.Statement {
		return spanner.Statement{
			SQL:    `SELECT ` + list(columns) + ` FROM ` + table + `@{FORCE_INDEX=` + index + `} WHERE InvoiceId IN UNNEST(@ids) ORDER BY InvoiceId, CreateTime`,
			Params: map[string]any{"ids": ids},
		}
	}
	payments := txn.QueryWithOptions(ctx, statement(paymentColumns, "Payments", "PaymentsByInvoice"), spanner.QueryOptions{RequestTag: "payments-of-invoices"})
	err := spannerdb.Each(payments, func(row *spanner.Row) error {
		var r paymentRow
		if err := row.ToStruct(&r); err != nil {
			return err
		}
		s := place[r.InvoiceId]
		s.Payments = append(s.Payments, r.model())
		return nil
	})
	if err != nil {
		return fmt.Errorf("list payments: %w", err)
	}
	refunds := txn.QueryWithOptions(ctx, statement(refundColumns, "Refunds", "RefundsByInvoice"), spanner.QueryOptions{RequestTag: "refunds-of-invoices"})
	err = spannerdb.Each(refunds, func(row *spanner.Row) error {
		var r refundRow
		if err := row.ToStruct(&r); err != nil {
			return err
		}
		s := place[r.InvoiceId]
		s.Refunds = append(s.Refunds, r.model())
		return nil
	})
	if err != nil {
		return fmt.Errorf("list refunds: %w", err)
	}
	return nil
}

// Unsettled reports whether the latest payment for the subscription is under way.
func (s Store) Unsettled(ctx context.Context, subscriptionID string) (bool, error) {
	statement := spanner.Statement{
		SQL: `SELECT State FROM Payments@{FORCE_INDEX=PaymentsBySubscription}
			WHERE SubscriptionId = @subscription ORDER BY CreateTime DESC LIMIT 1`,
		Params: map[string]any{"subscription": subscriptionID},
	}
	unsettled := false
	rows := s.Client.Single().QueryWithOptions(ctx, statement, spanner.QueryOptions{RequestTag: "unsettled-payment"})
	err := spannerdb.Each(rows, func(row *spanner.Row) error {
		var state string
		if err := row.Columns(&state); err != nil {
			return err
		}
		unsettled = !billing.PaymentState(state).Final()
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("look for a payment under way: %w", err)
	}
	return unsettled, nil
}
