package stripe

import (
	"context"
	"errors"
	"time"

	stripego "github.com/stripe/stripe-go/v85"
	"golang.org/x/text/language"

	"github.com/kwipper/kwipper/shared/payment"
)

// CreateCustomer makes a customer without personal data.
func (g *Gateway) CreateCustomer(ctx context.Context, r payment.CustomerRequest) (payment.Customer, error) {
	params := &stripego.CustomerCreateParams{
		Metadata: map[string]string{MetadataUserID: r.UserID, MetadataCountry: r.Country},
	}
	params.SetIdempotencyKey(r.Key)
	cus, err := g.client.V1Customers.Create(ctx, params)
	if err != nil {
		return payment.Customer{}, failure("create customer", err)
	}
	return payment.Customer{ID: cus.ID, UserID: cus.Metadata[MetadataUserID]}, nil
}

// StartSetup opens a Checkout session that saves a card for later charges.
func (g *Gateway) StartSetup(ctx context.Context, r payment.SetupRequest) (payment.Setup, error) {
	metadata := map[string]string{MetadataPaymentMethodRef: r.PaymentMethodRef}
	params := &stripego.CheckoutSessionCreateParams{
		Mode:               stripego.String(string(stripego.CheckoutSessionModeSetup)),
		Customer:           stripego.String(r.CustomerID),
		PaymentMethodTypes: stripego.StringSlice([]string{"card"}),
		SuccessURL:         stripego.String(r.ReturnURI),
		CancelURL:          stripego.String(r.ReturnURI),
		Locale:             stripego.String(checkoutLocale(r.Locale)),
		Metadata:           metadata,
		SetupIntentData:    &stripego.CheckoutSessionCreateSetupIntentDataParams{Metadata: metadata},
	}
	params.SetIdempotencyKey(r.Key)
	session, err := g.client.V1CheckoutSessions.Create(ctx, params)
	if err != nil {
		return payment.Setup{}, failure("create checkout session", err)
	}
	return setupOf(session), nil
}

// GetSetup retrieves a Checkout session and the card it saved.
func (g *Gateway) GetSetup(ctx context.Context, id string) (payment.Setup, error) {
	params := &stripego.CheckoutSessionRetrieveParams{}
	params.AddExpand("setup_intent.payment_method")
	session, err := g.client.V1CheckoutSessions.Retrieve(ctx, id, params)
	if err != nil {
		return payment.Setup{}, failure("retrieve checkout session", err)
	}
	return setupOf(session), nil
}

// DetachPaymentMethod takes a card from its customer, for good.
func (g *Gateway) DetachPaymentMethod(ctx context.Context, id string) error {
	_, err := g.client.V1PaymentMethods.Detach(ctx, id, nil)
	if err == nil {
		return nil
	}
	var se *stripego.Error
	if !errors.As(err, &se) || undecided(se) || se.Type != stripego.ErrorTypeInvalidRequest {
		return failure("detach payment method", err)
	}
	// Stripe refuses to detach twice; whether this was why, the method itself says.
	pm, getErr := g.client.V1PaymentMethods.Retrieve(ctx, id, nil)
	if getErr != nil {
		return failure("retrieve payment method", getErr)
	}
	if pm.Customer == nil {
		return nil
	}
	return failure("detach payment method", err)
}

// checkoutLocales are those of Stripe's pages that we use; the first is "auto".
var (
	checkoutLocales = []string{"auto", "en", "id", "ja", "es-419", "fil"}
	localeMatcher   = language.NewMatcher([]language.Tag{
		language.Und, language.English, language.Indonesian, language.Japanese, language.LatinAmericanSpanish, language.Filipino,
	})
)

func checkoutLocale(tag string) string {
	wanted, err := language.Parse(tag)
	if err != nil {
		return checkoutLocales[0]
	}
	_, i, confidence := localeMatcher.Match(wanted)
	if confidence == language.No {
		return checkoutLocales[0]
	}
	return checkoutLocales[i]
}

var setupStates = map[stripego.CheckoutSessionStatus]payment.SetupState{
	stripego.CheckoutSessionStatusOpen:     payment.SetupOpen,
	stripego.CheckoutSessionStatusComplete: payment.SetupComplete,
	stripego.CheckoutSessionStatusExpired:  payment.SetupExpired,
}

func setupOf(session *stripego.CheckoutSession) payment.Setup {
	setup := payment.Setup{
		ID:               session.ID,
		State:            stateOf(setupStates, session.Status, payment.SetupOpen),
		RedirectURI:      session.URL,
		ExpireTime:       time.Unix(session.ExpiresAt, 0).UTC(),
		PaymentMethodRef: session.Metadata[MetadataPaymentMethodRef],
	}
	if session.Customer != nil {
		setup.CustomerID = session.Customer.ID
	}
	if setup.State != payment.SetupComplete || session.SetupIntent == nil {
		return setup
	}
	pm := session.SetupIntent.PaymentMethod
	if pm != nil && pm.Card != nil {
		setup.PaymentMethod = &payment.PaymentMethod{
			ID: pm.ID, Brand: string(pm.Card.Brand), Last4: pm.Card.Last4,
			ExpMonth: int(pm.Card.ExpMonth), ExpYear: int(pm.Card.ExpYear),
		}
	}
	return setup
}
