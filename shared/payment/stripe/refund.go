package stripe

import (
	"context"
	"errors"

	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment"
)

const refundPageSize = 100

var refundReasons = map[payment.RefundReason]stripego.RefundReason{
	"":                                stripego.RefundReasonRequestedByCustomer,
	payment.RefundRequestedByCustomer: stripego.RefundReasonRequestedByCustomer,
	payment.RefundDuplicate:           stripego.RefundReasonDuplicate,
	payment.RefundFraudulent:          stripego.RefundReasonFraudulent,
}

// CreateRefund refunds a payment intent, once for each RefundID.
func (g *Gateway) CreateRefund(ctx context.Context, r payment.RefundRequest) (payment.Refund, error) {
	reason, ok := refundReasons[r.Reason]
	if !ok {
		return payment.Refund{}, fault.Invalid(fault.Field{Name: "reason", Description: "is not a reason for a refund"})
	}
	if r.RefundID == "" || r.Amount.Minor <= 0 {
		return payment.Refund{}, fault.Invalid(fault.Field{Name: "refundId", Description: "an id and a positive amount are required"})
	}
	// The key is forgotten after a day; the list is consistent for ever.
	known, found, err := g.findRefund(ctx, r.IntentID, r.RefundID)
	if err != nil || found {
		return known, err
	}
	params := &stripego.RefundCreateParams{
		PaymentIntent: stripego.String(r.IntentID),
		Amount:        stripego.Int64(r.Amount.Minor),
		Reason:        stripego.String(string(reason)),
		Metadata:      map[string]string{MetadataRefundID: r.RefundID},
	}
	params.SetIdempotencyKey(r.Key)
	re, err := g.client.V1Refunds.Create(ctx, params)
	if err != nil {
		return payment.Refund{}, refundFailure(err)
	}
	return refundOf(re), nil
}

func refundFailure(err error) error {
	var se *stripego.Error
	if errors.As(err, &se) && !undecided(se) &&
		(se.Code == stripego.ErrorCodeChargeAlreadyRefunded || se.Param == "amount") {
		return fault.New(fault.FailedPrecondition, payment.ReasonRefundExceedsCharge, "create refund: %w", describe(se))
	}
	return failure("create refund", err)
}

func (g *Gateway) findRefund(ctx context.Context, intentID, refundID string) (payment.Refund, bool, error) {
	params := &stripego.RefundListParams{PaymentIntent: stripego.String(intentID)}
	params.Limit = stripego.Int64(refundPageSize)
	for re, err := range g.client.V1Refunds.List(ctx, params).All(ctx) {
		if err != nil {
			return payment.Refund{}, false, failure("list refunds", err)
		}
		if re.Metadata[MetadataRefundID] == refundID {
			return refundOf(re), true, nil
		}
	}
	return payment.Refund{}, false, nil
}

// GetRefund retrieves a refund.
func (g *Gateway) GetRefund(ctx context.Context, id string) (payment.Refund, error) {
	re, err := g.client.V1Refunds.Retrieve(ctx, id, nil)
	if err != nil {
		return payment.Refund{}, failure("retrieve refund", err)
	}
	return refundOf(re), nil
}

var refundStates = map[stripego.RefundStatus]payment.RefundState{
	stripego.RefundStatusPending:        payment.RefundPending,
	stripego.RefundStatusRequiresAction: payment.RefundPending,
	stripego.RefundStatusSucceeded:      payment.RefundSucceeded,
	stripego.RefundStatusFailed:         payment.RefundFailed,
	stripego.RefundStatusCanceled:       payment.RefundCanceled,
}

func refundOf(re *stripego.Refund) payment.Refund {
	refund := payment.Refund{
		ID:            re.ID,
		State:         stateOf(refundStates, re.Status, payment.RefundPending),
		Amount:        money.Of(re.Amount, currencyOf(re.Currency)),
		RefundID:      re.Metadata[MetadataRefundID],
		FailureReason: string(re.FailureReason),
	}
	if re.PaymentIntent != nil {
		refund.IntentID = re.PaymentIntent.ID
	}
	return refund
}
