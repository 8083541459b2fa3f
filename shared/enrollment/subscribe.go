package enrollment

import (
	"time"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/period"
	"github.com/kwipper/kwipper/shared/saga"
)

// SubscribeInput is what a subscribe saga is started with.
type SubscribeInput struct {
	SubscriptionID  string       `json:"subscriptionId"`
	UserID          string       `json:"userId"`
	DisplayName     string       `json:"displayName"` // for the tutor's list of subscribers
	CourseID        string       `json:"courseId"`
	Country         string       `json:"country"` // billing country
	Language        string       `json:"language"`
	PaymentMethodID string       `json:"paymentMethodId"`
	PriceShown      money.Amount `json:"priceShown"`
	ReturnURI       string       `json:"returnUri"`
}

// SubscriptionID returns the id of the subscription that a subscribe saga makes.
func SubscriptionID(country, saga string) string { return message.ID(country, "subscription", saga) }

// subscribeV1 reserves, pays, makes the subscription active and opens the course, and only
// then is done, so that who has just subscribed can study at once.
func subscribeV1() saga.Definition {
	reads := []string{message.GetUserInfoCommand, message.GetCourseInfoCommand, message.ValidateSubscriptionCommand}
	paid, subscribed := []string{message.DoPaymentCommand}, []string{message.SubscribeCommand}
	return saga.Definition{Name: Subscribe, Version: 1, Patience: 15 * time.Minute, Steps: []saga.Step{
		{Name: message.GetUserInfoCommand, Service: message.User, Command: message.GetUserInfoCommand,
			ReadOnly: true, Body: body(subscribeUserInfo)},
		{Name: message.GetCourseInfoCommand, Service: message.Course, Command: message.GetCourseInfoCommand,
			ReadOnly: true, Body: body(subscribeCourseInfo)},
		{Name: message.ValidateSubscriptionCommand, Service: message.Subscription, Command: message.ValidateSubscriptionCommand,
			Compensation: message.ReleaseSubscriptionCommand, Body: body(subscribeValidate)},
		{Name: message.DoPaymentCommand, Service: message.Billing, Command: message.DoPaymentCommand,
			Compensation: message.RefundPaymentCommand, After: reads, Pivot: true, Body: body(subscribePay)},
		{Name: message.SubscribeCommand, Service: message.Subscription, Command: message.SubscribeCommand,
			Compensation: message.UnsubscribeCommand, After: paid, Body: body(subscribeSubscribe)},
		{Name: message.UpdateCourseInfoCommand, Service: message.Course, Command: message.UpdateCourseInfoCommand,
			Compensation: message.RevertCourseInfoCommand, After: subscribed, Body: body(subscribeEnrollNamed)},
		{Name: message.UpdateUserInfoCommand, Service: message.User, Command: message.UpdateUserInfoCommand,
			Compensation: message.RevertUserInfoCommand, After: subscribed, Body: body(subscribeEnroll)},
		{Name: message.GrantContentAccessCommand, Service: message.Content, Command: message.GrantContentAccessCommand,
			Compensation: message.RevokeContentAccessCommand, After: subscribed, Body: body(subscribeEnroll)},
	}}
}

func subscribeUserInfo(in SubscribeInput, _ saga.Data) (any, error) {
	return message.GetUserInfo{UserID: in.UserID}, nil
}

func subscribeCourseInfo(in SubscribeInput, _ saga.Data) (any, error) {
	return message.GetCourseInfo{
		CourseID: in.CourseID, Country: in.Country, Language: in.Language, PriceShown: in.PriceShown,
	}, nil
}

func subscribeValidate(in SubscribeInput, _ saga.Data) (any, error) {
	return message.ValidateSubscription{
		SubscriptionID: in.SubscriptionID, UserID: in.UserID, CourseID: in.CourseID, Country: in.Country,
		PaymentMethodID: in.PaymentMethodID, Price: in.PriceShown,
	}, nil
}

func subscribePay(in SubscribeInput, d saga.Data) (any, error) {
	t, err := subscribeTerms(d)
	if err != nil {
		return nil, err
	}
	return message.DoPayment{
		PaymentID: message.PaymentID(d.ID()), InvoiceID: message.InvoiceID(in.SubscriptionID, 0),
		SubscriptionID: in.SubscriptionID, UserID: in.UserID, CourseID: in.CourseID,
		Country: in.Country, Language: t.user.Language, TimeZone: t.user.TimeZone,
		PaymentMethodID: in.PaymentMethodID, Amount: t.course.Price,
		PeriodStart: t.start, PeriodEnd: t.end, Description: t.course.Title, ReturnURI: in.ReturnURI,
	}, nil
}

func subscribeSubscribe(in SubscribeInput, d saga.Data) (any, error) {
	t, err := subscribeTerms(d)
	if err != nil {
		return nil, err
	}
	var paid message.PaymentDone
	if err := d.Result(message.DoPaymentCommand, &paid); err != nil {
		return nil, err
	}
	return message.Subscribe{
		SubscriptionID: in.SubscriptionID, UserID: in.UserID, CourseID: in.CourseID,
		Country: in.Country, TimeZone: t.user.TimeZone, Language: t.user.Language, CourseTitle: t.course.Title,
		InvoiceID: paid.InvoiceID, PaymentID: paid.PaymentID, Price: t.course.Price,
		AnchorTime: d.StartTime(), PeriodStart: t.start, PeriodEnd: t.end,
	}, nil
}

func subscribeEnroll(in SubscribeInput, d saga.Data) (any, error) {
	var p message.SubscriptionPeriod
	if err := d.Result(message.SubscribeCommand, &p); err != nil {
		return nil, err
	}
	return message.Enrollment{
		SubscriptionID: in.SubscriptionID, UserID: in.UserID, CourseID: in.CourseID, Country: in.Country,
		AccessUntil: p.AccessUntil,
	}, nil
}

func subscribeEnrollNamed(in SubscribeInput, d saga.Data) (any, error) {
	made, err := subscribeEnroll(in, d)
	if err != nil {
		return nil, err
	}
	enrollment := made.(message.Enrollment)
	enrollment.DisplayName = in.DisplayName
	return enrollment, nil
}

// terms are what user and course say, and the first period, which begins with the saga.
type terms struct {
	user       message.UserInfo
	course     message.CourseInfo
	start, end time.Time
}

func subscribeTerms(d saga.Data) (terms, error) {
	var t terms
	if err := d.Result(message.GetUserInfoCommand, &t.user); err != nil {
		return terms{}, err
	}
	if err := d.Result(message.GetCourseInfoCommand, &t.course); err != nil {
		return terms{}, err
	}
	zone, err := period.LoadZone(t.user.TimeZone)
	if err != nil {
		return terms{}, err
	}
	t.start, t.end = period.Bounds(d.StartTime(), zone, 0)
	return t, nil
}
