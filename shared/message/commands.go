package message

import (
	"time"

	"github.com/kwipper/kwipper/shared/money"
)

// The services, which name their command topics.
const (
	User         = "user"
	Course       = "course"
	Content      = "content"
	Subscription = "subscription"
	Billing      = "billing"
)

// The commands, with the message each carries and, after the arrow, what Done answers.
const (
	GetUserInfoCommand    = "GetUserInfo"    // GetUserInfo -> UserInfo
	UpdateUserInfoCommand = "UpdateUserInfo" // Enrollment
	RevertUserInfoCommand = "RevertUserInfo" // Enrollment; undoes UpdateUserInfo by subscription

	GetCourseInfoCommand    = "GetCourseInfo"    // GetCourseInfo -> CourseInfo
	UpdateCourseInfoCommand = "UpdateCourseInfo" // Enrollment; starts or extends
	RevertCourseInfoCommand = "RevertCourseInfo" // Enrollment; undoes it by subscription
	BeginPublishCommand     = "BeginPublish"     // Publication -> CourseOutline
	CompletePublishCommand  = "CompletePublish"  // Publication
	AbandonPublishCommand   = "AbandonPublish"   // Publication; undoes BeginPublish

	GrantContentAccessCommand  = "GrantContentAccess"  // Enrollment; starts or extends
	RevokeContentAccessCommand = "RevokeContentAccess" // Enrollment; undoes it by subscription
	AttachMediaCommand         = "AttachMedia"         // AttachMedia -> MediaAttached
	DetachMediaCommand         = "DetachMedia"         // AttachMedia; undoes AttachMedia

	ValidateSubscriptionCommand = "ValidateSubscription" // ValidateSubscription
	ReleaseSubscriptionCommand  = "ReleaseSubscription"  // ValidateSubscription; undoes the reservation
	SubscribeCommand            = "Subscribe"            // Subscribe -> SubscriptionPeriod
	UnsubscribeCommand          = "Unsubscribe"          // SubscriptionRef
	BeginRenewalCommand         = "BeginRenewal"         // Renewal -> RenewalTerms
	CompleteRenewalCommand      = "CompleteRenewal"      // Renewal -> SubscriptionPeriod
	FailRenewalCommand          = "FailRenewal"          // Renewal; undoes BeginRenewal, enters dunning
	BeginRefundCommand          = "BeginRefund"          // SubscriptionRef; holds the subscription
	AbandonRefundCommand        = "AbandonRefund"        // SubscriptionRef; lets go of it
	BeginEndCommand             = "BeginEnd"             // SubscriptionRef; holds a subscription that is over

	DoPaymentCommand     = "DoPayment"     // DoPayment -> PaymentDone
	RefundPaymentCommand = "RefundPayment" // DoPayment as its compensation, or RefundPayment -> PaymentReturned
)

// GetUserInfo asks for what a saga needs to know of a learner.
type GetUserInfo struct {
	UserID string `json:"userId"`
}

// UserInfo describes a learner without naming them.
type UserInfo struct {
	UserID   string `json:"userId"`
	Country  string `json:"country"`  // billing country, lower case ISO 3166-1 alpha-2
	Language string `json:"language"` // BCP 47
	TimeZone string `json:"timeZone"` // IANA
}

// GetCourseInfo asks for a course as it is sold in a country. The course refuses with
// PRICE_CHANGED when its price is not PriceShown, with COURSE_NOT_AVAILABLE when it is not
// published or has no price there.
type GetCourseInfo struct {
	CourseID   string       `json:"courseId"`
	Country    string       `json:"country"`
	Language   string       `json:"language"`
	PriceShown money.Amount `json:"priceShown"`
}

// CourseInfo is a course as it is sold.
type CourseInfo struct {
	CourseID string       `json:"courseId"`
	TutorID  string       `json:"tutorId"`
	Title    string       `json:"title"` // for the invoice
	Price    money.Amount `json:"price"`
}

// ValidateSubscription reserves a course for a learner; refused with ALREADY_SUBSCRIBED.
type ValidateSubscription struct {
	SubscriptionID  string       `json:"subscriptionId"`
	UserID          string       `json:"userId"`
	CourseID        string       `json:"courseId"`
	Country         string       `json:"country"`
	PaymentMethodID string       `json:"paymentMethodId"`
	Price           money.Amount `json:"price"` // as shown, pinned when all agree
}

// DoPayment charges an invoice once.
type DoPayment struct {
	PaymentID       string       `json:"paymentId"` // made from saga and step: one payment a saga
	InvoiceID       string       `json:"invoiceId"` // made from subscription and period
	SubscriptionID  string       `json:"subscriptionId"`
	UserID          string       `json:"userId"`
	CourseID        string       `json:"courseId"`
	Country         string       `json:"country"`
	Language        string       `json:"language"`
	TimeZone        string       `json:"timeZone"`
	PaymentMethodID string       `json:"paymentMethodId"`
	Period          int          `json:"period"` // counts from 0, the first
	Amount          money.Amount `json:"amount"`
	PeriodStart     time.Time    `json:"periodStart"`
	PeriodEnd       time.Time    `json:"periodEnd"`
	Description     string       `json:"description"`
	OffSession      bool         `json:"offSession,omitempty"` // the learner is not there to authenticate
	ReturnURI       string       `json:"returnUri,omitempty"`
}

// PaymentDone answers DoPayment.
type PaymentDone struct {
	PaymentID  string    `json:"paymentId"`
	InvoiceID  string    `json:"invoiceId"`
	SettleTime time.Time `json:"settleTime"` // business time
}

// RefundPayment returns the whole of what an invoice was paid with, as an action of the
// refund saga. RefundID is made from the saga.
type RefundPayment struct {
	RefundID       string `json:"refundId"`
	InvoiceID      string `json:"invoiceId"`
	PaymentID      string `json:"paymentId"`
	SubscriptionID string `json:"subscriptionId"`
	Reason         string `json:"reason,omitempty"`
}

// PaymentReturned answers RefundPayment in both its uses: what was charged is returned, or
// nothing ever was (ReturnedAmount is zero).
type PaymentReturned struct {
	ReturnedAmount money.Amount `json:"returnedAmount"`
}

// Subscribe makes a reserved subscription active for its first period.
type Subscribe struct {
	SubscriptionID string       `json:"subscriptionId"`
	UserID         string       `json:"userId"`
	CourseID       string       `json:"courseId"`
	Country        string       `json:"country"`
	TimeZone       string       `json:"timeZone"`
	Language       string       `json:"language"`
	CourseTitle    string       `json:"courseTitle"`
	InvoiceID      string       `json:"invoiceId"`
	PaymentID      string       `json:"paymentId"`
	Price          money.Amount `json:"price"`
	AnchorTime     time.Time    `json:"anchorTime"` // start of the first period
	PeriodStart    time.Time    `json:"periodStart"`
	PeriodEnd      time.Time    `json:"periodEnd"`
}

// SubscriptionPeriod is the period that is now paid and how far access reaches.
type SubscriptionPeriod struct {
	PeriodStart time.Time `json:"periodStart"`
	PeriodEnd   time.Time `json:"periodEnd"`
	AccessUntil time.Time `json:"accessUntil"` // PeriodEnd and grace
}

// SubscriptionRef names a subscription and, where one is meant, an invoice of it.
type SubscriptionRef struct {
	SubscriptionID string `json:"subscriptionId"`
	UserID         string `json:"userId"`
	CourseID       string `json:"courseId"`
	InvoiceID      string `json:"invoiceId,omitempty"`
}

// Enrollment starts, extends or ends what a subscription gives a learner in a course.
// Receivers key it by subscription, so that undoing one never touches another.
type Enrollment struct {
	SubscriptionID string `json:"subscriptionId"`
	UserID         string `json:"userId"`
	CourseID       string `json:"courseId"`
	Country        string `json:"country"`
	// DisplayName is sent to Course alone, for the tutor's list of subscribers.
	DisplayName string    `json:"displayName,omitempty"`
	AccessUntil time.Time `json:"accessUntil,omitzero"`
}

// Renewal names one attempt to pay one period of a subscription.
type Renewal struct {
	SubscriptionID string `json:"subscriptionId"`
	Period         int    `json:"period"` // counts from 0, the first
	// Attempt counts from 1; dunning raises it. 0 is the learner's own, between the others.
	Attempt int `json:"attempt"`
	// PaymentMethodID, when set, is charged instead of the subscription's and replaces it.
	PaymentMethodID string `json:"paymentMethodId,omitempty"`
	// ReturnURI is set when the learner pays by hand and can authenticate.
	ReturnURI string `json:"returnUri,omitempty"`
}

// RenewalTerms is what BeginRenewal decided: whom to charge what for which period.
type RenewalTerms struct {
	UserID          string       `json:"userId"`
	CourseID        string       `json:"courseId"`
	Country         string       `json:"country"`
	Language        string       `json:"language"`
	TimeZone        string       `json:"timeZone"`
	CourseTitle     string       `json:"courseTitle"`
	PaymentMethodID string       `json:"paymentMethodId"`
	Price           money.Amount `json:"price"`
	PeriodStart     time.Time    `json:"periodStart"`
	PeriodEnd       time.Time    `json:"periodEnd"`
}

// Publication names a course that its tutor publishes.
type Publication struct {
	CourseID string `json:"courseId"`
	TutorID  string `json:"tutorId"`
}

// CourseOutline is what BeginPublish found complete.
type CourseOutline struct {
	ItemIDs []string `json:"itemIds"`
}

// AttachMedia asks Content to attach, to the items of a course, what its tutor uploaded.
// Refused with CONTENT_NOT_READY, naming the content, when an upload is unfinished, and
// with CONTENT_MISSING, naming the item, when an item has no video.
type AttachMedia struct {
	CourseID string   `json:"courseId"`
	TutorID  string   `json:"tutorId"`
	ItemIDs  []string `json:"itemIds"`
}

// MediaAttached counts what AttachMedia attached.
type MediaAttached struct {
	ContentCount int `json:"contentCount"`
}
