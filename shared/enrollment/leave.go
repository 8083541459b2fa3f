package enrollment

import (
	"time"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// RefundInput is what a refund saga is started with.
type RefundInput struct {
	SubscriptionID string `json:"subscriptionId"`
	UserID         string `json:"userId"`
	CourseID       string `json:"courseId"`
	Country        string `json:"country"`
	InvoiceID      string `json:"invoiceId"`
	PaymentID      string `json:"paymentId"`
	Reason         string `json:"reason,omitempty"`
}

// EndInput is what an end saga is started with.
type EndInput struct {
	SubscriptionID string `json:"subscriptionId"`
	UserID         string `json:"userId"`
	CourseID       string `json:"courseId"`
	Country        string `json:"country"`
}

// refundV1 takes back what a subscription gave and returns the money last. Once the
// subscription is held for it, it only goes forward.
func refundV1() saga.Definition {
	steps := []saga.Step{{
		Name: message.BeginRefundCommand, Service: message.Subscription, Command: message.BeginRefundCommand,
		Compensation: message.AbandonRefundCommand, ForwardOnly: true, Body: body(refundRef),
	}}
	steps = append(steps, leaving(message.BeginRefundCommand, body(refundEnrollment), body(refundRef))...)
	steps = append(steps, saga.Step{
		Name: message.RefundPaymentCommand, Service: message.Billing, Command: message.RefundPaymentCommand,
		After: []string{message.UnsubscribeCommand}, Body: body(refundPayment),
	})
	return saga.Definition{Name: Refund, Version: 1, Patience: 15 * time.Minute, Steps: steps}
}

// endV1 takes back what a subscription gave that is cancelled or could not be paid. It
// only goes forward.
func endV1() saga.Definition {
	steps := []saga.Step{{
		Name: message.BeginEndCommand, Service: message.Subscription, Command: message.BeginEndCommand,
		ForwardOnly: true, Body: body(endRef),
	}}
	steps = append(steps, leaving(message.BeginEndCommand, body(endEnrollment), body(endRef))...)
	return saga.Definition{Name: End, Version: 1, Patience: 15 * time.Minute, Steps: steps}
}

// leaving are the steps by which a learner leaves a course, after the named one.
func leaving(after string, enrollment, ref func(saga.Data) (any, error)) []saga.Step {
	reverts := []string{message.RevokeContentAccessCommand, message.RevertCourseInfoCommand, message.RevertUserInfoCommand}
	return []saga.Step{
		{Name: message.RevokeContentAccessCommand, Service: message.Content, Command: message.RevokeContentAccessCommand,
			After: []string{after}, Body: enrollment},
		{Name: message.RevertCourseInfoCommand, Service: message.Course, Command: message.RevertCourseInfoCommand,
			After: []string{after}, Body: enrollment},
		{Name: message.RevertUserInfoCommand, Service: message.User, Command: message.RevertUserInfoCommand,
			After: []string{after}, Body: enrollment},
		{Name: message.UnsubscribeCommand, Service: message.Subscription, Command: message.UnsubscribeCommand,
			After: reverts, Body: ref},
	}
}

func refundRef(in RefundInput, _ saga.Data) (any, error) {
	return message.SubscriptionRef{
		SubscriptionID: in.SubscriptionID, UserID: in.UserID, CourseID: in.CourseID, InvoiceID: in.InvoiceID,
	}, nil
}

func refundEnrollment(in RefundInput, _ saga.Data) (any, error) {
	return message.Enrollment{
		SubscriptionID: in.SubscriptionID, UserID: in.UserID, CourseID: in.CourseID, Country: in.Country,
	}, nil
}

func refundPayment(in RefundInput, d saga.Data) (any, error) {
	return message.RefundPayment{
		RefundID: message.RefundID(d.ID()), InvoiceID: in.InvoiceID, PaymentID: in.PaymentID,
		SubscriptionID: in.SubscriptionID, Reason: in.Reason,
	}, nil
}

func endRef(in EndInput, _ saga.Data) (any, error) {
	return message.SubscriptionRef{SubscriptionID: in.SubscriptionID, UserID: in.UserID, CourseID: in.CourseID}, nil
}

func endEnrollment(in EndInput, _ saga.Data) (any, error) {
	return message.Enrollment{
		SubscriptionID: in.SubscriptionID, UserID: in.UserID, CourseID: in.CourseID, Country: in.Country,
	}, nil
}
