package stripe

import (
	"context"
	"errors"
	"strings"

	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment"
)

// expandCharge makes answers hold the charge, which knows what was refunded.
const expandCharge = "latest_charge"

// CreateIntent makes an unconfirmed payment intent for cards.
func (g *Gateway) CreateIntent(ctx context.Context, r payment.IntentRequest) (payment.Intent, error) {
	if !payment.Chargeable(r.Amount) {
		return payment.Intent{}, fault.Invalid(fault.Field{Name: "amount", Description: r.Amount.String() + " cannot be charged"})
	}
	params := &stripego.PaymentIntentCreateParams{
		Amount:             stripego.Int64(r.Amount.Minor), // our four currencies have ISO's decimals at Stripe
		Currency:           stripego.String(strings.ToLower(string(r.Amount.Currency))),
		Customer:           stripego.String(r.CustomerID),
		PaymentMethod:      stripego.String(r.PaymentMethodID),
		PaymentMethodTypes: stripego.StringSlice([]string{"card"}),
		Metadata:           map[string]string{MetadataPaymentID: r.PaymentID},
	}
	if r.Description != "" {
		params.Description = stripego.String(r.Description)
	}
	params.SetIdempotencyKey(r.Key)
	pi, err := g.client.V1PaymentIntents.Create(ctx, params)
	if err != nil {
		return payment.Intent{}, failure("create payment intent", err)
	}
	return intentOf(pi), nil
}

// ConfirmIntent charges. An answer that Stripe replays for the key is old, so the intent is
// retrieved instead.
func (g *Gateway) ConfirmIntent(ctx context.Context, r payment.ConfirmRequest) (payment.Intent, error) {
	params := &stripego.PaymentIntentConfirmParams{}
	if r.PaymentMethodID != "" {
		params.PaymentMethod = stripego.String(r.PaymentMethodID)
	}
	if r.OffSession {
		params.OffSession = stripego.Bool(true)
	} else {
		params.ReturnURL = stripego.String(r.ReturnURI)
	}
	params.AddExpand(expandCharge)
	params.SetIdempotencyKey(r.Key)
	pi, err := g.client.V1PaymentIntents.Confirm(ctx, r.IntentID, params)
	return g.present(ctx, "confirm payment intent", r.IntentID, pi, err)
}

// GetIntent retrieves a payment intent.
func (g *Gateway) GetIntent(ctx context.Context, id string) (payment.Intent, error) {
	params := &stripego.PaymentIntentRetrieveParams{}
	params.AddExpand(expandCharge)
	pi, err := g.client.V1PaymentIntents.Retrieve(ctx, id, params)
	if err != nil {
		return payment.Intent{}, failure("retrieve payment intent", err)
	}
	return intentOf(pi), nil
}

// CancelIntent cancels a payment intent that has not charged.
func (g *Gateway) CancelIntent(ctx context.Context, id, key string) (payment.Intent, error) {
	params := &stripego.PaymentIntentCancelParams{}
	params.AddExpand(expandCharge)
	params.SetIdempotencyKey(key)
	pi, err := g.client.V1PaymentIntents.Cancel(ctx, id, params)
	return g.present(ctx, "cancel payment intent", id, pi, err)
}

// present turns the answer to a change into the intent as it is now. Declines, and intents
// that have gone further than the change, are answers.
func (g *Gateway) present(ctx context.Context, doing, id string, pi *stripego.PaymentIntent, err error) (payment.Intent, error) {
	if err == nil {
		if replayed(pi.LastResponse) {
			return g.GetIntent(ctx, id)
		}
		return intentOf(pi), nil
	}
	var se *stripego.Error
	if !errors.As(err, &se) || undecided(se) || se.PaymentIntent == nil {
		return payment.Intent{}, failure(doing, err)
	}
	switch {
	case replayed(se.LastResponse):
		return g.GetIntent(ctx, id)
	case se.Type == stripego.ErrorTypeCard:
		intent := intentOf(se.PaymentIntent)
		if intent.Decline == nil {
			intent.Decline = payment.NewDecline(string(se.Code), string(se.DeclineCode), se.Msg)
		}
		return intent, nil
	case se.Code != stripego.ErrorCodePaymentIntentUnexpectedState:
		return payment.Intent{}, failure(doing, err)
	}
	intent, getErr := g.GetIntent(ctx, id)
	if getErr == nil && intent.State == payment.IntentPaymentMethodRequired && intent.Decline == nil {
		return intent, failure(doing, err) // nothing was tried: it has no method
	}
	return intent, getErr
}

func replayed(response *stripego.APIResponse) bool {
	return response != nil && response.Header.Get("Idempotent-Replayed") == "true"
}

var intentStates = map[stripego.PaymentIntentStatus]payment.IntentState{
	stripego.PaymentIntentStatusRequiresConfirmation:  payment.IntentConfirmationRequired,
	stripego.PaymentIntentStatusRequiresAction:        payment.IntentActionRequired,
	stripego.PaymentIntentStatusProcessing:            payment.IntentProcessing,
	stripego.PaymentIntentStatusRequiresCapture:       payment.IntentProcessing, // captured by itself
	stripego.PaymentIntentStatusRequiresPaymentMethod: payment.IntentPaymentMethodRequired,
	stripego.PaymentIntentStatusSucceeded:             payment.IntentSucceeded,
	stripego.PaymentIntentStatusCanceled:              payment.IntentCanceled,
}

func intentOf(pi *stripego.PaymentIntent) payment.Intent {
	currency := currencyOf(pi.Currency)
	intent := payment.Intent{
		ID:             pi.ID,
		State:          stateOf(intentStates, pi.Status, payment.IntentProcessing),
		Amount:         money.Of(pi.Amount, currency),
		AmountReceived: money.Of(pi.AmountReceived, currency),
		AmountRefunded: money.Of(0, currency),
		PaymentID:      pi.Metadata[MetadataPaymentID],
	}
	if pi.Customer != nil {
		intent.CustomerID = pi.Customer.ID
	}
	if pi.PaymentMethod != nil {
		intent.PaymentMethodID = pi.PaymentMethod.ID
	}
	if pi.LatestCharge != nil {
		intent.ChargeID = pi.LatestCharge.ID
		intent.AmountRefunded.Minor = pi.LatestCharge.AmountRefunded
	}
	if pi.NextAction != nil && pi.NextAction.RedirectToURL != nil {
		intent.RedirectURI = pi.NextAction.RedirectToURL.URL
	}
	if last := pi.LastPaymentError; last != nil {
		intent.Decline = payment.NewDecline(string(last.Code), string(last.DeclineCode), last.Msg)
	}
	return intent
}

// stateOf answers the state for a status. One that Stripe adds later is not final here.
func stateOf[K comparable, S any](states map[K]S, status K, otherwise S) S {
	if state, ok := states[status]; ok {
		return state
	}
	return otherwise
}

func currencyOf(c stripego.Currency) money.Currency {
	return money.Currency(strings.ToUpper(string(c)))
}
