package subscription

import (
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/api"
)

// Resource returns the subscription as the API shows it.
func (s *Subscription) Resource() api.Subscription {
	return api.Subscription{
		Name: s.Name(), Course: "courses/" + s.CourseID, CourseTitle: s.CourseTitle, State: api.SubscriptionState(s.shown()),
		Price:         api.Money{Amount: s.Price.Decimal(), CurrencyCode: api.MoneyCurrencyCode(s.Price.Currency)},
		PaymentMethod: "users/" + s.UserID + "/paymentMethods/" + s.PaymentMethodID, Operation: "operations/" + s.OperationID,
		PeriodStartTime: s.PeriodStart, PeriodEndTime: s.PeriodEnd, AccessEndTime: s.accessEnd(), TimeZone: s.TimeZone,
		CancelTime: s.CancelTime, CancelMode: api.CancelMode(s.CancelMode), EndTime: s.EndTime,
		CreateTime: s.CreateTime, UpdateTime: s.UpdateTime, Etag: strconv.FormatInt(s.UpdateTime.UnixMicro(), 36),
	}
}

// accessEnd returns until when the course is open: to the end of the grace, unless an end
// has been set, by cancelling for instance.
func (s *Subscription) accessEnd() time.Time {
	if s.AccessUntil.IsZero() || s.EndTime.IsZero() {
		return s.AccessUntil
	}
	return s.EndTime
}

// shown is the state that a learner sees: one that is cancelled but still open says so.
func (s *Subscription) shown() string {
	if s.Paid() && !s.CancelTime.IsZero() {
		return "CANCELED"
	}
	return string(s.State)
}
