package billing

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/payment"
)

// MethodState says where a payment method stands.
type MethodState string

// The states of a payment method.
const (
	MethodPending MethodState = "PENDING" // the learner enters the card on the gateway's page
	MethodActive  MethodState = "ACTIVE"
	MethodFailed  MethodState = "FAILED" // the page lapsed
	MethodRemoved MethodState = "REMOVED"
)

// Method is a learner's saved card, without its number.
type Method struct {
	ID          string
	UserID      string
	Country     string
	State       MethodState
	CustomerID  string // the gateway's
	SetupID     string // the gateway's
	GatewayID   string // the gateway's, once active
	RedirectURI string // while pending
	ExpireTime  time.Time
	Brand       string
	Last4       string
	ExpMonth    int
	ExpYear     int
	CreateTime  time.Time
	UpdateTime  time.Time
}

// Record takes over what the gateway shows of the entry of the card.
func (m *Method) Record(s payment.Setup, now time.Time) {
	if m.State == MethodRemoved && m.GatewayID == "" && s.PaymentMethod != nil {
		m.GatewayID, m.UpdateTime = s.PaymentMethod.ID, now // to be detached
	}
	if m.State != MethodPending {
		return
	}
	switch {
	case s.State == payment.SetupComplete && s.PaymentMethod != nil:
		m.State, m.UpdateTime, m.RedirectURI = MethodActive, now, ""
		m.GatewayID, m.Brand, m.Last4 = s.PaymentMethod.ID, s.PaymentMethod.Brand, s.PaymentMethod.Last4
		m.ExpMonth, m.ExpYear = s.PaymentMethod.ExpMonth, s.PaymentMethod.ExpYear
	case s.State == payment.SetupExpired:
		m.State, m.UpdateTime, m.RedirectURI = MethodFailed, now, ""
	}
}

// MethodStore keeps payment methods and the gateway's customers.
type MethodStore interface {
	// CreateMethod stores what make returns, once a key. make calls outside: it runs under
	// a lease, not in a transaction, and must be repeatable.
	CreateMethod(ctx context.Context, key idempotency.Key, make func(context.Context) (Method, error)) (Method, error)
	// Customer returns the gateway's id of a learner, empty when there is none yet.
	Customer(ctx context.Context, userID string) (string, error)
	// Method reads a payment method; NotFound when there is none.
	Method(ctx context.Context, id string) (Method, error)
	ChangeMethod(ctx context.Context, id string, change func(*Method)) (Method, error)
	// Methods lists a learner's payment methods that are not removed, newest first.
	Methods(ctx context.Context, userID string, page Page) ([]Method, error)
}

// Page is a part of a list: at most Limit, those created before Before or, created then,
// with a larger id than AfterID. Zero Before: from the newest.
type Page struct {
	Limit   int
	Before  time.Time
	AfterID string
}

// MethodGateway is the part of a gateway that saves cards.
type MethodGateway interface {
	payment.Customers
	payment.Setups
	payment.Methods
}

// Wallet is a learner's payment methods.
type Wallet struct {
	Store   MethodStore
	Gateway MethodGateway
	Clock   clock.Clock
}

// Learner is who saves a payment method.
type Learner struct {
	UserID   string
	Country  string // lower case
	Language string // BCP 47
}

// Create opens the gateway's page for the entry of a card and returns the pending method.
func (w *Wallet) Create(ctx context.Context, key idempotency.Key, l Learner, returnURI string) (Method, error) {
	id := key.NewID(l.Country)
	try := uuid.NewString() // a gateway replays the errors it has stored under a key
	created, err := w.Store.CreateMethod(ctx, key, func(ctx context.Context) (Method, error) {
		customer, err := w.customer(ctx, l, try)
		if err != nil {
			return Method{}, err
		}
		setup, err := w.Gateway.StartSetup(ctx, payment.SetupRequest{
			Key: "setup:" + try, CustomerID: customer, PaymentMethodRef: id, ReturnURI: returnURI, Locale: l.Language,
		})
		if err != nil {
			return Method{}, unavailable(ctx, "open the page for a card", err)
		}
		now := w.Clock.Now()
		return Method{
			ID: id, UserID: l.UserID, Country: l.Country, State: MethodPending, CustomerID: customer, SetupID: setup.ID,
			RedirectURI: setup.RedirectURI, ExpireTime: setup.ExpireTime, CreateTime: now, UpdateTime: now,
		}, nil
	})
	if err != nil {
		return Method{}, fmt.Errorf("create payment method: %w", err)
	}
	return created, nil
}

// customer returns the gateway's customer of a learner, made with the first card. Two made at
// once do no harm: each method keeps the one that it was saved for.
func (w *Wallet) customer(ctx context.Context, l Learner, try string) (string, error) {
	id, err := w.Store.Customer(ctx, l.UserID)
	if err != nil || id != "" {
		return id, err
	}
	c, err := w.Gateway.CreateCustomer(ctx, payment.CustomerRequest{
		Key: "customer:" + try, UserID: l.UserID, Country: strings.ToUpper(l.Country),
	})
	if err != nil {
		return "", unavailable(ctx, "make a customer at the gateway", err)
	}
	return c.ID, nil
}

// unavailable gives a failure at the gateway the meaning it has for who asked: try again.
// What the gateway said is for us.
func unavailable(ctx context.Context, doing string, err error) error {
	slog.WarnContext(ctx, "payment gateway: "+doing, "error", err)
	return fault.New(fault.Unavailable, "UNAVAILABLE", "the payment gateway is briefly unavailable; try again")
}

// Get returns a learner's payment method. A pending one is looked up at the gateway, in
// case its event is late; when that fails, it is pending.
func (w *Wallet) Get(ctx context.Context, userID, id string) (Method, error) {
	m, err := w.own(ctx, userID, id)
	if err != nil || m.State != MethodPending {
		return m, err
	}
	if refreshed, err := w.refresh(ctx, m); err == nil {
		return refreshed, nil
	}
	return m, nil
}

// own reads a method; somebody else's is refused like one that does not exist.
func (w *Wallet) own(ctx context.Context, userID, id string) (Method, error) {
	m, err := w.Store.Method(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && m.UserID != userID {
		return Method{}, fault.New(fault.PermissionDenied, "PERMISSION_DENIED", "payment method %s is not the caller's", id)
	}
	return m, err
}

// Refresh takes over the gateway's state of a pending method, for an event about it. The
// card of one that was removed meanwhile is detached.
func (w *Wallet) Refresh(ctx context.Context, id string) error {
	m, err := w.Store.Method(ctx, id)
	if err != nil {
		return err
	}
	m, err = w.refresh(ctx, m)
	if err != nil || m.State != MethodRemoved || m.GatewayID == "" {
		return err
	}
	return w.detach(ctx, m)
}

func (w *Wallet) refresh(ctx context.Context, m Method) (Method, error) {
	setup, err := w.Gateway.GetSetup(ctx, m.SetupID)
	if err != nil {
		return Method{}, unavailable(ctx, "look up the entry of payment method "+m.ID, err)
	}
	if setup.State == payment.SetupOpen {
		return m, nil
	}
	return w.Store.ChangeMethod(ctx, m.ID, func(m *Method) { m.Record(setup, w.Clock.Now()) })
}

// List returns a page of a learner's payment methods, newest first.
func (w *Wallet) List(ctx context.Context, userID string, page Page) ([]Method, error) {
	return w.Store.Methods(ctx, userID, page)
}

// Remove makes a payment method unusable, here first and then at the gateway. Repeating it
// is no error.
func (w *Wallet) Remove(ctx context.Context, userID, id string) error {
	if _, err := w.own(ctx, userID, id); err != nil {
		return err
	}
	m, err := w.Store.ChangeMethod(ctx, id, func(m *Method) {
		if m.State != MethodRemoved {
			m.State, m.RedirectURI, m.UpdateTime = MethodRemoved, "", w.Clock.Now()
		}
	})
	if err != nil || m.GatewayID == "" {
		return err
	}
	return w.detach(ctx, m)
}

func (w *Wallet) detach(ctx context.Context, m Method) error {
	if err := w.Gateway.DetachPaymentMethod(ctx, m.GatewayID); err != nil {
		return unavailable(ctx, "detach payment method "+m.ID, err)
	}
	return nil
}
