package enrollment

import (
	"time"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// RenewInput is what a renew saga is started with: by RenewBilling for a period that is
// due, or by a learner who pays an open invoice.
type RenewInput struct {
	SubscriptionID string `json:"subscriptionId"`
	Period         int    `json:"period"` // counts from 0, the first
	// Attempt counts from 1; dunning raises it. 0 is the learner's own.
	Attempt int `json:"attempt"`
	// PaymentMethodID, when set, is charged instead of the subscription's and replaces it.
	PaymentMethodID string `json:"paymentMethodId,omitempty"`
	// ReturnURI is set when the learner is there to authenticate; without it the payment is
	// off session.
	ReturnURI string `json:"returnUri,omitempty"`
}

// renewV1 decides in Subscription whether and whom to charge, charges, and extends what
// the learner has. Once the subscription is renewed it only goes forward: access that was
// paid for is not taken back. Its patience is long, since a gateway that is down is no
// reason to fail a renewal.
func renewV1() saga.Definition {
	renewed := []string{message.CompleteRenewalCommand}
	return saga.Definition{Name: Renew, Version: 1, Patience: 6 * time.Hour, Steps: []saga.Step{
		{Name: message.BeginRenewalCommand, Service: message.Subscription, Command: message.BeginRenewalCommand,
			Compensation: message.FailRenewalCommand, Body: body(renewal)},
		{Name: message.DoPaymentCommand, Service: message.Billing, Command: message.DoPaymentCommand,
			Compensation: message.RefundPaymentCommand, After: []string{message.BeginRenewalCommand},
			Pivot: true, Body: body(renewPay)},
		{Name: message.CompleteRenewalCommand, Service: message.Subscription, Command: message.CompleteRenewalCommand,
			After: []string{message.DoPaymentCommand}, ForwardOnly: true, Body: body(renewal)},
		{Name: message.UpdateCourseInfoCommand, Service: message.Course, Command: message.UpdateCourseInfoCommand,
			After: renewed, Body: body(renewEnroll)},
		{Name: message.GrantContentAccessCommand, Service: message.Content, Command: message.GrantContentAccessCommand,
			After: renewed, Body: body(renewEnroll)},
	}}
}

func renewal(in RenewInput, _ saga.Data) (any, error) {
	return message.Renewal{
		SubscriptionID: in.SubscriptionID, Period: in.Period, Attempt: in.Attempt,
		PaymentMethodID: in.PaymentMethodID, ReturnURI: in.ReturnURI,
	}, nil
}

func renewPay(in RenewInput, d saga.Data) (any, error) {
	var t message.RenewalTerms
	if err := d.Result(message.BeginRenewalCommand, &t); err != nil {
		return nil, err
	}
	return message.DoPayment{
		PaymentID: message.PaymentID(d.ID()), InvoiceID: message.InvoiceID(in.SubscriptionID, in.Period),
		SubscriptionID: in.SubscriptionID, UserID: t.UserID, CourseID: t.CourseID,
		Country: t.Country, Language: t.Language, TimeZone: t.TimeZone,
		PaymentMethodID: t.PaymentMethodID, Period: in.Period, Amount: t.Price,
		PeriodStart: t.PeriodStart, PeriodEnd: t.PeriodEnd, Description: t.CourseTitle,
		OffSession: in.ReturnURI == "", ReturnURI: in.ReturnURI,
	}, nil
}

func renewEnroll(in RenewInput, d saga.Data) (any, error) {
	var t message.RenewalTerms
	if err := d.Result(message.BeginRenewalCommand, &t); err != nil {
		return nil, err
	}
	var p message.SubscriptionPeriod
	if err := d.Result(message.CompleteRenewalCommand, &p); err != nil {
		return nil, err
	}
	return message.Enrollment{
		SubscriptionID: in.SubscriptionID, UserID: t.UserID, CourseID: t.CourseID, Country: t.Country,
		AccessUntil: p.AccessUntil,
	}, nil
}
