package stripe

import (
	"slices"
	"time"
)

// refundDelay is how long test refunds take that settle, or fail, later.
const refundDelay = 2 * time.Second

func createRefund(c *call) (any, *apiError) {
	ch, err := chargeToRefund(c)
	if err != nil {
		return nil, err
	}
	left := ch.Amount - ch.AmountRefunded
	amount, given, err := c.params.number("amount")
	switch {
	case err != nil:
		return nil, err
	case ch.Refunded || left == 0:
		return nil, withCode("charge_already_refunded", invalid("", "Charge %s has already been refunded.", ch.ID))
	case ch.Disputed:
		return nil, withCode("charge_disputed", invalid("", "The charge %s has been charged back; cannot issue a refund.", ch.ID))
	case !given:
		amount = left
	case amount < 1:
		return nil, withCode("parameter_invalid_integer", invalid("amount", "This value must be greater than or equal to 1."))
	case amount > left:
		return nil, invalid("amount", "Refund amount (%d %s) is greater than unrefunded amount on charge (%d %s)",
			amount, ch.Currency, left, ch.Currency)
	}
	reason := c.params.optional("reason")
	if reason != nil && !slices.Contains([]string{"duplicate", "fraudulent", "requested_by_customer"}, *reason) {
		return nil, invalid("reason", "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer")
	}
	metadata, err := c.params.metadata(nil, "metadata")
	if err != nil {
		return nil, err
	}
	return returnMoney(c.tx, ch, amount, reason, metadata), nil
}

func chargeToRefund(c *call) (*charge, *apiError) {
	intentID, chargeID := c.params.text("payment_intent"), c.params.text("charge")
	switch {
	case intentID != "":
		pi, ok := get[paymentIntent](c.tx, intentID)
		if !ok {
			return nil, noSuch("payment_intent", intentID, "payment_intent")
		}
		if pi.Status != statusSucceeded || pi.LatestCharge == nil {
			return nil, withCode("payment_intent_unexpected_state",
				invalid("payment_intent", "This PaymentIntent (%s) does not have a successful charge to refund.", pi.ID))
		}
		chargeID = *pi.LatestCharge
	case chargeID == "":
		return nil, withCode("parameter_missing", invalid("", "One of the following params should be provided for this request: payment_intent or charge."))
	}
	ch, ok := get[charge](c.tx, chargeID)
	if !ok {
		return nil, noSuch("charge", chargeID, "charge")
	}
	if !ch.Paid {
		return nil, invalid("charge", "Charge %s did not succeed and cannot be refunded.", ch.ID)
	}
	return ch, nil
}

func returnMoney(tx *transaction, ch *charge, amount int64, reason *string, metadata map[string]string) *refund {
	re := &refund{
		Amount: amount, Charge: ch.ID, Currency: ch.Currency, PaymentIntent: ch.PaymentIntent,
		Reason: reason, Status: statusSucceeded,
	}
	behaviour := ""
	if pm, ok := get[paymentMethod](tx, ch.PaymentMethod); ok {
		behaviour = testCards[pm.Number].refund
	}
	if behaviour == "pending" {
		re.Status = statusPending
	}
	tx.create(re, kindRefund, "re", metadata)
	ch.AmountRefunded += amount
	ch.Refunded = ch.AmountRefunded == ch.Amount
	tx.put(ch)
	tx.emit("refund.created", re)
	tx.emit("charge.refunded", ch)
	if behaviour != "" {
		tx.after(refundDelay, timerRefund, re.ID)
	}
	return re
}

// settleRefund ends a refund that a test card delays or fails.
func settleRefund(tx *transaction, id string) {
	re, ok := get[refund](tx, id)
	if !ok {
		return
	}
	switch re.Status {
	case statusPending:
		re.Status = statusSucceeded
		tx.put(re)
	case statusSucceeded:
		re.Status, re.FailureReason = statusFailed, "lost_or_stolen_card"
		tx.put(re)
		if ch, ok := get[charge](tx, re.Charge); ok {
			ch.AmountRefunded -= re.Amount
			ch.Refunded = false
			tx.put(ch)
		}
		tx.emit("refund.failed", re)
	default:
		return
	}
	tx.emit("refund.updated", re)
}

func getRefund(c *call) (any, *apiError) {
	re, ok := get[refund](c.tx, c.id)
	if !ok {
		return nil, noSuch("refund", c.id, "id")
	}
	return re, nil
}

func updateRefund(c *call) (any, *apiError) {
	re, ok := get[refund](c.tx, c.id)
	if !ok {
		return nil, noSuch("refund", c.id, "id")
	}
	metadata, err := c.params.metadata(re.Metadata, "metadata")
	if err != nil {
		return nil, err
	}
	re.Metadata = metadata
	c.tx.put(re)
	c.tx.emit("refund.updated", re)
	return re, nil
}

func listRefunds(c *call) (any, *apiError) {
	chargeID, intentID := c.params.text("charge"), c.params.text("payment_intent")
	return c.page(kindRefund, func(o object) bool {
		re := o.(*refund)
		return (chargeID == "" || re.Charge == chargeID) && (intentID == "" || re.PaymentIntent == intentID)
	})
}

func getCharge(c *call) (any, *apiError) {
	ch, ok := get[charge](c.tx, c.id)
	if !ok {
		return nil, noSuch("charge", c.id, "id")
	}
	return ch, nil
}

func listCharges(c *call) (any, *apiError) {
	customerID, intentID := c.params.text("customer"), c.params.text("payment_intent")
	return c.page(kindCharge, func(o object) bool {
		ch := o.(*charge)
		return (customerID == "" || ch.Customer != nil && *ch.Customer == customerID) &&
			(intentID == "" || ch.PaymentIntent == intentID)
	})
}

func openDispute(tx *transaction, ch *charge, reason string) {
	d := &dispute{
		Amount: ch.Amount, Charge: ch.ID, Currency: ch.Currency, PaymentIntent: ch.PaymentIntent,
		Reason: reason, Status: "needs_response",
		BalanceTransactions: []string{}, EnhancedEligibilityTypes: []string{}, Evidence: map[string]any{},
		EvidenceDetails: map[string]any{"has_evidence": false, "past_due": false, "submission_count": 0},
	}
	tx.create(d, kindDispute, "du", nil)
	disputed := *ch
	disputed.Disputed = true
	tx.put(&disputed)
	tx.emit("charge.dispute.created", d)
	tx.emit("charge.dispute.funds_withdrawn", d)
}

func getDispute(c *call) (any, *apiError) {
	d, ok := get[dispute](c.tx, c.id)
	if !ok {
		return nil, noSuch("dispute", c.id, "id")
	}
	return d, nil
}

func listDisputes(c *call) (any, *apiError) {
	chargeID, intentID := c.params.text("charge"), c.params.text("payment_intent")
	return c.page(kindDispute, func(o object) bool {
		d := o.(*dispute)
		return (chargeID == "" || d.Charge == chargeID) && (intentID == "" || d.PaymentIntent == intentID)
	})
}
