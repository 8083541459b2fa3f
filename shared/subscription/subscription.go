package subscription

import (
	"time"

	"github.com/kwipper/kwipper/shared/money"
)

// State says where a subscription stands.
type State string

// The states of a subscription.
const (
	Pending State = "PENDING"  // reserved, not yet paid
	Active  State = "ACTIVE"   // paid for the current period
	PastDue State = "PAST_DUE" // a renewal was declined; access lasts through the grace period
	Ended   State = "ENDED"    // cancelled, refunded or exhausted; access is closed
	Failed  State = "FAILED"   // never came about: the subscribe saga was undone
)

// CancelMode says when a cancellation takes effect.
type CancelMode string

// The modes of a cancellation.
const (
	PeriodEnd CancelMode = "PERIOD_END" // what is paid for stays open until its end
	Now       CancelMode = "NOW"
)

// Purpose is what a subscription is held for.
type Purpose string

// The purposes of holding a subscription.
const (
	ForSubscribing Purpose = "SUBSCRIBING"
	ForRenewal     Purpose = "RENEWAL"
	ForRefund      Purpose = "REFUND"
	ForEnd         Purpose = "END"
)

// Subscription is a learner's subscription to a course. All times are UTC; zero means
// that it does not apply.
type Subscription struct {
	ID              string
	UserID          string
	CourseID        string
	Country         string // billing country, lower case ISO 3166-1 alpha-2
	TimeZone        string // IANA; periods are reckoned in it
	Language        string // BCP 47, for messages about payment
	CourseTitle     string // for invoices
	PaymentMethodID string
	Price           money.Amount // pinned when subscribed
	State           State
	OperationID     string  // the saga that made it
	HeldBy          string  // the saga that changes it now, empty when none does
	HeldFor         Purpose // what that saga is about

	AnchorTime  time.Time // start of period 0
	Period      int       // the latest paid period, from 0
	PeriodStart time.Time
	PeriodEnd   time.Time
	AccessUntil time.Time // PeriodEnd and grace
	InvoiceID   string    // of the latest paid period
	PaymentID   string

	RenewTime     time.Time // next charge is due; zero when none will be
	RenewAttempts int       // declined charges of the next period
	EndTime       time.Time // is to end, or ended, then
	CancelTime    time.Time
	CancelMode    CancelMode
	CreateTime    time.Time
	UpdateTime    time.Time
	FailureReason string // of the last declined renewal or of the failed subscribe
}

// Open reports whether the subscription keeps its learner from subscribing to the same
// course again.
func (s *Subscription) Open() bool {
	return s.State == Pending || s.State == Active || s.State == PastDue
}

// Paid reports whether the subscription was ever paid and is not over.
func (s *Subscription) Paid() bool { return s.State == Active || s.State == PastDue }

// Name returns the resource name, users/{user}/subscriptions/{subscription}.
func (s *Subscription) Name() string { return "users/" + s.UserID + "/subscriptions/" + s.ID }

func (s *Subscription) hold(saga string, purpose Purpose, now time.Time) {
	s.HeldBy, s.HeldFor, s.UpdateTime = saga, purpose, now
}

func (s *Subscription) letGo(now time.Time) { s.HeldBy, s.HeldFor, s.UpdateTime = "", "", now }
