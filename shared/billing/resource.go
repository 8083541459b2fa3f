package billing

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/period"
)

// Resource returns the payment method as the API shows it.
func (m *Method) Resource() api.PaymentMethod {
	r := api.PaymentMethod{
		Name: "users/" + m.UserID + "/paymentMethods/" + m.ID, Type: "CARD", State: api.PaymentMethodState(m.State),
		Brand: m.Brand, Last4: m.Last4, ExpMonth: int32(m.ExpMonth), ExpYear: int32(m.ExpYear), //nolint:gosec // months and years
		CreateTime: m.CreateTime, UpdateTime: m.UpdateTime, Etag: etag(m.UpdateTime),
	}
	if m.State == MethodPending {
		r.NextAction = api.NextAction{Type: "REDIRECT", RedirectURI: m.RedirectURI, ExpireTime: m.ExpireTime}
	}
	return r
}

func etag(updated time.Time) string { return strconv.FormatInt(updated.UnixMicro(), 36) }

// Resource returns the invoice as the API shows it, with payments and refunds inside.
func (s *Statement) Resource() api.Invoice {
	i := s.Invoice
	r := api.Invoice{
		Name: "users/" + i.UserID + "/invoices/" + i.ID, Number: number(i), State: api.InvoiceState(i.State),
		Subscription: "users/" + i.UserID + "/subscriptions/" + i.SubscriptionID, Course: "courses/" + i.CourseID,
		Description: i.Description, Amount: api.MoneyOf(i.Amount), PeriodStartTime: i.PeriodStart, PeriodEndTime: i.PeriodEnd,
		LocalDate: localDate(i), TimeZone: i.TimeZone, CreateTime: i.CreateTime, UpdateTime: i.UpdateTime, Etag: etag(i.UpdateTime),
	}
	refunded := map[string]bool{}
	for _, refund := range s.Refunds {
		if refund.State == RefundNotNeeded {
			continue
		}
		refunded[refund.PaymentID] = refund.State == RefundSucceeded
		r.Refunds = append(r.Refunds, api.Refund{
			State: api.RefundState(refund.State), Amount: api.MoneyOf(refund.Amount), Reason: refund.Reason,
			CreateTime: refund.CreateTime, SettleTime: refund.SettleTime,
		})
	}
	for _, p := range s.Payments {
		r.Payments = append(r.Payments, api.Payment{
			State: shownState(p, refunded[p.ID]), Amount: api.MoneyOf(p.Amount), Brand: p.Brand, Last4: p.Last4,
			DeclineReason: api.ErrorReason(p.Reason), CreateTime: p.CreateTime, SettleTime: p.SettleTime,
		})
	}
	return r
}

func shownState(p Payment, refunded bool) api.PaymentState {
	switch {
	case refunded:
		return "RETURNED"
	case p.State == PaymentSucceeded:
		return "SUCCEEDED"
	case p.State.Final():
		return "DECLINED"
	default:
		return "PENDING"
	}
}

// numberDigits of an id tell a billion invoices apart.
const numberDigits = 16

// number is what people call an invoice by: country, year and a part of its id.
func number(i Invoice) string {
	_, unique, _ := strings.Cut(i.ID, "-")
	unique = strings.ToUpper(strings.ReplaceAll(unique, "-", ""))
	return fmt.Sprintf("%s-%s-%s", strings.ToUpper(i.Country), localDate(i)[:4], unique[:min(numberDigits, len(unique))])
}

// localDate is the day of issue where the learner lives.
func localDate(i Invoice) string {
	zone, err := period.LoadZone(i.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return i.CreateTime.In(zone).Format(time.DateOnly)
}
