package billing

import (
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/payment"
)

// Records are what is known when a payment begins, nil where there is nothing.
type Records struct {
	Method  *Method
	Invoice *Invoice
	Latest  *Payment // the one that the invoice names
}

// BeginPayment decides whether a payment may be tried. One that cannot charge its method
// is recorded as declined, so that the invoice of a renewal can be paid another way.
func BeginPayment(p Payment, i Invoice, known Records, now time.Time) (Account, error) {
	if known.Invoice != nil {
		if err := payable(p, *known.Invoice, known.Latest); err != nil {
			return Account{}, err
		}
		i = *known.Invoice
		i.PaymentID, i.UpdateTime, p.Amount = p.ID, now, i.Amount
	}
	i.Attempts++
	a := Account{Payment: p, Invoice: i}
	m := known.Method
	switch {
	case m == nil || m.UserID != p.UserID || m.State != MethodActive:
		a.Decline(codeMethodMissing, payment.ReasonMethodUnusable, now)
	case !payment.Chargeable(p.Amount):
		a.Decline("", ReasonFailed, now)
	default:
		a.Payment.CustomerID, a.Payment.GatewayMethod, a.Payment.Brand, a.Payment.Last4 = m.CustomerID, m.GatewayID, m.Brand, m.Last4
	}
	return a, nil
}

// payable refuses to pay an invoice a second time, or while another payment of it may
// still charge.
func payable(p Payment, i Invoice, latest *Payment) error {
	switch {
	case i.State != InvoiceOpen || i.UserID != p.UserID:
		return fault.New(fault.FailedPrecondition, "INVOICE_NOT_OPEN", "invoice %s is %s", i.ID, i.State)
	case latest == nil:
		return nil
	case latest.ID == p.ID:
		return fault.New(fault.FailedPrecondition, ReasonFailed, "payment %s is %s", p.ID, latest.State)
	case !latest.State.Final():
		return fault.New(fault.Conflict, "SUBSCRIPTION_BUSY", "payment %s of invoice %s is under way", latest.ID, i.ID)
	default:
		return nil
	}
}

// BeginRefund decides whether a payment is to be returned. The compensation of a payment
// that somebody else returns already is answered when it has come back; a refund that was
// asked for is refused then.
func BeginRefund(a Account, r Refund) (Account, error) {
	returned := a.Refund
	switch {
	case returned != nil && !r.Compensation:
		return Account{}, fault.New(fault.FailedPrecondition, "ALREADY_REFUNDED", "payment %s has refund %s", r.PaymentID, returned.ID)
	case returned != nil && !returned.Final():
		return Account{}, fault.New(fault.Conflict, "SUBSCRIPTION_BUSY", "refund %s of payment %s is under way", returned.ID, r.PaymentID)
	case returned != nil:
		a.answer(r, returned.returned())
		return a, nil
	case !r.Compensation && a.Payment.State != PaymentSucceeded:
		return Account{}, fault.New(fault.FailedPrecondition, "REFUND_NOT_ALLOWED", "payment %s is %s", r.PaymentID, a.Payment.State)
	}
	p := a.Payment
	r.Amount, r.UserID, r.InvoiceID, r.Country = p.Amount, p.UserID, p.InvoiceID, p.Country
	a.Refund = &r
	return a, nil
}

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

func newRefund(cmd message.Command, now time.Time) (Refund, error) {
	r := Refund{
		Country: cmd.Country, Saga: cmd.Saga, Step: cmd.Step, Compensation: cmd.Compensation, State: RefundPending, CreateTime: now,
	}
	if cmd.Compensation {
		v, err := decodePayment(cmd)
		if err != nil {
			return Refund{}, err
		}
		r.ID, r.PaymentID = message.RefundID(cmd.Saga), v.PaymentID
		if cmd.Failure != nil {
			r.Reason = cmd.Failure.Reason
		}
		return r, nil
	}
	var v message.RefundPayment
	if err := cmd.Decode(&v); err != nil {
		return Refund{}, malformed("%w", err)
	}
	if v.PaymentID == "" || v.RefundID == "" {
		return Refund{}, malformed("paymentId or refundId is missing")
	}
	r.ID, r.PaymentID, r.Reason = v.RefundID, v.PaymentID, v.Reason
	return r, nil
}

// decodePayment reads the body that DoPayment and its compensation carry.
func decodePayment(cmd message.Command) (message.DoPayment, error) {
	var v message.DoPayment
	if err := cmd.Decode(&v); err != nil {
		return v, malformed("%w", err)
	}
	if v.PaymentID == "" || v.InvoiceID == "" || v.UserID == "" || v.SubscriptionID == "" || v.Country == "" {
		return v, malformed("paymentId, invoiceId, userId, subscriptionId or country is missing")
	}
	return v, nil
}

func malformed(format string, args ...any) error {
	return fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", format, args...)
}
