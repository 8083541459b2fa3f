package billing

import (
	"context"
	"fmt"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/payment"
	"github.com/kwipper/kwipper/shared/saga"
)

// Statement is an invoice with the payments tried and the refunds made for it.
type Statement struct {
	Invoice  Invoice
	Payments []Payment
	Refunds  []Refund
}

// InvoiceStore reads invoices.
type InvoiceStore interface {
	// Statement reads an invoice; NotFound when there is none.
	Statement(ctx context.Context, invoiceID string) (Statement, error)
	// Statements lists a learner's invoices, newest first.
	Statements(ctx context.Context, userID string, page Page) ([]Statement, error)
	// Unsettled reports whether a payment for the subscription is under way.
	Unsettled(ctx context.Context, subscriptionID string) (bool, error)
	// Method reads a payment method; NotFound when there is none.
	Method(ctx context.Context, id string) (Method, error)
}

// Sagas starts sagas and reads them.
type Sagas interface {
	Get(ctx context.Context, id string) (saga.Saga, error)
	Start(ctx context.Context, key idempotency.Key, n saga.New) (begun saga.Saga, replayed bool, err error)
}

// Cashier shows invoices and starts the sagas that pay or refund one.
type Cashier struct {
	Store InvoiceStore
	Sagas Sagas
	Clock clock.Clock
}

// Invoice returns an invoice of a learner.
func (c *Cashier) Invoice(ctx context.Context, userID, invoiceID string) (Statement, error) {
	s, err := c.Store.Statement(ctx, invoiceID)
	if fault.Is(err, fault.NotFound) || err == nil && s.Invoice.UserID != userID {
		return Statement{}, fault.New(fault.PermissionDenied, "PERMISSION_DENIED", "invoice %s is not the learner's", invoiceID)
	}
	return s, err
}

// Invoices returns a page of a learner's invoices, newest first.
func (c *Cashier) Invoices(ctx context.Context, userID string, page Page) ([]Statement, error) {
	return c.Store.Statements(ctx, userID, page)
}

// PayRequest asks to pay an open invoice by hand.
type PayRequest struct {
	UserID          string
	InvoiceID       string
	PaymentMethodID string
	ReturnURI       string
	Language        string
}

// Pay starts the saga that pays an invoice whose renewal was declined.
func (c *Cashier) Pay(ctx context.Context, key idempotency.Key, r PayRequest) (saga.Saga, error) {
	s, err := c.Invoice(ctx, r.UserID, r.InvoiceID)
	if err != nil {
		return saga.Saga{}, err
	}
	i := s.Invoice
	input := enrollment.RenewInput{
		SubscriptionID: i.SubscriptionID, Period: i.Period, PaymentMethodID: r.PaymentMethodID, ReturnURI: r.ReturnURI,
	}
	return c.start(ctx, key, i, saga.New{Definition: enrollment.Renew, Language: r.Language, Input: input}, func() error {
		if i.State != InvoiceOpen || i.Period == 0 {
			return fault.New(fault.FailedPrecondition, "INVOICE_NOT_OPEN", "invoice %s is %s", i.ID, i.State)
		}
		return c.usable(ctx, r)
	})
}

// usable refuses a payment method that is not the learner's or cannot be charged.
func (c *Cashier) usable(ctx context.Context, r PayRequest) error {
	m, err := c.Store.Method(ctx, r.PaymentMethodID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || m.UserID != r.UserID || m.State != MethodActive {
		return fault.New(fault.FailedPrecondition, payment.ReasonMethodUnusable, "payment method %s is not one of the learner's that can be charged", r.PaymentMethodID)
	}
	return nil
}

// RefundRequest asks to return what an invoice was paid with.
type RefundRequest struct {
	UserID          string
	InvoiceID       string
	Reason          string
	Language        string
	ByAdministrator bool
}

// Refund starts the saga that ends the subscription and returns the payment.
func (c *Cashier) Refund(ctx context.Context, key idempotency.Key, r RefundRequest) (saga.Saga, error) {
	s, err := c.Invoice(ctx, r.UserID, r.InvoiceID)
	if err != nil {
		return saga.Saga{}, err
	}
	i := s.Invoice
	input := enrollment.RefundInput{
		SubscriptionID: i.SubscriptionID, UserID: i.UserID, CourseID: i.CourseID, Country: i.Country,
		InvoiceID: i.ID, PaymentID: i.PaymentID, Reason: r.Reason,
	}
	return c.start(ctx, key, i, saga.New{Definition: enrollment.Refund, Language: r.Language, Input: input}, func() error {
		if err := Refundable(i, r.ByAdministrator, c.Clock.Now()); err != nil {
			return err
		}
		return c.settled(ctx, i.SubscriptionID)
	})
}

// settled refuses to meddle with a payment that is under way.
func (c *Cashier) settled(ctx context.Context, subscriptionID string) error {
	busy, err := c.Store.Unsettled(ctx, subscriptionID)
	if err == nil && busy {
		err = fault.New(fault.Conflict, "SUBSCRIPTION_BUSY", "a payment for subscription %s is under way", subscriptionID)
	}
	return err
}

// start starts a saga about an invoice once check allows it. A repetition is not checked
// again: its operation is answered, whatever became of the invoice since.
func (c *Cashier) start(ctx context.Context, key idempotency.Key, i Invoice, n saga.New, check func() error) (saga.Saga, error) {
	n.ID, n.Owner, n.Country = key.NewID(i.Country), i.UserID, i.Country
	n.Subscription = "users/" + i.UserID + "/subscriptions/" + i.SubscriptionID
	n.Course, n.Invoice = "courses/"+i.CourseID, "users/"+i.UserID+"/invoices/"+i.ID
	_, err := c.Sagas.Get(ctx, n.ID)
	if fault.Is(err, fault.NotFound) {
		err = check()
	}
	if err != nil {
		return saga.Saga{}, err
	}
	begun, _, err := c.Sagas.Start(ctx, key, n)
	if err != nil {
		return saga.Saga{}, fmt.Errorf("start the %s saga of invoice %s: %w", n.Definition, i.ID, err)
	}
	return begun, nil
}
