package billing

import (
	"time"

	"github.com/kwipper/kwipper/shared/fault"
)

// RefundPolicy says what a learner may have returned. It is data for each country.
type RefundPolicy struct {
	// Window is how long after the payment a refund may be asked for.
	Window time.Duration
}

// refundPolicies begins with the same rule everywhere: the latest payment, within 14 days,
// whole; access ends. That it is the latest is decided by the subscription.
var refundPolicies = map[string]RefundPolicy{
	"id": {Window: 14 * 24 * time.Hour},
	"jp": {Window: 14 * 24 * time.Hour},
	"ph": {Window: 14 * 24 * time.Hour},
	"mx": {Window: 14 * 24 * time.Hour},
}

// Refundable says why an invoice cannot be refunded at now, or nil. byAdministrator
// leaves the window out.
func Refundable(i Invoice, byAdministrator bool, now time.Time) error {
	switch i.State {
	case InvoicePaid:
	case InvoiceRefunded:
		return fault.New(fault.FailedPrecondition, "ALREADY_REFUNDED", "invoice %s is refunded", i.ID)
	default:
		return fault.New(fault.FailedPrecondition, "REFUND_NOT_ALLOWED", "invoice %s is %s", i.ID, i.State)
	}
	policy, known := refundPolicies[i.Country]
	if !known {
		return fault.New(fault.FailedPrecondition, "REFUND_NOT_ALLOWED", "there is no refund policy for country %s", i.Country)
	}
	if closes := i.PaidTime.Add(policy.Window); !byAdministrator && now.After(closes) {
		return fault.New(fault.FailedPrecondition, "REFUND_WINDOW_CLOSED", "invoice %s could be refunded until %s", i.ID, closes.Format(time.RFC3339))
	}
	return nil
}
