package enrollment

import (
	"strconv"

	"github.com/kwipper/kwipper/shared/idempotency"
)

// SubscriptionID returns the id of the subscription that a subscribe saga makes.
func SubscriptionID(country, saga string) string {
	return idempotency.Derive(country, "subscription", saga)
}

// InvoiceID returns the id of the invoice of a subscription's period, which counts from 0:
// one period has one invoice, however often it is tried to be paid.
func InvoiceID(country, subscription string, period int) string {
	return idempotency.Derive(country, "invoice", subscription, strconv.Itoa(period))
}

// PaymentID returns the id of the payment that a saga makes.
func PaymentID(country, saga string) string {
	return idempotency.Derive(country, "payment", saga)
}

// RefundID returns the id of the refund that a refund saga makes.
func RefundID(country, saga string) string {
	return idempotency.Derive(country, "refund", saga)
}

// RenewalID returns the id of the saga that tries, for the nth time from 1, to pay a
// period. However often it is started, one period is charged once an attempt.
func RenewalID(country, subscription string, period, attempt int) string {
	return idempotency.Derive(country, "renew", subscription, strconv.Itoa(period), strconv.Itoa(attempt))
}

// EndID returns the id of the saga that ends a subscription.
func EndID(country, subscription string) string {
	return idempotency.Derive(country, "end", subscription)
}
