package payment

import (
	"context"

	"github.com/kwipper/kwipper/shared/money"
)

// Refunds returns money.
type Refunds interface {
	// CreateRefund returns money of an intent that succeeded. It is repeatable at any age:
	// a refund of that intent with the same RefundID is answered instead of a second one.
	// More than was charged is refused with reason ReasonRefundExceedsCharge.
	CreateRefund(ctx context.Context, r RefundRequest) (Refund, error)
	// GetRefund answers the refund as it is now.
	GetRefund(ctx context.Context, id string) (Refund, error)
}

// RefundReason is what the gateway is told.
type RefundReason string

// The reasons gateways know.
const (
	RefundRequestedByCustomer RefundReason = "REQUESTED_BY_CUSTOMER"
	RefundDuplicate           RefundReason = "DUPLICATE"
	RefundFraudulent          RefundReason = "FRAUDULENT"
)

// RefundRequest asks to return Amount of what an intent charged.
type RefundRequest struct {
	Key      string // idempotency key
	IntentID string
	Amount   money.Amount
	RefundID string       // ours; travels in the metadata
	Reason   RefundReason // empty: requested by customer
}

// RefundState is where a refund stands.
type RefundState string

// The states of a refund. A refund that has succeeded may still fail days later, when the
// bank sends it back; the gateway then sends an event.
const (
	RefundPending   RefundState = "PENDING"
	RefundSucceeded RefundState = "SUCCEEDED"
	RefundFailed    RefundState = "FAILED"
	RefundCanceled  RefundState = "CANCELED"
)

// Refund is one return of money at the gateway.
type Refund struct {
	ID            string
	State         RefundState
	IntentID      string
	Amount        money.Amount
	RefundID      string // ours
	FailureReason string // the gateway's word, with RefundFailed
}
