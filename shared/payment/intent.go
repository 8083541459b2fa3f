package payment

import (
	"context"

	"github.com/kwipper/kwipper/shared/money"
)

// Intents charges saved payment methods.
type Intents interface {
	// CreateIntent makes an intent that cannot charge before it is confirmed.
	CreateIntent(ctx context.Context, r IntentRequest) (Intent, error)
	// ConfirmIntent tries to charge. A decline is in the Intent answered.
	ConfirmIntent(ctx context.Context, r ConfirmRequest) (Intent, error)
	// GetIntent answers the intent as it is now.
	GetIntent(ctx context.Context, id string) (Intent, error)
	// CancelIntent makes sure that the intent never charges. If it has charged already the
	// answer says so (IntentSucceeded) and there is no error.
	CancelIntent(ctx context.Context, id, key string) (Intent, error)
}

// IntentRequest asks for one payment.
type IntentRequest struct {
	Key             string // idempotency key, at most 255 characters
	CustomerID      string // the gateway's
	PaymentMethodID string // the gateway's
	Amount          money.Amount
	PaymentID       string // ours; travels in the metadata and comes back in events
	Description     string // for the learner's statement and receipt; may be empty
}

// ConfirmRequest asks to charge an intent.
type ConfirmRequest struct {
	Key      string // idempotency key of this attempt
	IntentID string
	// PaymentMethodID replaces the method of the intent if it is not empty. Required after
	// a decline, which takes the method off the intent.
	PaymentMethodID string
	// OffSession says that the learner is not there to authenticate: a card that asks
	// for it is declined with AuthenticationRequired instead of redirecting.
	OffSession bool
	// ReturnURI is where the learner comes back to after authentication. Required unless
	// OffSession.
	ReturnURI string
}

// IntentState is where a payment stands.
type IntentState string

// The states of an intent. Succeeded and Canceled are final; from PaymentMethodRequired
// another attempt may follow.
const (
	IntentConfirmationRequired  IntentState = "CONFIRMATION_REQUIRED"
	IntentActionRequired        IntentState = "ACTION_REQUIRED"         // see RedirectURI
	IntentProcessing            IntentState = "PROCESSING"              // settles later
	IntentPaymentMethodRequired IntentState = "PAYMENT_METHOD_REQUIRED" // declined if Decline is set
	IntentSucceeded             IntentState = "SUCCEEDED"
	IntentCanceled              IntentState = "CANCELED"
)

// Final reports whether the state never changes again.
func (s IntentState) Final() bool { return s == IntentSucceeded || s == IntentCanceled }

// Intent is one payment at the gateway.
type Intent struct {
	ID          string
	State       IntentState
	RedirectURI string   // where the learner authenticates, with IntentActionRequired
	Decline     *Decline // why the last attempt failed; nil if none did
	ChargeID    string   // of the last attempt that reached the bank
	// PaymentMethodID is the method charged or to be charged.
	PaymentMethodID string
	CustomerID      string
	Amount          money.Amount
	AmountReceived  money.Amount
	AmountRefunded  money.Amount // of the charge that succeeded
	PaymentID       string       // ours
}

// Declined reports whether the last attempt was refused and none is under way.
func (i Intent) Declined() bool {
	return i.State == IntentPaymentMethodRequired && i.Decline != nil
}

// Charged reports whether money was taken.
func (i Intent) Charged() bool { return i.State == IntentSucceeded }
