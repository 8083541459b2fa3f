package payment

import "time"

// Events reads what the gateway sends.
type Events interface {
	// ParseEvent verifies the signature over payload and reads the event. now is the
	// machine's time: a signature more than SignatureTolerance old, or from the future by
	// as much, is refused with fault.Unauthenticated.
	ParseEvent(payload []byte, signature string, now time.Time) (Event, error)
}

// SignatureTolerance is how far the time of a signature may be from now, either way.
const SignatureTolerance = 5 * time.Minute

// EventKind says which call answers the present state of an event's object.
type EventKind string

// The kinds of events.
const (
	EventIntent        EventKind = "INTENT"         // GetIntent(ObjectID)
	EventRefund        EventKind = "REFUND"         // GetRefund(ObjectID)
	EventSetup         EventKind = "SETUP"          // GetSetup(ObjectID)
	EventPaymentMethod EventKind = "PAYMENT_METHOD" // changed or detached at the gateway
	EventDispute       EventKind = "DISPUTE"        // the bank takes the money of IntentID back
	EventOther         EventKind = "OTHER"          // record and forget
)

// Event is a notice that something changed. It is no state: it may be old, out of order or
// doubled, so retrieve the object.
type Event struct {
	ID       string // the same for every delivery of one event
	Type     string // the gateway's word, such as payment_intent.succeeded
	Kind     EventKind
	ObjectID string // the gateway's, of the kind's object
	IntentID string // the gateway's, where the object belongs to one
	// Ours, from the metadata; empty where the object has none.
	PaymentID        string
	RefundID         string
	PaymentMethodRef string
	CreateTime       time.Time
}
