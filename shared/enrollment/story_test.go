package enrollment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/period"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagatest"
)

// start is the last day of January in Tokyo, and the last but one in UTC.
var start = time.Date(2026, 1, 30, 16, 0, 0, 0, time.UTC)

var price = money.Of(1480, money.JPY)

const (
	user, course, tutor, method = "jp-user", "jp-course", "jp-tutor", "jp-method"
	subscription, invoice       = "jp-subscription", "jp-invoice"
)

// story is one kind of saga, with what it is started with.
type story struct {
	name  string
	input any
}

var stories = []story{
	{enrollment.Subscribe, enrollment.SubscribeInput{SubscriptionID: subscription, UserID: user, DisplayName: "花子",
		CourseID: course, Country: "jp", Language: "ja", PaymentMethodID: method, PriceShown: price, ReturnURI: "https://app.example"}},
	{enrollment.Refund, enrollment.RefundInput{SubscriptionID: subscription, UserID: user, CourseID: course, Country: "jp",
		InvoiceID: invoice, PaymentID: "jp-payment", Reason: "REQUESTED_BY_LEARNER"}},
	{enrollment.Renew, enrollment.RenewInput{SubscriptionID: subscription, Period: 1, Attempt: 2}},
	{enrollment.End, enrollment.EndInput{SubscriptionID: subscription, UserID: user, CourseID: course, Country: "jp"}},
	{enrollment.Publish, enrollment.PublishInput{CourseID: course, TutorID: tutor}},
}

func (s story) definition(t *testing.T) saga.Definition {
	t.Helper()
	d, err := enrollment.Registry().Current(s.name)
	require.NoError(t, err)
	return d
}

func (s story) new() saga.New {
	return saga.New{ID: "jp-saga", Definition: s.name, Owner: user, Country: "jp", Language: "ja", Input: s.input}
}

// play makes a world for the story. Payments call outside, and wait for the learner first.
func (s story) play(t *testing.T, seed uint64, script sagatest.Script, faults sagatest.Faults) *sagatest.World {
	t.Helper()
	script.Answer = answer
	script.Outside = map[string]bool{message.DoPaymentCommand: true, message.RefundPaymentCommand: true}
	w, err := sagatest.New(seed, s.definition(t), s.new(), start, script, faults)
	require.NoError(t, err)
	return w
}

// answer is what the services answer.
func answer(c message.Command) any {
	zone, err := period.LoadZone("Asia/Tokyo")
	if err != nil {
		panic(err)
	}
	switch c.Name {
	case message.GetUserInfoCommand:
		return message.UserInfo{UserID: user, Country: "jp", Language: "ja", TimeZone: "Asia/Tokyo"}
	case message.GetCourseInfoCommand:
		return message.CourseInfo{CourseID: course, TutorID: tutor, Title: "書道", Price: price}
	case message.DoPaymentCommand:
		var m message.DoPayment
		if err := c.Decode(&m); err != nil {
			panic(err)
		}
		return message.PaymentDone{PaymentID: m.PaymentID, InvoiceID: m.InvoiceID, SettleTime: start}
	case message.SubscribeCommand:
		from, to := period.Bounds(start, zone, 0)
		return message.SubscriptionPeriod{PeriodStart: from, PeriodEnd: to, AccessUntil: to.AddDate(0, 0, 7)}
	case message.BeginRenewalCommand:
		from, to := period.Bounds(start, zone, 1)
		return message.RenewalTerms{UserID: user, CourseID: course, Country: "jp", Language: "ja", TimeZone: "Asia/Tokyo",
			CourseTitle: "書道", PaymentMethodID: method, Price: price, PeriodStart: from, PeriodEnd: to}
	case message.CompleteRenewalCommand:
		from, to := period.Bounds(start, zone, 1)
		return message.SubscriptionPeriod{PeriodStart: from, PeriodEnd: to, AccessUntil: to.AddDate(0, 0, 7)}
	case message.BeginPublishCommand:
		return message.CourseOutline{ItemIDs: []string{"jp-item1", "jp-item2"}}
	case message.AttachMediaCommand:
		return message.MediaAttached{ContentCount: 4}
	default:
		return nil
	}
}
