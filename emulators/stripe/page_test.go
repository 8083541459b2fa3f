package stripe_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/emulators/stripe"
)

func entry(number string) url.Values {
	return url.Values{"number": {number}, "exp_month": {"12"}, "exp_year": {"40"}, "cvc": {"123"}}
}

func (b bench) setupSession(t *testing.T, customer, locale string) *stripego.CheckoutSession {
	t.Helper()
	se, err := b.client.V1CheckoutSessions.Create(context.Background(), &stripego.CheckoutSessionCreateParams{
		Mode: stripego.String("setup"), Customer: &customer, PaymentMethodTypes: stripego.StringSlice([]string{"card"}),
		SuccessURL: stripego.String("https://app.example/ok?session={CHECKOUT_SESSION_ID}"),
		CancelURL:  stripego.String("https://app.example/no?a=1&b=<x>"), Locale: &locale,
		Metadata: map[string]string{"ref": "m"},
	})
	require.NoError(t, err)
	return se
}

func TestCardPageSavesACard(t *testing.T) {
	b := start(t, stripe.Options{})
	customer := b.customer(t)
	se := b.setupSession(t, customer, "en")
	response, html := b.raw(t, http.MethodGet, strings.TrimPrefix(se.URL, b.URL()), "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Contains(t, html, `<label for="number">Card number</label>`)
	assert.Contains(t, html, "https://app.example/no?a=1&amp;b=%3cx%3e")
	assert.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'")

	response, html = b.form(t, se.URL, entry("4000000000009995"))
	assert.Equal(t, http.StatusPaymentRequired, response.StatusCode)
	assert.Contains(t, html, "insufficient funds")
	response, html = b.form(t, se.URL, entry("1234"))
	assert.Equal(t, http.StatusPaymentRequired, response.StatusCode)
	assert.Contains(t, html, "check the card details")

	for range 2 { // sent twice, saved once
		response, _ = b.form(t, se.URL, entry("5555 5555 5555 4444"))
		assert.Equal(t, http.StatusSeeOther, response.StatusCode)
		assert.Equal(t, "https://app.example/ok?session="+se.ID, response.Header.Get("Location"))
	}
	params := &stripego.CheckoutSessionRetrieveParams{}
	params.AddExpand("setup_intent.payment_method")
	done, err := b.client.V1CheckoutSessions.Retrieve(t.Context(), se.ID, params)
	require.NoError(t, err)
	assert.Equal(t, stripego.CheckoutSessionStatusComplete, done.Status)
	assert.Equal(t, "mastercard", string(done.SetupIntent.PaymentMethod.Card.Brand))
	assert.Len(t, b.client.V1PaymentMethods.List(t.Context(), &stripego.PaymentMethodListParams{Customer: &customer}).Data(), 1)
	events := b.client.V1Events.List(t.Context(), &stripego.EventListParams{Type: stripego.String("checkout.session.completed")})
	assert.Len(t, events.Data(), 1)

	response, html = b.raw(t, http.MethodGet, "/c/pay/"+se.ID, "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Contains(t, html, "Nothing is left to do")
}

func TestCardPageAuthenticates(t *testing.T) {
	b := start(t, stripe.Options{})
	se := b.setupSession(t, b.customer(t), "es-419")
	response, _ := b.form(t, se.URL, entry("4000002500003155"))
	page := response.Header.Get("Location")
	require.Contains(t, page, "/authenticate/seti_")
	_, html := b.raw(t, http.MethodGet, strings.TrimPrefix(page, b.URL()), "")
	assert.Contains(t, html, "Confirma que eres")

	response, _ = b.form(t, page, url.Values{"outcome": {"maybe"}})
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	response, _ = b.form(t, page, url.Values{"outcome": {"fail"}})
	assert.Equal(t, se.URL, response.Header.Get("Location"), "back to the card")
	_, html = b.raw(t, http.MethodGet, "/c/pay/"+se.ID, "")
	assert.Contains(t, html, "La autenticación falló")

	b.form(t, se.URL, entry("4000002500003155"))
	response, _ = b.form(t, page, url.Values{"outcome": {"succeed"}})
	assert.Equal(t, "https://app.example/ok?session="+se.ID, response.Header.Get("Location"))
}

func TestPaymentPageReturnsWithWhatStripeAdds(t *testing.T) {
	b := start(t, stripe.Options{})
	pi, err := b.confirm(b.intent(t, b.customer(t), "pm_card_threeDSecure2Required").ID, false)
	require.NoError(t, err)
	for range 2 { // a second click changes nothing
		response, _ := b.form(t, pi.NextAction.RedirectToURL.URL, url.Values{"outcome": {"succeed"}})
		back, err := url.Parse(response.Header.Get("Location"))
		require.NoError(t, err)
		assert.Equal(t, "https://app.example/back", back.Scheme+"://"+back.Host+back.Path)
		assert.Equal(t, url.Values{
			"x": {"1"}, "payment_intent": {pi.ID}, "payment_intent_client_secret": {pi.ClientSecret}, "redirect_status": {"succeeded"},
		}, back.Query())
	}
	assert.Len(t, b.Totals().Charges, 1)

	declined, err := b.confirm(b.intent(t, b.customer(t), "pm_card_threeDSecureRequiredChargeDeclined").ID, false)
	require.NoError(t, err)
	response, _ := b.form(t, declined.NextAction.RedirectToURL.URL, url.Values{"outcome": {"succeed"}})
	assert.Contains(t, response.Header.Get("Location"), "redirect_status=failed")
}

func TestPaymentModeOfCheckout(t *testing.T) {
	b := start(t, stripe.Options{})
	customer := b.customer(t)
	se, err := b.client.V1CheckoutSessions.Create(t.Context(), &stripego.CheckoutSessionCreateParams{
		Mode: stripego.String("payment"), Customer: &customer, SuccessURL: stripego.String("https://app.example/ok"),
		LineItems: []*stripego.CheckoutSessionCreateLineItemParams{{
			Quantity: stripego.Int64(2), PriceData: &stripego.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: stripego.String("mxn"), UnitAmount: stripego.Int64(12900),
			},
		}},
		PaymentIntentData: &stripego.CheckoutSessionCreatePaymentIntentDataParams{Metadata: map[string]string{"p": "1"}},
	})
	require.NoError(t, err)
	assert.EqualValues(t, 25800, se.AmountTotal)
	response, _ := b.form(t, se.URL, entry("4000000000000002"))
	assert.Equal(t, http.StatusPaymentRequired, response.StatusCode)
	response, _ = b.form(t, se.URL, entry("4000000000003220"))
	response, _ = b.form(t, response.Header.Get("Location"), url.Values{"outcome": {"succeed"}})
	assert.Equal(t, "https://app.example/ok", response.Header.Get("Location"))
	done, err := b.client.V1CheckoutSessions.Retrieve(t.Context(), se.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripego.CheckoutSessionPaymentStatusPaid, done.PaymentStatus)
	assert.Equal(t, stripe.Sum{ChargedMinor: 25800}, b.Totals().Sums["mxn"])
}

func TestPagesSpeakFourLanguages(t *testing.T) {
	b := start(t, stripe.Options{})
	customer := b.customer(t)
	for locale, want := range map[string][2]string{
		"en": {`<html lang="en">`, "Save card"}, "id": {`<html lang="id">`, "Simpan kartu"},
		"ja": {`<html lang="ja">`, "カードを登録"}, "es-419": {`<html lang="es">`, "Guardar tarjeta"}, "fil": {`<html lang="en">`, "Save card"},
	} {
		_, html := b.raw(t, http.MethodGet, "/c/pay/"+b.setupSession(t, customer, locale).ID, "")
		assert.Contains(t, html, want[0], locale)
		assert.Contains(t, html, want[1], locale)
	}
	_, html := b.raw(t, http.MethodGet, "/c/pay/"+b.setupSession(t, customer, "auto").ID, "", "Accept-Language", "ja-JP,en;q=0.5")
	assert.Contains(t, html, `<html lang="ja">`)
	response, _ := b.raw(t, http.MethodGet, "/c/pay/cs_none", "")
	assert.Equal(t, http.StatusNotFound, response.StatusCode)
	response, _ = b.raw(t, http.MethodGet, "/authenticate/pi_none", "")
	assert.Equal(t, http.StatusNotFound, response.StatusCode)
	response, _ = b.form(t, b.URL()+"/authenticate/pi_none", url.Values{"outcome": {"succeed"}})
	assert.Equal(t, http.StatusNotFound, response.StatusCode)
}

func TestSessionExpires(t *testing.T) {
	clock := &movingNow{}
	b := start(t, stripe.Options{Now: clock.now})
	customer := b.customer(t)
	byHand, byTime := b.setupSession(t, customer, "en"), b.setupSession(t, customer, "en")
	expired, err := b.client.V1CheckoutSessions.Expire(t.Context(), byHand.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripego.CheckoutSessionStatusExpired, expired.Status)
	clock.advance(25 * time.Hour)
	b.customer(t)
	b.setupSession(t, b.customer(t), "en") // a new timer wakes the others
	require.Eventually(t, func() bool {
		got, err := b.client.V1CheckoutSessions.Retrieve(t.Context(), byTime.ID, nil)
		return err == nil && got.Status == stripego.CheckoutSessionStatusExpired
	}, 5*time.Second, 5*time.Millisecond)
	response, _ := b.form(t, b.URL()+"/c/pay/"+byTime.ID, entry("4242424242424242"))
	assert.Equal(t, "https://app.example/no?a=1&b=<x>", response.Header.Get("Location"), "sent away, nothing saved")
	assert.Empty(t, b.client.V1PaymentMethods.List(t.Context(), &stripego.PaymentMethodListParams{Customer: &customer}).Data())
}
