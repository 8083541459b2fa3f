package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/payment"
)

// EventTypes are the events that the webhook endpoint is to be subscribed to: those after
// which something may have to be done. Others would cost transactions and tell nothing.
var EventTypes = []string{
	"payment_intent.requires_action", "payment_intent.processing", "payment_intent.succeeded",
	"payment_intent.payment_failed", "payment_intent.canceled",
	"refund.updated", "refund.failed",
	"checkout.session.completed", "checkout.session.expired",
	"charge.dispute.created", "charge.dispute.closed",
}

// envelope is what is read of an event: no more than says what to retrieve.
type envelope struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Type    string `json:"type"`
	Created int64  `json:"created"`
	Data    struct {
		Object eventObject `json:"object"`
	} `json:"data"`
}

type eventObject struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Mode          string            `json:"mode"`
	PaymentIntent json.RawMessage   `json:"payment_intent"` // an id, an object, or null
	Metadata      map[string]string `json:"metadata"`
}

// ParseEvent verifies and reads an event. Unlike stripe-go it refuses signatures from the
// future, and takes events of any API version, since it reads ids only.
func (g *Gateway) ParseEvent(payload []byte, signature string, now time.Time) (payment.Event, error) {
	if err := g.verify(payload, signature, now); err != nil {
		return payment.Event{}, fault.New(fault.Unauthenticated, payment.ReasonSignatureInvalid, "verify webhook: %w", err)
	}
	var e envelope
	if err := json.Unmarshal(payload, &e); err != nil {
		return payment.Event{}, fault.New(fault.InvalidArgument, payment.ReasonEventInvalid, "read webhook: %w", err)
	}
	if e.Object != "event" || e.ID == "" || e.Type == "" {
		return payment.Event{}, fault.New(fault.InvalidArgument, payment.ReasonEventInvalid, "webhook is not an event")
	}
	event := eventOf(e)
	if !storable(event) {
		return payment.Event{}, fault.New(fault.InvalidArgument, payment.ReasonEventInvalid, "webhook has an id that is too long")
	}
	return event, nil
}

// storable reports whether ids are as long as ids are: Stripe's, and ours in the metadata,
// which people may edit. Who stores events need not fear others.
func storable(e payment.Event) bool {
	longer := func(most int) func(string) bool { return func(id string) bool { return len(id) > most } }
	return !slices.ContainsFunc([]string{e.ID, e.Type, e.ObjectID, e.IntentID}, longer(128)) &&
		!slices.ContainsFunc([]string{e.PaymentID, e.RefundID, e.PaymentMethodRef}, longer(64))
}

func (g *Gateway) verify(payload []byte, signature string, now time.Time) error {
	signed, err := signatureTime(signature)
	if err != nil {
		return err
	}
	if age := now.Sub(signed); age > payment.SignatureTolerance || age < -payment.SignatureTolerance {
		return fmt.Errorf("signed at %s, %s from now", signed.UTC().Format(time.RFC3339), age)
	}
	err = errors.New("no webhook secret is configured")
	for _, secret := range g.secrets {
		if secret == "" {
			continue
		}
		if err = webhook.ValidatePayloadIgnoringTolerance(payload, signature, secret); err == nil {
			return nil
		}
	}
	return err
}

// signatureTime reads the one t= of a Stripe-Signature header.
func signatureTime(signature string) (time.Time, error) {
	found := false
	var at time.Time
	for part := range strings.SplitSeq(signature, ",") {
		value, ok := strings.CutPrefix(part, "t=")
		if !ok {
			continue
		}
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || found {
			return time.Time{}, errors.New("the signature needs one time")
		}
		at, found = time.Unix(seconds, 0), true
	}
	if !found {
		return time.Time{}, errors.New("the signature has no time")
	}
	return at, nil
}

func eventOf(e envelope) payment.Event {
	o := e.Data.Object
	event := payment.Event{
		ID:               e.ID,
		Type:             e.Type,
		Kind:             payment.EventOther,
		ObjectID:         o.ID,
		IntentID:         idOf(o.PaymentIntent),
		PaymentID:        o.Metadata[MetadataPaymentID],
		RefundID:         o.Metadata[MetadataRefundID],
		PaymentMethodRef: o.Metadata[MetadataPaymentMethodRef],
		CreateTime:       time.Unix(e.Created, 0).UTC(),
	}
	switch o.Object {
	case "payment_intent":
		event.Kind, event.IntentID = payment.EventIntent, o.ID
	case "charge":
		if event.IntentID != "" {
			event.Kind, event.ObjectID = payment.EventIntent, event.IntentID
		}
	case "refund":
		event.Kind = payment.EventRefund
	case "checkout.session":
		if o.Mode == string(stripego.CheckoutSessionModeSetup) {
			event.Kind = payment.EventSetup
		}
	case "payment_method":
		event.Kind = payment.EventPaymentMethod
	case "dispute":
		event.Kind = payment.EventDispute
	}
	return event
}

// idOf answers the id of what is an id or an expanded object.
func idOf(raw json.RawMessage) string {
	if id, ok := stripego.ParseID(raw); ok {
		return id
	}
	var object struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		return ""
	}
	return object.ID
}
