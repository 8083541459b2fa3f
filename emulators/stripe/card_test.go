package stripe_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/emulators/stripe"
)

func TestCardsThatWork(t *testing.T) {
	b := start(t, stripe.Options{})
	for method, brand := range map[string]string{
		"pm_card_visa": "visa", "pm_card_mastercard": "mastercard", "pm_card_jcb": "jcb", "pm_card_amex": "amex",
		"pm_card_jp": "visa", "pm_card_mx": "visa", "pm_card_visa_debit": "visa", "pm_card_threeDSecureOptional": "visa",
	} {
		pi := b.paid(t, method)
		assert.EqualValues(t, 980, pi.AmountReceived)
		params := &stripego.PaymentIntentRetrieveParams{}
		params.AddExpand("latest_charge.payment_method_details")
		params.AddExpand("payment_method")
		params.AddExpand("customer")
		got, err := b.client.V1PaymentIntents.Retrieve(t.Context(), pi.ID, params)
		require.NoError(t, err)
		assert.Equal(t, brand, string(got.LatestCharge.PaymentMethodDetails.Card.Brand), method)
		assert.Equal(t, brand, string(got.PaymentMethod.Card.Brand))
		assert.True(t, got.LatestCharge.Paid)
		assert.Equal(t, "jp-1", got.Customer.Metadata["kwipper_user_id"])
		assert.Equal(t, "p-"+method, got.LatestCharge.Metadata["kwipper_payment_id"])
	}
}

func TestCardsThatAreDeclined(t *testing.T) {
	b := start(t, stripe.Options{})
	for method, want := range map[string]struct{ code, decline string }{
		"pm_card_chargeDeclined":                                        {"card_declined", "generic_decline"},
		"pm_card_visa_chargeDeclined":                                   {"card_declined", "generic_decline"},
		"pm_card_chargeDeclinedInsufficientFunds":                       {"card_declined", "insufficient_funds"},
		"pm_card_visa_chargeDeclinedInsufficientFunds":                  {"card_declined", "insufficient_funds"},
		"pm_card_visa_chargeDeclinedLostCard":                           {"card_declined", "lost_card"},
		"pm_card_visa_chargeDeclinedStolenCard":                         {"card_declined", "stolen_card"},
		"pm_card_chargeDeclinedExpiredCard":                             {"expired_card", ""},
		"pm_card_chargeDeclinedIncorrectCvc":                            {"incorrect_cvc", ""},
		"pm_card_chargeDeclinedProcessingError":                         {"processing_error", ""},
		"pm_card_visa_chargeDeclinedVelocityLimitExceeded":              {"card_declined", "card_velocity_exceeded"},
		"pm_card_radarBlock":                                            {"card_declined", "fraudulent"},
		"pm_card_chargeCustomerFail":                                    {"card_declined", "generic_decline"},
		"pm_card_authenticationRequired":                                {"authentication_required", "authentication_required"},
		"pm_card_authenticationRequiredOnSetup":                         {"authentication_required", "authentication_required"},
		"pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": {"authentication_required", "authentication_required"},
	} {
		t.Run(method, func(t *testing.T) {
			customer := b.customer(t)
			intent := b.intent(t, customer, method)
			_, err := b.confirm(intent.ID, true)
			se := stripeError(t, err)
			assert.Equal(t, 402, se.HTTPStatusCode)
			assert.Equal(t, stripego.ErrorTypeCard, se.Type)
			assert.Equal(t, want.code, string(se.Code))
			assert.Equal(t, want.decline, string(se.DeclineCode))
			require.NotNil(t, se.PaymentIntent)
			assert.Equal(t, stripego.PaymentIntentStatusRequiresPaymentMethod, se.PaymentIntent.Status)

			got, err := b.client.V1PaymentIntents.Retrieve(t.Context(), intent.ID, nil)
			require.NoError(t, err)
			assert.Equal(t, want.code, string(got.LastPaymentError.Code))
			assert.NotNil(t, got.LastPaymentError.PaymentMethod)
			ch, err := b.client.V1Charges.Retrieve(t.Context(), se.ChargeID, nil)
			require.NoError(t, err)
			assert.Equal(t, stripego.ChargeStatusFailed, ch.Status)
			assert.Equal(t, want.code, ch.FailureCode)
		})
	}
	for currency, sum := range b.Totals().Sums {
		assert.Zero(t, sum.ChargedMinor, currency)
	}
}

func TestAttach(t *testing.T) {
	b := start(t, stripe.Options{})
	customer := b.customer(t)
	for method, refused := range map[string]bool{
		"pm_card_visa": false, "pm_card_chargeCustomerFail": false, "pm_card_authenticationRequired": false,
		"pm_card_chargeDeclined": true, "pm_card_chargeDeclinedExpiredCard": true,
	} {
		pm, err := b.client.V1PaymentMethods.Attach(t.Context(), method, &stripego.PaymentMethodAttachParams{Customer: &customer})
		if refused {
			assert.Equal(t, stripego.ErrorTypeCard, stripeError(t, err).Type, method)
			continue
		}
		require.NoError(t, err, method)
		assert.NotEqual(t, method, pm.ID)
		assert.Equal(t, customer, pm.Customer.ID)
	}
	listed := b.client.V1PaymentMethods.List(t.Context(), &stripego.PaymentMethodListParams{Customer: &customer, Type: stripego.String("card")})
	assert.Len(t, listed.Data(), 3)

	mine := listed.Data()[0].ID
	_, err := b.client.V1PaymentIntents.Create(t.Context(), &stripego.PaymentIntentCreateParams{
		Amount: stripego.Int64(980), Currency: stripego.String("jpy"), Customer: stripego.String(b.customer(t)), PaymentMethod: &mine,
	})
	assert.Equal(t, "payment_method", stripeError(t, err).Param, "another customer's method")

	_, err = b.client.V1PaymentMethods.Detach(t.Context(), mine, nil)
	require.NoError(t, err)
	_, err = b.client.V1PaymentMethods.Attach(t.Context(), mine, &stripego.PaymentMethodAttachParams{Customer: &customer})
	assert.Error(t, err, "detached for good")
}

// saved is a method set up through a setup intent, authenticated where the card asks.
func (b bench) saved(t *testing.T, customer, method string) string {
	t.Helper()
	si, err := b.client.V1SetupIntents.Create(t.Context(), &stripego.SetupIntentCreateParams{
		Customer: &customer, PaymentMethod: &method, Confirm: stripego.Bool(true),
		ReturnURL: stripego.String("https://app.example/back"),
	})
	require.NoError(t, err)
	if si.Status == stripego.SetupIntentStatusRequiresAction {
		response, _ := b.form(t, si.NextAction.RedirectToURL.URL, url.Values{"outcome": {"succeed"}})
		assert.Contains(t, response.Header.Get("Location"), "redirect_status=succeeded")
		si, err = b.client.V1SetupIntents.Retrieve(t.Context(), si.ID, nil)
		require.NoError(t, err)
	}
	require.Equal(t, stripego.SetupIntentStatusSucceeded, si.Status)
	return si.PaymentMethod.ID
}

func TestAuthenticationRules(t *testing.T) {
	const ok, ask, refused = "succeeded", "requires_action", "refused"
	b := start(t, stripe.Options{})
	for method, want := range map[string]struct{ onSession, offSession string }{
		"pm_card_visa":                                                  {ok, ok},
		"pm_card_authenticationRequiredOnSetup":                         {ask, ok},
		"pm_card_authenticationRequired":                                {ask, refused},
		"pm_card_authenticationRequiredSetupForOffSession":              {ask, ok},
		"pm_card_threeDSecure2Required":                                 {ask, ok},
		"pm_card_threeDSecureRequired":                                  {ask, ok},
		"pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": {ask, refused},
	} {
		t.Run(method, func(t *testing.T) {
			customer := b.customer(t)
			saved := b.saved(t, customer, method)
			for offSession, outcome := range map[bool]string{false: want.onSession, true: want.offSession} {
				pi, err := b.confirm(b.intent(t, customer, saved).ID, offSession)
				if outcome == refused {
					assert.Equal(t, 402, stripeError(t, err).HTTPStatusCode)
					continue
				}
				require.NoError(t, err)
				assert.Equal(t, outcome, string(pi.Status), "off session %v", offSession)
			}
		})
	}
}

func TestSetupOfRefusedCard(t *testing.T) {
	b := start(t, stripe.Options{})
	customer := b.customer(t)
	_, err := b.client.V1SetupIntents.Create(t.Context(), &stripego.SetupIntentCreateParams{
		Customer: &customer, PaymentMethod: stripego.String("pm_card_chargeDeclinedInsufficientFunds"), Confirm: stripego.Bool(true),
	})
	se := stripeError(t, err)
	assert.Equal(t, stripego.DeclineCodeInsufficientFunds, se.DeclineCode)
	require.NotNil(t, se.SetupIntent)
	assert.Equal(t, stripego.SetupIntentStatusRequiresPaymentMethod, se.SetupIntent.Status)

	canceled, err := b.client.V1SetupIntents.Cancel(t.Context(), se.SetupIntent.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripego.SetupIntentStatusCanceled, canceled.Status)
	_, err = b.client.V1SetupIntents.Cancel(t.Context(), canceled.ID, nil)
	assert.Equal(t, stripego.ErrorCodeSetupIntentUnexpectedState, stripeError(t, err).Code)
}

func TestCardNumbers(t *testing.T) {
	b := start(t, stripe.Options{})
	create := func(number string, month, year int64) error {
		_, err := b.client.V1PaymentMethods.Create(t.Context(), &stripego.PaymentMethodCreateParams{
			Type: stripego.String("card"),
			Card: &stripego.PaymentMethodCreateCardParams{
				Number: &number, ExpMonth: &month, ExpYear: &year, CVC: stripego.String("123"),
			},
		})
		return err
	}
	require.NoError(t, create("4242424242424242", 12, 2040))
	for name, c := range map[string]struct {
		number      string
		month, year int64
		code        string
	}{
		"wrong digits": {"4242424242424241", 12, 2040, "incorrect_number"},
		"short":        {"4242", 12, 2040, "incorrect_number"},
		"letters":      {strings.Repeat("x", 16), 12, 2040, "incorrect_number"},
		"month":        {"4242424242424242", 13, 2040, "invalid_expiry_month"},
		"past":         {"4242424242424242", 12, 2020, "invalid_expiry_year"},
		"no test card": {"4111111111111111", 12, 2040, "card_declined"},
	} {
		err := create(c.number, c.month, c.year)
		assert.Equal(t, c.code, string(stripeError(t, err).Code), name)
	}
}

func TestDispute(t *testing.T) {
	b := start(t, stripe.Options{})
	pi := b.paid(t, "pm_card_createDispute")
	found := b.client.V1Disputes.List(t.Context(), &stripego.DisputeListParams{PaymentIntent: &pi.ID}).Data()
	require.Len(t, found, 1)
	assert.EqualValues(t, "fraudulent", found[0].Reason)
	_, err := b.client.V1Refunds.Create(t.Context(), &stripego.RefundCreateParams{PaymentIntent: &pi.ID})
	assert.Equal(t, stripego.ErrorCodeChargeDisputed, stripeError(t, err).Code)
}
