package billingdb_test

import (
	"encoding/json"
	"time"

	"github.com/kwipper/kwipper/shared/message"
)

// order is the command that has saga pay a period of a subscription.
func order(saga, method string, period int, change ...func(*message.DoPayment)) message.Command {
	v := message.DoPayment{
		PaymentID: message.PaymentID(saga), InvoiceID: message.InvoiceID("jp-subscription", period), SubscriptionID: "jp-subscription",
		UserID: learner, CourseID: "jp-course", Country: "jp", Language: "ja", TimeZone: "Asia/Tokyo", PaymentMethodID: method,
		Period: period, Amount: yen, PeriodStart: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		PeriodEnd: time.Date(2026, 12, 22, 0, 0, 0, 0, time.UTC), Description: "Go を学ぶ", OffSession: period > 0, ReturnURI: returnURI,
	}
	for _, c := range change {
		c(&v)
	}
	return command(saga, "DoPayment", message.DoPaymentCommand, v)
}

func command(saga, step, name string, body any) message.Command {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return message.Command{Version: 1, Saga: saga, Step: step, Service: message.Billing, Name: name, Country: "jp", Body: data, StartTime: time.Now().UTC()}
}

func undo(cmd message.Command) message.Command {
	cmd.Name, cmd.Compensation, cmd.Failure = message.RefundPaymentCommand, true, &message.Failure{Step: "Subscribe", Reason: "SAGA_EXPIRED"}
	return cmd
}

func refund(saga, paymentOf string) message.Command {
	return command(saga, "RefundPayment", message.RefundPaymentCommand, message.RefundPayment{
		RefundID: message.RefundID(saga), PaymentID: message.PaymentID(paymentOf), SubscriptionID: "jp-subscription", Reason: "REQUESTED_BY_LEARNER",
	})
}
