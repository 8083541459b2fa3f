package payment

import (
	"errors"

	"github.com/kwipper/kwipper/shared/money"
)

// Gateway is everything a gateway does. Use cases ask for the parts they need.
type Gateway interface {
	Customers
	Setups
	Methods
	Intents
	Refunds
	Events
}

// ErrUnknown says that a call may or may not have had its effect: a time-out, a lost
// connection, a 5xx, or another call with the same key under way. Errors that carry it
// carry no fault, so they are never final.
var ErrUnknown = errors.New("outcome at the payment gateway unknown")

// Reasons of the faults that gateways answer.
const (
	ReasonRequestInvalid      = "PAYMENT_REQUEST_INVALID"
	ReasonObjectNotFound      = "PAYMENT_OBJECT_NOT_FOUND"
	ReasonRateLimited         = "PAYMENT_RATE_LIMITED"
	ReasonGatewayRefusesUs    = "PAYMENT_GATEWAY_REFUSES_US" // wrong key or missing right
	ReasonRefundExceedsCharge = "REFUND_EXCEEDS_CHARGE"
	ReasonMethodUnusable      = "PAYMENT_METHOD_UNUSABLE"
	ReasonSignatureInvalid    = "WEBHOOK_SIGNATURE_INVALID"
	ReasonEventInvalid        = "WEBHOOK_EVENT_INVALID"
)

// minimums are the least amounts that can be charged. Stripe names JPY and MXN; for the
// others it asks for about 0.50 USD, rounded up here.
var minimums = map[money.Currency]int64{
	money.JPY: 50,
	money.MXN: 10_00,
	money.PHP: 30_00,
	money.IDR: 10_000_00,
}

// maximumMinor is the largest amount a gateway takes: eight digits, twelve for IDR.
const (
	maximumMinor    = 99_999_999
	maximumMinorIDR = 999_999_999_999
)

// MinimumAmount returns the least that can be charged in a currency, and whether we charge
// in it at all.
func MinimumAmount(c money.Currency) (money.Amount, bool) {
	minor, ok := minimums[c]
	return money.Of(minor, c), ok
}

// Chargeable reports whether a gateway takes the amount.
func Chargeable(a money.Amount) bool {
	least, ok := minimums[a.Currency]
	most := int64(maximumMinor)
	if a.Currency == money.IDR {
		most = maximumMinorIDR
	}
	return ok && a.Minor >= least && a.Minor <= most
}
