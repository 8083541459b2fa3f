package billing

import (
	"time"

	"github.com/kwipper/kwipper/shared/money"
)

// PaymentState says where a payment stands. It only moves forward.
type PaymentState string

// The states of a payment. The last three are final.
const (
	PaymentStarted        PaymentState = "STARTED"         // the outcome is not known yet
	PaymentActionRequired PaymentState = "ACTION_REQUIRED" // the learner authenticates (3-D Secure)
	PaymentSucceeded      PaymentState = "SUCCEEDED"
	PaymentDeclined       PaymentState = "DECLINED"
	PaymentCanceled       PaymentState = "CANCELED" // given up before it charged
)

// Final reports whether the payment itself will not change any more. Its money may still
// be returned.
func (s PaymentState) Final() bool {
	return s == PaymentSucceeded || s == PaymentDeclined || s == PaymentCanceled
}

// Payment is the one attempt of a saga to have an invoice paid.
type Payment struct {
	ID             string
	InvoiceID      string
	SubscriptionID string
	UserID         string
	Country        string
	Language       string // BCP 47, of messages to the learner
	Saga           string
	Step           string
	State          PaymentState
	Amount         money.Amount
	MethodID       string // ours
	CustomerID     string // the gateway's
	GatewayMethod  string // the gateway's id of the method
	Brand          string
	Last4          string
	IntentID       string // the gateway's; only this one is ever confirmed
	OffSession     bool
	ReturnURI      string
	RedirectURI    string // while ACTION_REQUIRED
	Description    string
	// Attempt numbers the times that somebody drove the payment; keys and tasks carry it.
	Attempt     int
	DeclineCode string // the bank's word
	Reason      string // why it was not paid; see the OpenAPI document's ErrorReason
	CreateTime  time.Time
	UpdateTime  time.Time
	SettleTime  time.Time
}

// InvoiceState says where an invoice stands.
type InvoiceState string

// The states of an invoice.
const (
	InvoiceOpen     InvoiceState = "OPEN"
	InvoicePaid     InvoiceState = "PAID"
	InvoiceRefunded InvoiceState = "REFUNDED"
	InvoiceVoid     InvoiceState = "VOID" // nothing is owed: the subscription never came about
)

// Invoice is what one period of a subscription costs.
type Invoice struct {
	ID             string
	UserID         string
	SubscriptionID string
	CourseID       string
	Country        string
	TimeZone       string
	Description    string
	State          InvoiceState
	Amount         money.Amount
	PeriodStart    time.Time
	PeriodEnd      time.Time
	Period         int    // from 0; the subscribe saga pays the first
	Attempts       int    // payments tried
	PaymentID      string // the payment that paid it, else the latest tried
	PaidTime       time.Time
	CreateTime     time.Time
	UpdateTime     time.Time
}

// RefundState says where a refund stands.
type RefundState string

// The states of a refund.
const (
	RefundPending   RefundState = "PENDING"
	RefundSucceeded RefundState = "SUCCEEDED"
	RefundNotNeeded RefundState = "NOT_NEEDED" // the payment never charged
)

// Refund returns the whole of a payment. A payment has one at most, so that what is
// returned never exceeds what was charged.
type Refund struct {
	ID           string
	PaymentID    string
	InvoiceID    string
	UserID       string
	Country      string
	Saga         string
	Step         string
	Compensation bool // of DoPayment, rather than a step of a refund saga
	State        RefundState
	Amount       money.Amount
	GatewayID    string
	Reason       string
	CreateTime   time.Time
	SettleTime   time.Time
}

// Final reports whether the refund will not change any more.
func (r *Refund) Final() bool { return r.State != RefundPending }

// returned is what a final refund gave back.
func (r *Refund) returned() money.Amount {
	if r.State == RefundSucceeded {
		return r.Amount
	}
	return money.Of(0, r.Amount.Currency)
}
