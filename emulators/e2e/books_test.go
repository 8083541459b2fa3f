package e2e

import (
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/stripe"
)

type subscriptionRow struct {
	SubscriptionId, UserId, CourseId, State string
	HeldBy, InvoiceId, PaymentId            spanner.NullString
	Period                                  int64
	RenewTime, PeriodEnd                    spanner.NullTime
}

type paymentRow struct {
	PaymentId, InvoiceId, SubscriptionId, State, Currency string
	AmountMinor                                           int64
}

type accessRow struct {
	UserId, CourseId, SubscriptionId string
	AccessUntil, RevokeTime          spanner.NullTime
}

func (w *world) subscriptions(t *testing.T) map[string]subscriptionRow {
	t.Helper()
	found := map[string]subscriptionRow{}
	for _, s := range rows[subscriptionRow](t, w, "subscription", "Subscriptions",
		"SubscriptionId", "UserId", "CourseId", "State", "HeldBy", "InvoiceId", "PaymentId", "Period", "RenewTime", "PeriodEnd") {
		found[s.SubscriptionId] = s
	}
	return found
}

func (w *world) payments(t *testing.T) map[string]paymentRow {
	t.Helper()
	found := map[string]paymentRow{}
	for _, p := range rows[paymentRow](t, w, "billing", "Payments", "PaymentId", "InvoiceId", "SubscriptionId", "State", "Currency", "AmountMinor") {
		found[p.PaymentId] = p
	}
	return found
}

// checkBooks checks what must hold whenever nothing is under way.
func (w *world) checkBooks(t *testing.T) {
	t.Helper()
	subscriptions, payments := w.subscriptions(t), w.payments(t)
	w.checkSagas(t)
	w.checkLedger(t)
	w.checkCharges(t, payments, subscriptions)
	w.checkPaid(t, payments, subscriptions)
	w.checkAccess(t, subscriptions)
}

// checkSagas checks that no saga is under way or stuck, but for those that wait for somebody.
func (w *world) checkSagas(t *testing.T) {
	t.Helper()
	type row struct {
		SagaId, Definition, Phase string
		Done, Stuck               bool
	}
	waiting := map[string]bool{}
	for _, s := range rows[row](t, w, "saga", "Sagas", "SagaId", "Definition", "Phase", "Done", "Stuck") {
		assert.False(t, s.Stuck, "saga %s %s is stuck", s.Definition, s.SagaId)
		assert.True(t, s.Done || s.Phase == "WAITING", "saga %s %s is %s", s.Definition, s.SagaId, s.Phase)
		waiting[s.SagaId] = !s.Done
	}
	for _, s := range w.subscriptions(t) {
		if held := s.HeldBy.StringVal; held != "" {
			assert.True(t, waiting[held], "subscription %s is held by %s, which is done", s.SubscriptionId, held)
		}
	}
}

// checkLedger checks that each transaction sums to zero, and that the gateway's account is
// what the gateway says.
func (w *world) checkLedger(t *testing.T) {
	t.Helper()
	type row struct {
		TransactionId, Account, Currency string
		AmountMinor                      int64
	}
	transactions, gateway := map[[2]string]int64{}, map[string]int64{}
	for _, e := range rows[row](t, w, "billing", "LedgerEntries", "TransactionId", "Account", "Currency", "AmountMinor") {
		transactions[[2]string{e.TransactionId, e.Currency}] += e.AmountMinor
		if e.Account == "gateway" {
			gateway[e.Currency] += e.AmountMinor
		}
	}
	for transaction, sum := range transactions {
		assert.Zero(t, sum, "transaction %v of the ledger", transaction)
	}
	held := map[string]int64{}
	for _, c := range w.totals(t).Charges {
		if c.Status == "succeeded" {
			held[upper(c.Currency)] += c.AmountMinor - c.AmountRefundedMinor
		}
	}
	for currency := range gateway {
		assert.Equal(t, held[currency], gateway[currency], "the gateway holds %s, the ledger says", currency)
	}
}

// checkCharges checks that an invoice is charged once at most, that no more is returned
// than charged, and that what is kept was for a subscription.
func (w *world) checkCharges(t *testing.T, payments map[string]paymentRow, subscriptions map[string]subscriptionRow) {
	t.Helper()
	kept := map[string]int{}
	for _, c := range w.totals(t).Charges {
		p, known := payments[c.Metadata["kwipper_payment_id"]]
		if !assert.True(t, known, "charge %s is for no payment: %v", c.ID, c.Metadata) || c.Status != "succeeded" {
			continue
		}
		assert.Equal(t, p.AmountMinor, c.AmountMinor, "charge of payment %s", p.PaymentId)
		assert.Contains(t, []int64{0, c.AmountMinor}, c.AmountRefundedMinor, "returned of charge %s", c.ID)
		if c.AmountRefundedMinor > 0 {
			continue
		}
		kept[p.InvoiceId]++
		assert.Equal(t, "SUCCEEDED", p.State, "payment %s was charged", p.PaymentId)
		assert.Contains(t, []string{"ACTIVE", "PAST_DUE", "ENDED"}, subscriptions[p.SubscriptionId].State,
			"payment %s was kept for subscription %s", p.PaymentId, p.SubscriptionId)
	}
	for invoice, charges := range kept {
		assert.Equal(t, 1, charges, "charges for invoice %s", invoice)
	}
}

// checkPaid checks that no subscription runs unpaid.
func (w *world) checkPaid(t *testing.T, payments map[string]paymentRow, subscriptions map[string]subscriptionRow) {
	t.Helper()
	for _, s := range subscriptions {
		if s.State == "ACTIVE" || s.State == "PAST_DUE" {
			assert.Equal(t, "SUCCEEDED", payments[s.PaymentId.StringVal].State, "payment of %s subscription %s", s.State, s.SubscriptionId)
		}
	}
}

// checkAccess checks that those may study who have an open subscription, nobody else, and
// that course and user know of the same.
func (w *world) checkAccess(t *testing.T, subscriptions map[string]subscriptionRow) {
	t.Helper()
	open := map[string]bool{}
	for _, s := range subscriptions {
		if s.State == "ACTIVE" || s.State == "PAST_DUE" {
			open[s.SubscriptionId] = true
		}
	}
	same := func(table string, found []accessRow) {
		got := map[string]bool{}
		for _, r := range found {
			if !r.RevokeTime.Valid {
				got[r.SubscriptionId] = true
			}
		}
		assert.Equal(t, open, got, "open subscriptions, and what %s says", table)
	}
	same("Entitlements", rows[accessRow](t, w, "content", "Entitlements", "UserId", "CourseId", "SubscriptionId", "AccessUntil", "RevokeTime"))
	same("UserEnrollments", rows[accessRow](t, w, "user", "UserEnrollments", "UserId", "CourseId", "SubscriptionId", "RevokeTime"))
	enrolled := rows[accessRow](t, w, "course", "Enrollments", "UserId", "CourseId", "SubscriptionId", "AccessUntil", "RevokeTime")
	same("Enrollments", enrolled)
	type row struct {
		CourseId    string
		Subscribers int64
	}
	counts, want := map[string]int64{}, map[string]int64{}
	for _, c := range rows[row](t, w, "course", "SubscriberCounts", "CourseId", "Subscribers") {
		counts[c.CourseId] += c.Subscribers
	}
	for _, e := range enrolled {
		if !e.RevokeTime.Valid {
			want[e.CourseId]++
		}
	}
	for course, n := range counts {
		assert.Equal(t, want[course], n, "subscribers of course %s", course)
	}
}

// charged returns the succeeded charges for a subscription, and how many were returned.
func (w *world) charged(t *testing.T, subscription string) (charges, returned int) {
	t.Helper()
	payments := w.payments(t)
	for _, c := range w.totals(t).Charges {
		if c.Status != "succeeded" || payments[c.Metadata["kwipper_payment_id"]].SubscriptionId != id(subscription) {
			continue
		}
		charges++
		if c.AmountRefundedMinor > 0 {
			returned++
		}
	}
	return charges, returned
}

// chargesOf returns the succeeded charges of a learner.
func (w *world) chargesOf(t *testing.T, l *learner) []stripe.Money {
	t.Helper()
	var found []stripe.Money
	subscriptions, payments := w.subscriptions(t), w.payments(t)
	for _, c := range w.totals(t).Charges {
		s := subscriptions[payments[c.Metadata["kwipper_payment_id"]].SubscriptionId]
		if c.Status == "succeeded" && s.UserId == id(l.user.Name) {
			found = append(found, c)
		}
	}
	return found
}
