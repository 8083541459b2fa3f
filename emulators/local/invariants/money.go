package invariants

import (
	"maps"
	"slices"
	"strings"

	"github.com/kwipper/kwipper/emulators/stripe"
)

// metadataPaymentID is where a charge at the gateway names our payment.
const metadataPaymentID = "kwipper_payment_id"

// gatewayAccount is the ledger's account of what the gateway holds for us.
const gatewayAccount = "gateway"

const succeeded = "succeeded"

type currencyOf struct{ id, currency string }

func ledgerBalances(w *world) *findings {
	f, transactions, currencies := &findings{}, map[currencyOf]int64{}, map[string]int64{}
	for _, e := range w.entries {
		transactions[currencyOf{e.TransactionId, e.Currency}] += e.AmountMinor
		currencies[e.Currency] += e.AmountMinor
	}
	for t, sum := range transactions {
		f.add(t.id, sum != 0, "sums to %d %s", sum, t.currency)
	}
	for currency, sum := range currencies {
		f.add(currency, sum != 0, "all entries sum to %d", sum)
	}
	return f
}

// moved is what was charged and returned for a payment.
type moved struct{ charged, returned int64 }

// booked is what the ledger says of each payment.
func (w *world) booked() map[currencyOf]moved {
	sums := map[currencyOf]moved{}
	for _, e := range w.entries {
		if e.Account != gatewayAccount {
			continue
		}
		key := currencyOf{e.PaymentId, e.Currency}
		m := sums[key]
		if e.AmountMinor >= 0 {
			m.charged += e.AmountMinor
		} else {
			m.returned -= e.AmountMinor
		}
		sums[key] = m
	}
	return sums
}

// charges are those that took money.
func (w *world) charges() []stripe.Money {
	return slices.DeleteFunc(slices.Clone(w.gateway.Charges), func(c stripe.Money) bool { return c.Status != succeeded })
}

// paymentOf names the payment of a charge, or the charge itself where it has none.
func paymentOf(c stripe.Money) string {
	if id := c.Metadata[metadataPaymentID]; id != "" {
		return id
	}
	return c.ID
}

// returnedBy sums the refunds of each charge that have given money back.
func (w *world) returnedBy() map[string]int64 {
	sums := map[string]int64{}
	for _, r := range w.gateway.Refunds {
		if r.Status == succeeded {
			sums[r.ChargeID] += r.AmountMinor
		}
	}
	return sums
}

// taken is what the gateway says of each payment.
func (w *world) taken() map[currencyOf]moved {
	sums, returned := map[currencyOf]moved{}, w.returnedBy()
	for _, c := range w.charges() {
		key := currencyOf{paymentOf(c), strings.ToUpper(c.Currency)}
		m := sums[key]
		m.charged += c.AmountMinor
		m.returned += returned[c.ID]
		sums[key] = m
	}
	return sums
}

func ledgerEqualsGateway(w *world) *findings {
	f, booked, taken := &findings{}, w.booked(), w.taken()
	all := maps.Clone(booked)
	maps.Copy(all, taken)
	for key := range all {
		b, t := booked[key], taken[key]
		f.add(key.id, b != t, "the ledger has %d charged and %d returned, the gateway %d and %d, in %s", b.charged, b.returned, t.charged, t.returned, key.currency)
	}
	return f
}

func chargesHaveReasons(w *world) *findings {
	f, returned := &findings{}, w.returnedBy()
	payments := index(w.payments, func(p paymentRow) string { return p.PaymentId })
	subscriptions := index(w.subscriptions, func(s subscriptionRow) string { return s.SubscriptionId })
	for _, c := range w.charges() {
		p, ok := payments[paymentOf(c)]
		if !ok {
			f.add(c.ID, true, "no payment %s", paymentOf(c))
			continue
		}
		s, ok := subscriptions[p.SubscriptionId]
		cameAbout := ok && s.State != "PENDING" && s.State != "FAILED"
		f.add(c.ID, !cameAbout && returned[c.ID] < c.AmountMinor, "payment %s is kept, but subscription %s is %q", p.PaymentId, p.SubscriptionId, s.State)
	}
	return f
}

func chargedOnce(w *world) *findings {
	f, returned := &findings{}, w.returnedBy()
	payments := index(w.payments, func(p paymentRow) string { return p.PaymentId })
	charges, kept := map[string]int{}, map[string]int{}
	for _, c := range w.charges() {
		charges[paymentOf(c)]++
		if p, ok := payments[paymentOf(c)]; ok && returned[c.ID] < c.AmountMinor {
			kept[p.InvoiceId]++
		}
	}
	for payment, n := range charges {
		f.add(payment, n > 1, "charged %d times", n)
	}
	for invoice, n := range kept {
		f.add(invoice, n > 1, "paid %d times", n)
	}
	return f
}

func returnsWithinCharges(w *world) *findings {
	f := &findings{}
	for key, m := range w.booked() {
		f.add(key.id, m.returned > m.charged, "the ledger has %d %s returned of %d", m.returned, key.currency, m.charged)
	}
	for key, m := range w.taken() {
		f.add(key.id, m.returned > m.charged, "the gateway has %d %s returned of %d", m.returned, key.currency, m.charged)
	}
	charges := index(w.gateway.Charges, func(c stripe.Money) string { return c.ID })
	for _, r := range w.gateway.Refunds {
		_, ok := charges[r.ChargeID]
		f.add(r.ID, !ok, "returns a charge %s that there is not", r.ChargeID)
	}
	return f
}
