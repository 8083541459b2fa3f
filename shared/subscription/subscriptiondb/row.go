package subscriptiondb

import (
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/subscription"
)

const table = "Subscriptions"

// row is a subscription as Spanner holds it: NULL where the model has a zero.
type row struct {
	SubscriptionId  string
	UserId          string
	CourseId        string
	OpenCourseId    spanner.NullString
	Country         string
	TimeZone        spanner.NullString
	Language        spanner.NullString
	CourseTitle     spanner.NullString
	PaymentMethodId string
	Currency        string
	PriceMinor      int64
	State           string
	OperationId     string
	HeldBy          spanner.NullString
	HeldFor         spanner.NullString
	AnchorTime      spanner.NullTime
	Period          int64
	PeriodStart     spanner.NullTime
	PeriodEnd       spanner.NullTime
	AccessUntil     spanner.NullTime
	InvoiceId       spanner.NullString
	PaymentId       spanner.NullString
	RenewTime       spanner.NullTime
	RenewAttempts   int64
	EndTime         spanner.NullTime
	EndDueTime      spanner.NullTime
	CancelTime      spanner.NullTime
	CancelMode      spanner.NullString
	FailureReason   spanner.NullString
	Shard           int64
	CreateTime      time.Time
	UpdateTime      time.Time
}

var columns = []string{
	"SubscriptionId", "UserId", "CourseId", "OpenCourseId", "Country", "TimeZone", "Language", "CourseTitle",
	"PaymentMethodId", "Currency", "PriceMinor", "State", "OperationId", "HeldBy", "HeldFor", "AnchorTime", "Period",
	"PeriodStart", "PeriodEnd", "AccessUntil", "InvoiceId", "PaymentId", "RenewTime", "RenewAttempts", "EndTime",
	"EndDueTime", "CancelTime", "CancelMode", "FailureReason", "Shard", "CreateTime", "UpdateTime",
}

func fromModel(s subscription.Subscription) row {
	r := row{
		SubscriptionId: s.ID, UserId: s.UserID, CourseId: s.CourseID, Country: s.Country,
		TimeZone: spannerdb.Text(s.TimeZone), Language: spannerdb.Text(s.Language), CourseTitle: spannerdb.Text(s.CourseTitle),
		PaymentMethodId: s.PaymentMethodID, Currency: string(s.Price.Currency), PriceMinor: s.Price.Minor,
		State: string(s.State), OperationId: s.OperationID, HeldBy: spannerdb.Text(s.HeldBy), HeldFor: spannerdb.Text(string(s.HeldFor)),
		AnchorTime: spannerdb.Instant(s.AnchorTime), Period: int64(s.Period), PeriodStart: spannerdb.Instant(s.PeriodStart),
		PeriodEnd: spannerdb.Instant(s.PeriodEnd), AccessUntil: spannerdb.Instant(s.AccessUntil), InvoiceId: spannerdb.Text(s.InvoiceID),
		PaymentId: spannerdb.Text(s.PaymentID), RenewTime: spannerdb.Instant(s.RenewTime), RenewAttempts: int64(s.RenewAttempts),
		EndTime: spannerdb.Instant(s.EndTime), CancelTime: spannerdb.Instant(s.CancelTime), CancelMode: spannerdb.Text(string(s.CancelMode)),
		FailureReason: spannerdb.Text(s.FailureReason), Shard: int64(subscription.Shard(s.ID)),
		CreateTime: s.CreateTime, UpdateTime: s.UpdateTime,
	}
	if s.Open() {
		r.OpenCourseId = spannerdb.Text(s.CourseID)
	}
	if s.Paid() {
		r.EndDueTime = r.EndTime
	}
	return r
}

func (r row) model() subscription.Subscription {
	return subscription.Subscription{
		ID: r.SubscriptionId, UserID: r.UserId, CourseID: r.CourseId, Country: r.Country,
		TimeZone: r.TimeZone.StringVal, Language: r.Language.StringVal, CourseTitle: r.CourseTitle.StringVal,
		PaymentMethodID: r.PaymentMethodId, Price: money.Of(r.PriceMinor, money.Currency(r.Currency)),
		State: subscription.State(r.State), OperationID: r.OperationId, HeldBy: r.HeldBy.StringVal, HeldFor: subscription.Purpose(r.HeldFor.StringVal),
		AnchorTime: r.AnchorTime.Time, Period: int(r.Period), PeriodStart: r.PeriodStart.Time,
		PeriodEnd: r.PeriodEnd.Time, AccessUntil: r.AccessUntil.Time, InvoiceID: r.InvoiceId.StringVal,
		PaymentID: r.PaymentId.StringVal, RenewTime: r.RenewTime.Time, RenewAttempts: int(r.RenewAttempts),
		EndTime: r.EndTime.Time, CancelTime: r.CancelTime.Time, CancelMode: subscription.CancelMode(r.CancelMode.StringVal),
		FailureReason: r.FailureReason.StringVal, CreateTime: r.CreateTime, UpdateTime: r.UpdateTime,
	}
}
