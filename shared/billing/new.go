package billing

import (
	"time"

	"github.com/kwipper/kwipper/shared/message"
)

func newPayment(cmd message.Command, v message.DoPayment, now time.Time) Payment {
	return Payment{
		ID: v.PaymentID, InvoiceID: v.InvoiceID, SubscriptionID: v.SubscriptionID, UserID: v.UserID, Country: v.Country,
		Language: v.Language, Saga: cmd.Saga, Step: cmd.Step, State: PaymentStarted, Amount: v.Amount, MethodID: v.PaymentMethodID,
		OffSession: v.OffSession, ReturnURI: v.ReturnURI, Description: v.Description, CreateTime: now, UpdateTime: now,
	}
}

func newInvoice(v message.DoPayment, now time.Time) Invoice {
	return Invoice{
		ID: v.InvoiceID, UserID: v.UserID, SubscriptionID: v.SubscriptionID, CourseID: v.CourseID, Country: v.Country,
		TimeZone: v.TimeZone, Description: v.Description, State: InvoiceOpen, Amount: v.Amount, PeriodStart: v.PeriodStart,
		PeriodEnd: v.PeriodEnd, Period: v.Period, PaymentID: v.PaymentID, CreateTime: now, UpdateTime: now,
	}
}
