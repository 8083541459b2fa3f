package subscription

import (
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/period"
)

// Reserve makes the pending subscription of a subscribe saga.
func Reserve(saga string, v message.ValidateSubscription, now time.Time) Subscription {
	return Subscription{
		ID: v.SubscriptionID, UserID: v.UserID, CourseID: v.CourseID, Country: v.Country,
		PaymentMethodID: v.PaymentMethodID, Price: v.Price, State: Pending,
		OperationID: saga, HeldBy: saga, HeldFor: ForSubscribing, CreateTime: now, UpdateTime: now,
	}
}

// Release lets go of a reservation. What is not pending stays as it is.
func (s *Subscription) Release(failure *message.Failure, now time.Time) {
	if s.State != Pending {
		return
	}
	s.fail(failure, now)
}

func (s *Subscription) fail(failure *message.Failure, now time.Time) {
	s.letGo(now)
	s.State, s.EndTime = Failed, time.Time{}
	s.RenewTime, s.AccessUntil = time.Time{}, time.Time{}
	if failure != nil {
		s.FailureReason = failure.Reason
	}
}

// Activate begins the first period of a reserved subscription.
func (s *Subscription) Activate(saga string, v message.Subscribe, now time.Time) (message.SubscriptionPeriod, error) {
	if s.State != Pending || s.OperationID != saga {
		return message.SubscriptionPeriod{}, refuse("SUBSCRIPTION_NOT_PENDING", "subscription %s is %s", s.ID, s.State)
	}
	zone, err := period.LoadZone(v.TimeZone)
	if err != nil {
		return message.SubscriptionPeriod{}, fault.Invalid(fault.Field{Name: "timeZone", Description: err.Error()})
	}
	s.State = Active
	s.letGo(now)
	s.TimeZone, s.Language, s.CourseTitle = v.TimeZone, v.Language, v.CourseTitle
	s.InvoiceID, s.PaymentID = v.InvoiceID, v.PaymentID
	s.AnchorTime, s.Period = v.AnchorTime, 0
	s.enter(v.PeriodStart, v.PeriodEnd, zone)
	return s.paidPeriod(), nil
}

// enter makes [start, end) the paid period and plans what follows it.
func (s *Subscription) enter(start, end time.Time, zone *time.Location) {
	s.PeriodStart, s.PeriodEnd, s.AccessUntil = start, end, end.Add(Grace)
	s.RenewAttempts, s.FailureReason = 0, ""
	if s.CancelTime.IsZero() {
		s.RenewTime, s.EndTime = chargeTime(s.ID, end, zone), time.Time{}
		return
	}
	s.RenewTime, s.EndTime = time.Time{}, end
}

func (s *Subscription) paidPeriod() message.SubscriptionPeriod {
	return message.SubscriptionPeriod{PeriodStart: s.PeriodStart, PeriodEnd: s.PeriodEnd, AccessUntil: s.AccessUntil}
}

// BeginRenewal decides whether the next period is charged: cancelled before it, no
// charge; from here on a cancellation takes effect at the end of the period being paid.
func (s *Subscription) BeginRenewal(saga string, v message.Renewal, now time.Time) (message.RenewalTerms, error) {
	switch {
	case !s.Paid() || s.ending(now):
		return message.RenewalTerms{}, refuse("SUBSCRIPTION_NOT_ACTIVE", "subscription %s is %s and ends", s.ID, s.State)
	case v.Period != s.Period+1 || !s.dueAttempt(v):
		return message.RenewalTerms{}, refuse("INVOICE_NOT_OPEN", "subscription %s is at period %d after %d attempts", s.ID, s.Period, s.RenewAttempts)
	case s.HeldBy != "" && s.HeldBy != saga:
		return message.RenewalTerms{}, s.busy()
	}
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return message.RenewalTerms{}, err
	}
	s.hold(saga, ForRenewal, now)
	start, end := period.Bounds(s.AnchorTime, zone, v.Period)
	return message.RenewalTerms{
		UserID: s.UserID, CourseID: s.CourseID, Country: s.Country, Language: s.Language, TimeZone: s.TimeZone,
		CourseTitle: s.CourseTitle, PaymentMethodID: s.chargedMethod(v), Price: s.Price, PeriodStart: start, PeriodEnd: end,
	}, nil
}

// dueAttempt reports whether it is the turn of v's attempt: the next of the schedule, or
// one that the learner of a declined renewal makes by hand.
func (s *Subscription) dueAttempt(v message.Renewal) bool {
	if byHand(v) {
		return s.State == PastDue
	}
	return v.Attempt == s.RenewAttempts+1
}

// ending reports whether no further period may be charged. One exhausted by dunning may
// still be paid by hand within its grace.
func (s *Subscription) ending(now time.Time) bool {
	return !s.CancelTime.IsZero() || s.over(now)
}

func (s *Subscription) chargedMethod(v message.Renewal) string {
	if v.PaymentMethodID != "" {
		return v.PaymentMethodID
	}
	return s.PaymentMethodID
}

// CompleteRenewal begins the period that the renewal saga has paid.
func (s *Subscription) CompleteRenewal(saga string, v message.Renewal, now time.Time) (message.SubscriptionPeriod, error) {
	if s.HeldBy != saga {
		return message.SubscriptionPeriod{}, refuse("RENEWAL_NOT_BEGUN", "subscription %s is not held by %s", s.ID, saga)
	}
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return message.SubscriptionPeriod{}, err
	}
	s.State = Active
	s.letGo(now)
	s.Period, s.PaymentMethodID = v.Period, s.chargedMethod(v)
	s.InvoiceID = message.InvoiceID(s.ID, v.Period)
	s.PaymentID = message.PaymentID(saga)
	start, end := period.Bounds(s.AnchorTime, zone, v.Period)
	s.enter(start, end, zone)
	return s.paidPeriod(), nil
}

// FailRenewal lets go of the subscription after a renewal that was not paid, and enters
// or goes on with dunning.
func (s *Subscription) FailRenewal(saga string, v message.Renewal, failure *message.Failure, now time.Time) {
	if s.HeldBy != saga {
		return
	}
	s.State = PastDue
	s.letGo(now)
	code := ""
	if failure != nil {
		s.FailureReason, code = failure.Reason, failure.Metadata["declineCode"]
	}
	if !byHand(v) {
		s.RenewAttempts = v.Attempt
	}
	if !s.CancelTime.IsZero() {
		s.RenewTime, s.EndTime = time.Time{}, s.cancelledEnd(now)
		return
	}
	if byHand(v) {
		return // the schedule goes on as it was
	}
	next, again := retryTime(code, v.Attempt, now)
	if !again || !next.Before(s.AccessUntil) {
		s.RenewTime, s.EndTime = time.Time{}, later(s.AccessUntil, now)
		return
	}
	s.RenewTime = next
}

// SkipAttempt moves on from an attempt whose saga was turned back before BeginRenewal ever
// came here, so that no FailRenewal did so: the saga of that attempt is not made again.
func (s *Subscription) SkipAttempt(periodNumber, attempt int, now time.Time) {
	if s.HeldBy == "" && s.due(periodNumber, attempt) {
		s.RenewAttempts, s.UpdateTime = attempt, now
	}
}

// due reports whether it is the turn of that attempt at that period.
func (s *Subscription) due(periodNumber, attempt int) bool {
	return !s.RenewTime.IsZero() && periodNumber == s.Period+1 && attempt == s.RenewAttempts+1
}

// Cancel records the learner's cancellation and returns when it takes effect. Repeating
// it, or cancelling with NOW after PERIOD_END, is allowed.
func (s *Subscription) Cancel(mode CancelMode, now time.Time) (time.Time, error) {
	if !s.Paid() {
		return time.Time{}, refuse("SUBSCRIPTION_NOT_ACTIVE", "subscription %s is %s", s.ID, s.State)
	}
	if s.HeldFor == ForRefund || s.HeldFor == ForEnd {
		return time.Time{}, s.busy()
	}
	if !s.CancelTime.IsZero() && s.over(now) {
		return s.EndTime, nil // its end is under way
	}
	if s.CancelTime.IsZero() || mode == Now {
		s.CancelMode, s.UpdateTime = mode, now
	}
	if s.CancelTime.IsZero() {
		s.CancelTime = now
	}
	if s.HeldFor == ForRenewal { // what is being paid now is kept, unless FailRenewal says otherwise
		end, err := s.endOfPeriodBeingPaid()
		s.EndTime = end
		return end, err
	}
	s.RenewTime, s.EndTime = time.Time{}, s.cancelledEnd(now)
	return s.EndTime, nil
}

// cancelledEnd returns when a cancelled subscription ends if no other period is paid.
func (s *Subscription) cancelledEnd(now time.Time) time.Time {
	if s.CancelMode == Now {
		return now
	}
	return later(s.PeriodEnd, now)
}

// over reports whether the time of the subscription's end has come.
func (s *Subscription) over(now time.Time) bool { return !s.EndTime.IsZero() && !s.EndTime.After(now) }

func (s *Subscription) endOfPeriodBeingPaid() (time.Time, error) {
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return time.Time{}, err
	}
	return period.Boundary(s.AnchorTime, zone, s.Period+2), nil
}

// BeginRefund holds the subscription for a refund of its latest payment.
func (s *Subscription) BeginRefund(saga string, v message.SubscriptionRef, now time.Time) error {
	switch {
	case !s.Paid():
		return refuse("SUBSCRIPTION_NOT_ACTIVE", "subscription %s is %s", s.ID, s.State)
	case s.InvoiceID != v.InvoiceID:
		return refuse("REFUND_NOT_ALLOWED", "the latest paid invoice of subscription %s is %s", s.ID, s.InvoiceID)
	case s.HeldBy != "" && s.HeldBy != saga:
		return s.busy()
	}
	s.hold(saga, ForRefund, now)
	return nil
}

// AbandonRefund lets go of a subscription that BeginRefund held.
func (s *Subscription) AbandonRefund(saga string, now time.Time) {
	if s.HeldBy == saga {
		s.letGo(now)
	}
}

// skew is how much the clocks of two machines may differ: an end that one has seen come is
// not refused by the other.
const skew = 5 * time.Second

// BeginEnd holds a subscription whose end has come.
func (s *Subscription) BeginEnd(saga string, now time.Time) error {
	switch {
	case !s.Paid():
		return refuse("SUBSCRIPTION_NOT_ACTIVE", "subscription %s is %s", s.ID, s.State)
	case !s.over(now.Add(skew)):
		return refuse("SUBSCRIPTION_NOT_ENDING", "subscription %s does not end now", s.ID)
	case s.HeldBy != "" && s.HeldBy != saga:
		return s.busy()
	}
	s.hold(saga, ForEnd, now)
	s.RenewTime = time.Time{}
	return nil
}

// Unsubscribe ends the subscription; as the compensation of Subscribe, failure says why
// it never came about.
func (s *Subscription) Unsubscribe(compensation bool, failure *message.Failure, now time.Time) {
	if compensation {
		s.fail(failure, now)
		return
	}
	if s.State == Ended || s.State == Failed {
		return
	}
	s.letGo(now)
	s.State, s.EndTime = Ended, now
	s.RenewTime, s.AccessUntil = time.Time{}, now
}

func (s *Subscription) busy() error {
	return fault.New(fault.Conflict, "SUBSCRIPTION_BUSY", "subscription %s is being changed by %s", s.ID, s.HeldBy)
}

func refuse(reason, format string, args ...any) error {
	return fault.New(fault.FailedPrecondition, reason, format, args...)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// byHand reports whether the learner pays, rather than the schedule.
func byHand(v message.Renewal) bool { return v.Attempt == 0 }
