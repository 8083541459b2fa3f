package invariants

import (
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/stripe"
)

var until = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)

// sound is a world with one subscription that runs and one that was refunded.
func sound() *world {
	charge := func(id, payment string) stripe.Money {
		return stripe.Money{ID: id, Currency: "jpy", AmountMinor: 1480, Status: "succeeded", Metadata: map[string]string{metadataPaymentID: payment}}
	}
	entry := func(transaction string, line int64, account, payment string, amount int64) entryRow {
		return entryRow{TransactionId: transaction, Line: line, Account: account, Currency: "JPY", PaymentId: payment, AmountMinor: amount}
	}
	text := func(s string) spanner.NullString { return spanner.NullString{StringVal: s, Valid: true} }
	revoked := spanner.NullTime{Time: until, Valid: true}
	end := spanner.NullTime{Time: until, Valid: true}
	return &world{
		gateway: stripe.Totals{
			Charges: []stripe.Money{charge("ch_1", "p1"), charge("ch_2", "p2"), {ID: "ch_3", Currency: "jpy", AmountMinor: 1480, Status: "failed"}},
			Refunds: []stripe.Money{{ID: "re_2", ChargeID: "ch_2", Currency: "jpy", AmountMinor: 1480, Status: "succeeded"}},
		},
		entries: []entryRow{
			entry("t1", 1, "gateway", "p1", 1480), entry("t1", 2, "revenue", "p1", -1480),
			entry("t2", 1, "gateway", "p2", 1480), entry("t2", 2, "revenue", "p2", -1480),
			entry("t3", 1, "revenue", "p2", 1480), entry("t3", 2, "gateway", "p2", -1480),
		},
		payments: []paymentRow{{"p1", "i1", "s1", "SUCCEEDED"}, {"p2", "i2", "s2", "SUCCEEDED"}},
		invoices: []invoiceRow{{"i1", "s1", "PAID", 0}, {"i2", "s2", "REFUNDED", 0}},
		subscriptions: []subscriptionRow{
			{SubscriptionId: "s1", UserId: "u", CourseId: "c", State: "ACTIVE", InvoiceId: text("i1"), AccessUntil: end},
			{SubscriptionId: "s2", UserId: "u", CourseId: "c", State: "ENDED", InvoiceId: text("i2"), AccessUntil: end},
		},
		entitlements: []entitlementRow{
			{"u", "c", "s1", until, spanner.NullTime{}}, {"u", "c", "s2", until, revoked},
		},
		enrollments:     []enrollmentRow{{"c", "u", "s1", until, spanner.NullTime{}}, {"c", "u", "s2", until, revoked}},
		userEnrollments: []userEnrollmentRow{{"u", "s1", "c", spanner.NullTime{}}, {"u", "s2", "c", revoked}},
		counts:          []countRow{{"c", 2}, {"c", -1}},
		sagas:           []sagaRow{{SagaId: "g1", Phase: "SUCCEEDED", Done: true}, {SagaId: "g2", Phase: "WAITING"}},
	}
}

func broken(w *world) (names []string) {
	for _, r := range w.check() {
		if !r.OK {
			names = append(names, r.Name)
		}
	}
	return names
}

func TestASoundWorldPasses(t *testing.T) {
	w := sound()
	w.dropTombstones()
	assert.Empty(t, broken(w))
	assert.True(t, OK(w.check()))
	assert.Empty(t, broken(&world{}), "nor does an empty one offend")
	for _, r := range w.check() {
		assert.NotZero(t, r.Rows, "%s has looked at nothing", r.Name)
	}
}

func TestEachBreachIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*world)
		want  []string
	}{
		"unbalanced":          {func(w *world) { w.entries[1].AmountMinor++ }, []string{"ledger-balances"}},
		"booked but not paid": {func(w *world) { w.gateway.Charges[0].Status = "failed" }, []string{"ledger-equals-gateway"}},
		"charged, not booked": {func(w *world) { w.entries = w.entries[2:] }, []string{"ledger-equals-gateway"}},
		"refund not booked":   {func(w *world) { w.entries = w.entries[:4] }, []string{"ledger-equals-gateway"}},
		"unknown payment":     {func(w *world) { w.payments = w.payments[1:] }, []string{"charges-have-reasons"}},
		"paid for nothing": {func(w *world) {
			w.subscriptions[0].State, w.entitlements, w.enrollments, w.userEnrollments, w.counts = "FAILED", nil, nil, nil, nil
		}, []string{"charges-have-reasons"}},
		"charged twice": {func(w *world) {
			again := w.gateway.Charges[0]
			again.ID = "ch_9"
			w.gateway.Charges = append(w.gateway.Charges, again)
		}, []string{"ledger-equals-gateway", "charged-once"}},
		"invoice paid twice": {func(w *world) { w.payments[1].InvoiceId = "i1"; w.gateway.Refunds = nil; w.entries = w.entries[:4] }, []string{"charged-once"}},
		"returned too much":  {func(w *world) { w.gateway.Refunds[0].AmountMinor++ }, []string{"ledger-equals-gateway", "returns-within-charges"}},
		"returned to nobody": {func(w *world) { w.gateway.Refunds[0].ChargeID = "ch_9" }, []string{"ledger-equals-gateway", "returns-within-charges"}},
		"unpaid":             {func(w *world) { w.invoices[0].State = "OPEN" }, []string{"active-is-paid"}},
		"another's invoice":  {func(w *world) { w.invoices[0].Period = 3 }, []string{"active-is-paid"}},
		"not revoked":        {func(w *world) { w.entitlements[1].RevokeTime = spanner.NullTime{} }, []string{"access-is-paid"}},
		"still enrolled": {func(w *world) {
			w.enrollments = append(w.enrollments, enrollmentRow{"c", "u", "s2", until, spanner.NullTime{}})
		},
			[]string{"access-is-paid", "subscribers-are-counted"}},
		"still listed": {func(w *world) {
			w.userEnrollments = append(w.userEnrollments, userEnrollmentRow{"u", "s9", "c", spanner.NullTime{}})
		}, []string{"access-is-paid"}},
		"not entitled":   {func(w *world) { w.entitlements = w.entitlements[1:] }, []string{"paid-has-access"}},
		"not listed":     {func(w *world) { w.userEnrollments = nil }, []string{"paid-has-access"}},
		"not extended":   {func(w *world) { w.enrollments[0].AccessUntil = until.Add(-time.Hour) }, []string{"paid-has-access"}},
		"open twice":     {func(w *world) { w.subscriptions[1].State = "PENDING" }, []string{"one-open-subscription"}},
		"saga forgotten": {func(w *world) { w.sagas[0] = sagaRow{SagaId: "g1", Phase: "FORWARD"} }, []string{"sagas-end"}},
		"saga stuck":     {func(w *world) { w.sagas[1].Stuck = true }, []string{"sagas-end"}},
		"miscounted":     {func(w *world) { w.counts = nil }, []string{"subscribers-are-counted"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := sound()
			test.spoil(w)
			w.dropTombstones()
			got := broken(w)
			for _, want := range test.want {
				assert.Contains(t, got, want)
			}
			if name != "paid for nothing" && name != "open twice" && name != "invoice paid twice" {
				assert.Len(t, got, len(test.want))
			}
		})
	}
}
