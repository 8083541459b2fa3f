package billingdb_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/payment"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
)

// fillBilling writes 400 invoices of two learners, each with two payments and a refund.
func fillBilling(t *testing.T, r *readstesting.Reads) (begin time.Time) {
	begin = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(i int) time.Time { return begin.Add(time.Duration(i/40) * time.Hour) } // forty at one time
	user := func(i int) string { return fmt.Sprintf("u%d", i%2) }
	r.Fill(t, "Invoices", 400, func(i int) map[string]any {
		return map[string]any{"InvoiceId": fmt.Sprintf("i%03d", i), "UserId": user(i), "CreateTime": at(i), "PaymentId": fmt.Sprintf("p%03d", i)}
	})
	r.Fill(t, "Payments", 800, func(i int) map[string]any {
		return map[string]any{
			"PaymentId": fmt.Sprintf("p%03d", i), "InvoiceId": fmt.Sprintf("i%03d", i%400), "SubscriptionId": user(i),
			"CreateTime": begin.Add(time.Duration(i) * time.Second), "GatewayIntentId": fmt.Sprintf("pi_%03d", i),
		}
	})
	r.Fill(t, "Refunds", 400, func(i int) map[string]any {
		return map[string]any{"PaymentId": fmt.Sprintf("p%03d", i), "RefundId": fmt.Sprintf("r%03d", i), "InvoiceId": fmt.Sprintf("i%03d", i)}
	})
	r.Fill(t, "PaymentMethods", 400, func(i int) map[string]any {
		return map[string]any{"PaymentMethodId": fmt.Sprintf("m%03d", i), "UserId": user(i), "CreateTime": at(i), "State": "READY"}
	})
	r.Fill(t, "Customers", 2, func(i int) map[string]any { return map[string]any{"UserId": user(i)} })
	r.Fill(t, "LedgerEntries", 512, func(i int) map[string]any {
		return map[string]any{"TransactionId": fmt.Sprintf("jp-%02x", i/2), "Line": i % 2, "Currency": "JPY", "Country": "jp", "AmountMinor": 1 - 2*(i%2)}
	})
	r.Fill(t, "GatewayEvents", 200, func(i int) map[string]any { return map[string]any{"EventId": fmt.Sprintf("e%03d", i)} })
	return begin
}

func TestEveryReadIsByKeyOrIndex(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t, billingdb.Schema()...))
	store := billingdb.Store{Client: r.Client}
	ctx := context.Background()
	begin := fillBilling(t, r)
	pages := []billing.Page{{Limit: 11}, {Limit: 11, Before: begin.Add(5 * time.Hour), AfterID: "x210"}}
	for _, p := range pages {
		p.AfterID = "i210"
		r.Expect(t, func() error { _, err := store.Statements(ctx, "u0", p); return err }, "list-invoices: 11 rows by InvoicesByUser",
			"payments-of-invoices: 22 rows by PaymentsByInvoice", "refunds-of-invoices: 11 rows by RefundsByInvoice")
		p.AfterID = "m210"
		r.Expect(t, func() error { _, err := store.Methods(ctx, "u0", p); return err }, "list-payment-methods: 11 rows by PaymentMethodsByUser")
	}
	r.Expect(t, func() error { _, err := store.Statement(ctx, "i001"); return err }, "get-invoice: 1 rows by Invoices",
		"payments-of-invoices: 2 rows by PaymentsByInvoice", "refunds-of-invoices: 1 rows by RefundsByInvoice")
	r.Expect(t, func() error { _, err := store.Unsettled(ctx, "u0"); return err }, "unsettled-payment: 1 rows by PaymentsBySubscription")
	r.Expect(t, func() error { _, err := store.Customer(ctx, "u0"); return err }, "get-customer: 1 rows by Customers")
	r.Expect(t, func() error { _, err := store.Method(ctx, "m001"); return err }, "get-payment-method: 1 rows by PaymentMethods")
	r.Expect(t, func() error { _, _, err := store.Event(ctx, "e001"); return err }, "get-event: 1 rows by GatewayEvents")
	r.Expect(t, func() error {
		_, _, err := store.Change(ctx, "p001", func(*billing.Account) error { return nil })
		return err
	}, "get-payment: 1 rows by Payments", "get-invoice: 1 rows by Invoices", "get-refund: 1 rows by Refunds")
	for want, e := range map[string]payment.Event{
		"payment-exists: 1 rows by Payments":           {PaymentID: "p001"},
		"payment-of-event: 1 rows by RefundsById":      {RefundID: "r001"},
		"payment-of-event: 1 rows by PaymentsByIntent": {IntentID: "pi_001"},
	} {
		r.Expect(t, func() error { _, err := store.PaymentOf(ctx, e); return err }, want)
	}
	r.Expect(t, func() error { _, err := store.Imbalances(ctx, billing.Slice{Country: "jp", Byte: 7}, 5); return err },
		"ledger-imbalances: 2 rows by LedgerEntries")
	r.CoverPackage(t, ".")
}
