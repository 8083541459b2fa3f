package stripe

import (
	"crypto/rand"
	"encoding/json"
)

// apiVersion is what answers and events are shaped by.
const apiVersion = "2026-03-25.dahlia"

// header is what all objects share. Fields whose JSON name begins with an underscore are
// stored and never shown.
type header struct {
	ID       string            `json:"id"`
	Object   string            `json:"object"`
	Created  int64             `json:"created"`
	Livemode bool              `json:"livemode"`
	Metadata map[string]string `json:"metadata"`
	Seq      int64             `json:"_seq"`
}

func (h *header) head() *header { return h }

// object is anything the store keeps. A stored object is never changed: get copies it,
// put replaces it, and what it points to is replaced, not written to.
type object interface{ head() *header }

const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newID returns prefix_ and 24 random letters and digits.
func newID(prefix string) string {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // never fails
	for i, b := range raw {
		raw[i] = idAlphabet[int(b)%len(idAlphabet)]
	}
	return prefix + "_" + string(raw)
}

// The words that objects carry in "object"; they are the kinds of the store, too.
const (
	kindCustomer      = "customer"
	kindPaymentMethod = "payment_method"
	kindSetupIntent   = "setup_intent"
	kindPaymentIntent = "payment_intent"
	kindCharge        = "charge"
	kindRefund        = "refund"
	kindDispute       = "dispute"
	kindSession       = "checkout.session"
	kindEvent         = "event"
	kindEndpoint      = "webhook_endpoint"
	kindDelivery      = "_delivery"
	kindAnswer        = "_answer"
	kindTimer         = "_timer"
)

// blanks make an empty object of each kind, for reading the journal.
var blanks = map[string]func() object{
	kindCustomer:      func() object { return &customer{} },
	kindPaymentMethod: func() object { return &paymentMethod{} },
	kindSetupIntent:   func() object { return &setupIntent{} },
	kindPaymentIntent: func() object { return &paymentIntent{} },
	kindCharge:        func() object { return &charge{} },
	kindRefund:        func() object { return &refund{} },
	kindDispute:       func() object { return &dispute{} },
	kindSession:       func() object { return &session{} },
	kindEvent:         func() object { return &event{} },
	kindEndpoint:      func() object { return &endpoint{} },
	kindDelivery:      func() object { return &delivery{} },
	kindAnswer:        func() object { return &answer{} },
	kindTimer:         func() object { return &timer{} },
}

type customer struct {
	header
	Email            *string         `json:"email"`
	Name             *string         `json:"name"`
	Phone            *string         `json:"phone"`
	Description      *string         `json:"description"`
	Balance          int64           `json:"balance"`
	PreferredLocales []string        `json:"preferred_locales"`
	InvoiceSettings  invoiceSettings `json:"invoice_settings"`
	Deleted          bool            `json:"_deleted"`
}

type invoiceSettings struct {
	DefaultPaymentMethod *string `json:"default_payment_method"`
}

type paymentMethod struct {
	header
	Type           string         `json:"type"`
	Card           cardFace       `json:"card"`
	BillingDetails billingDetails `json:"billing_details"`
	Customer       *string        `json:"customer"`
	AllowRedisplay string         `json:"allow_redisplay"`
	Number         string         `json:"_number"`   // of the test card, which decides its outcomes
	SetUp          bool           `json:"_set_up"`   // authenticated for use off session
	Detached       bool           `json:"_detached"` // never to be used again
}

// cardFace is what is shown of a card.
type cardFace struct {
	Brand        string     `json:"brand"`
	DisplayBrand string     `json:"display_brand"`
	Last4        string     `json:"last4"`
	ExpMonth     int        `json:"exp_month"`
	ExpYear      int        `json:"exp_year"`
	Funding      string     `json:"funding"`
	Country      string     `json:"country"`
	Fingerprint  string     `json:"fingerprint"`
	Checks       cardChecks `json:"checks"`
}

type cardChecks struct {
	CVCCheck *string `json:"cvc_check"`
}

type billingDetails struct {
	Email *string `json:"email"`
	Name  *string `json:"name"`
	Phone *string `json:"phone"`
}

type setupIntent struct {
	header
	ClientSecret       string      `json:"client_secret"`
	Customer           *string     `json:"customer"`
	Description        *string     `json:"description"`
	PaymentMethod      *string     `json:"payment_method"`
	PaymentMethodTypes []string    `json:"payment_method_types"`
	Status             string      `json:"status"`
	Usage              string      `json:"usage"`
	NextAction         *nextAction `json:"next_action"`
	LastSetupError     *lastError  `json:"last_setup_error"`
	CancellationReason *string     `json:"cancellation_reason"`
	ReturnURL          string      `json:"_return_url"`
	Session            string      `json:"_session"`
}

type paymentIntent struct {
	header
	Amount             int64       `json:"amount"`
	AmountCapturable   int64       `json:"amount_capturable"`
	AmountReceived     int64       `json:"amount_received"`
	CanceledAt         *int64      `json:"canceled_at"`
	CancellationReason *string     `json:"cancellation_reason"`
	CaptureMethod      string      `json:"capture_method"`
	ClientSecret       string      `json:"client_secret"`
	ConfirmationMethod string      `json:"confirmation_method"`
	Currency           string      `json:"currency"`
	Customer           *string     `json:"customer"`
	Description        *string     `json:"description"`
	LastPaymentError   *lastError  `json:"last_payment_error"`
	LatestCharge       *string     `json:"latest_charge"`
	NextAction         *nextAction `json:"next_action"`
	PaymentMethod      *string     `json:"payment_method"`
	PaymentMethodTypes []string    `json:"payment_method_types"`
	SetupFutureUsage   *string     `json:"setup_future_usage"`
	Status             string      `json:"status"`
	ReturnURL          string      `json:"_return_url"`
	Session            string      `json:"_session"`
	SettlesAs          string      `json:"_settles_as"` // decline code of what settles later; empty: it succeeds
}

type nextAction struct {
	Type          string         `json:"type"`
	RedirectToURL *redirectToURL `json:"redirect_to_url,omitempty"`
}

type redirectToURL struct {
	URL       string `json:"url"`
	ReturnURL string `json:"return_url"`
}

// lastError is the error kept inside an intent.
type lastError struct {
	Type          string          `json:"type"`
	Code          string          `json:"code"`
	DeclineCode   string          `json:"decline_code,omitempty"`
	Message       string          `json:"message"`
	Charge        string          `json:"charge,omitempty"`
	DocURL        string          `json:"doc_url,omitempty"`
	PaymentMethod json.RawMessage `json:"payment_method,omitempty"`
}

type charge struct {
	header
	Amount               int64          `json:"amount"`
	AmountCaptured       int64          `json:"amount_captured"`
	AmountRefunded       int64          `json:"amount_refunded"`
	BillingDetails       billingDetails `json:"billing_details"`
	Captured             bool           `json:"captured"`
	Currency             string         `json:"currency"`
	Customer             *string        `json:"customer"`
	Description          *string        `json:"description"`
	Disputed             bool           `json:"disputed"`
	FailureCode          *string        `json:"failure_code"`
	FailureMessage       *string        `json:"failure_message"`
	Outcome              chargeOutcome  `json:"outcome"`
	Paid                 bool           `json:"paid"`
	PaymentIntent        string         `json:"payment_intent"`
	PaymentMethod        string         `json:"payment_method"`
	PaymentMethodDetails methodDetails  `json:"payment_method_details"`
	Refunded             bool           `json:"refunded"`
	Status               string         `json:"status"`
}

type chargeOutcome struct {
	NetworkStatus string  `json:"network_status"`
	Reason        *string `json:"reason"`
	RiskLevel     string  `json:"risk_level"`
	SellerMessage string  `json:"seller_message"`
	Type          string  `json:"type"`
}

type methodDetails struct {
	Type string   `json:"type"`
	Card cardFace `json:"card"`
}

type refund struct {
	header
	Amount        int64   `json:"amount"`
	Charge        string  `json:"charge"`
	Currency      string  `json:"currency"`
	PaymentIntent string  `json:"payment_intent"`
	Reason        *string `json:"reason"`
	Status        string  `json:"status"`
	FailureReason string  `json:"failure_reason,omitempty"`
}

type dispute struct {
	header
	Amount        int64  `json:"amount"`
	Charge        string `json:"charge"`
	Currency      string `json:"currency"`
	PaymentIntent string `json:"payment_intent"`
	Reason        string `json:"reason"`
	Status        string `json:"status"`

	// What is never filled in here, and yet always there.
	BalanceTransactions      []string       `json:"balance_transactions"`
	EnhancedEligibilityTypes []string       `json:"enhanced_eligibility_types"`
	Evidence                 map[string]any `json:"evidence"`
	EvidenceDetails          map[string]any `json:"evidence_details"`
	IsChargeRefundable       bool           `json:"is_charge_refundable"`
}

type session struct {
	header
	AmountTotal        *int64   `json:"amount_total"`
	CancelURL          *string  `json:"cancel_url"`
	ClientReferenceID  *string  `json:"client_reference_id"`
	Currency           *string  `json:"currency"`
	Customer           *string  `json:"customer"`
	ExpiresAt          int64    `json:"expires_at"`
	Locale             *string  `json:"locale"`
	Mode               string   `json:"mode"`
	PaymentIntent      *string  `json:"payment_intent"`
	PaymentMethodTypes []string `json:"payment_method_types"`
	PaymentStatus      string   `json:"payment_status"`
	SetupIntent        *string  `json:"setup_intent"`
	Status             string   `json:"status"`
	SuccessURL         string   `json:"success_url"`
	UIMode             string   `json:"ui_mode"`
	URL                *string  `json:"url"`

	// What is never filled in here, and yet always there.
	AutomaticTax    map[string]any `json:"automatic_tax"`
	CustomFields    []string       `json:"custom_fields"`
	CustomText      map[string]any `json:"custom_text"`
	ShippingOptions []string       `json:"shipping_options"`

	IntentMetadata    map[string]string `json:"_intent_metadata"`
	IntentDescription *string           `json:"_intent_description"`
	FutureUsage       *string           `json:"_future_usage"`
}
