package payment

import (
	"context"
	"time"
)

// Customers makes the gateway's record of a learner.
type Customers interface {
	CreateCustomer(ctx context.Context, r CustomerRequest) (Customer, error)
}

// CustomerRequest asks for a customer. No name and no address travels.
type CustomerRequest struct {
	Key     string // idempotency key
	UserID  string // ours; travels in the metadata
	Country string // ISO 3166-1 alpha-2, upper case; travels in the metadata
}

// Customer is the gateway's record of a learner.
type Customer struct {
	ID     string
	UserID string
}

// Setups saves payment methods on a page of the gateway, so that card data never comes
// near us.
type Setups interface {
	// StartSetup opens such a page.
	StartSetup(ctx context.Context, r SetupRequest) (Setup, error)
	// GetSetup answers how it went.
	GetSetup(ctx context.Context, id string) (Setup, error)
}

// Methods removes saved payment methods.
type Methods interface {
	// DetachPaymentMethod makes the method unusable. Detached already is no error.
	DetachPaymentMethod(ctx context.Context, id string) error
}

// SetupRequest asks for a page where the learner enters a card.
type SetupRequest struct {
	Key              string // idempotency key
	CustomerID       string // the gateway's
	PaymentMethodRef string // our id of the method to be; travels in the metadata
	ReturnURI        string // where the learner comes back to, done or not
	Locale           string // BCP 47 tag of the page's language; empty: the browser's
}

// SetupState is where the entry of a payment method stands.
type SetupState string

// The states of a setup.
const (
	SetupOpen     SetupState = "OPEN"
	SetupComplete SetupState = "COMPLETE"
	SetupExpired  SetupState = "EXPIRED"
)

// Setup is one entry of a payment method.
type Setup struct {
	ID               string
	State            SetupState
	RedirectURI      string // the page, while open
	ExpireTime       time.Time
	CustomerID       string
	PaymentMethodRef string         // ours
	PaymentMethod    *PaymentMethod // once complete
}

// PaymentMethod is a saved card, without its number.
type PaymentMethod struct {
	ID       string
	Brand    string // visa, mastercard, jcb, ...
	Last4    string
	ExpMonth int
	ExpYear  int
}
