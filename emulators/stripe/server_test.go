package stripe_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/emulators/stripe"
)

// bench is an emulator and the unmodified client on it.
type bench struct {
	*stripe.Server
	client *stripego.Client
}

func start(t testing.TB, options stripe.Options) bench {
	t.Helper()
	options.Addr = "127.0.0.1:0"
	server, err := stripe.Start(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	return bench{server, clientOf(server.URL())}
}

func clientOf(address string) *stripego.Client {
	return stripego.NewClient("sk_test_123", stripego.WithBackends(stripego.NewBackendsWithConfig(&stripego.BackendConfig{
		URL: &address, MaxNetworkRetries: stripego.Int64(0), EnableTelemetry: stripego.Bool(false),
		LeveledLogger: &stripego.LeveledLogger{Level: stripego.LevelNull},
	})))
}

func (b bench) customer(t testing.TB) string {
	t.Helper()
	c, err := b.client.V1Customers.Create(context.Background(), &stripego.CustomerCreateParams{Metadata: map[string]string{"kwipper_user_id": "jp-1"}})
	require.NoError(t, err)
	return c.ID
}

// intent makes an unconfirmed intent over 980 yen.
func (b bench) intent(t testing.TB, customerID, methodID string) *stripego.PaymentIntent {
	t.Helper()
	pi, err := b.client.V1PaymentIntents.Create(context.Background(), &stripego.PaymentIntentCreateParams{
		Amount: stripego.Int64(980), Currency: stripego.String("jpy"), Customer: &customerID,
		PaymentMethod: &methodID, PaymentMethodTypes: stripego.StringSlice([]string{"card"}),
		Metadata: map[string]string{"kwipper_payment_id": "p-" + methodID},
	})
	require.NoError(t, err)
	return pi
}

func (b bench) confirm(id string, offSession bool) (*stripego.PaymentIntent, error) {
	params := &stripego.PaymentIntentConfirmParams{}
	if offSession {
		params.OffSession = stripego.Bool(true)
	} else {
		params.ReturnURL = stripego.String("https://app.example/back?x=1")
	}
	return b.client.V1PaymentIntents.Confirm(context.Background(), id, params)
}

// paid is a customer's intent that has succeeded.
func (b bench) paid(t testing.TB, methodID string) *stripego.PaymentIntent {
	t.Helper()
	pi, err := b.confirm(b.intent(t, b.customer(t), methodID).ID, true)
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusSucceeded, pi.Status)
	return pi
}

func stripeError(t testing.TB, err error) *stripego.Error {
	t.Helper()
	var se *stripego.Error
	require.ErrorAs(t, err, &se)
	return se
}

// raw sends a request as it is, with a test key.
func (b bench) raw(t testing.TB, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, b.URL()+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer sk_test_123")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(answer)
}

func (b bench) form(t testing.TB, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	return b.raw(t, http.MethodPost, strings.TrimPrefix(address, b.URL()), form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// movingNow is a machine's clock that tests move.
type movingNow struct{ offset atomic.Int64 }

func (m *movingNow) now() time.Time          { return time.Now().Add(time.Duration(m.offset.Load())) }
func (m *movingNow) advance(d time.Duration) { m.offset.Add(int64(d)) }

func TestRefusesStrangers(t *testing.T) {
	b := start(t, stripe.Options{APIKey: "sk_test_123"})
	for name, c := range map[string]struct{ key, message string }{
		"none":  {"", "did not provide an API key"},
		"wrong": {"Bearer sk_test_other", "Invalid API Key"},
		"live":  {"Bearer " + "sk_" + "live_x", "live key"},
		"word":  {"Bearer x", "Invalid API Key"},
	} {
		t.Run(name, func(t *testing.T) {
			response, body := b.raw(t, http.MethodGet, "/v1/customers", "", "Authorization", c.key)
			assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
			assert.Contains(t, body, c.message)
		})
	}
	response, _ := b.raw(t, http.MethodGet, "/v1/customers", "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.True(t, strings.HasPrefix(response.Header.Get("Request-Id"), "req_"))
	assert.Equal(t, stripego.APIVersion, response.Header.Get("Stripe-Version"))
}

func TestErrorsNameTheParameter(t *testing.T) {
	b := start(t, stripe.Options{})
	for name, c := range map[string]struct {
		path, body, code, param string
		status                  int
	}{
		"unknown parameter": {"/v1/customers", "colour=red", "parameter_unknown", "colour", 400},
		"missing":           {"/v1/payment_intents", "currency=jpy", "parameter_missing", "amount", 400},
		"no number":         {"/v1/payment_intents", "currency=jpy&amount=9.5", "parameter_invalid_integer", "amount", 400},
		"too small":         {"/v1/payment_intents", "currency=jpy&amount=49", "amount_too_small", "amount", 400},
		"too large":         {"/v1/payment_intents", "currency=jpy&amount=100000000", "amount_too_large", "amount", 400},
		"negative":          {"/v1/payment_intents", "currency=jpy&amount=-1", "parameter_invalid_integer", "amount", 400},
		"no such customer":  {"/v1/payment_intents", "currency=jpy&amount=980&customer=cus_no", "resource_missing", "customer", 400},
		"no such intent":    {"/v1/payment_intents/pi_no/confirm", "", "resource_missing", "id", 404},
		"no method":         {"/v1/payment_methods/pm_no/attach", "", "parameter_missing", "customer", 400},
		"bad url":           {"/v1/checkout/sessions", "mode=setup&success_url=javascript:alert(1)&payment_method_types[]=card", "url_invalid", "success_url", 400},
		"expand":            {"/v1/customers", "expand[]=moon", "", "expand", 400},
		"bad nesting":       {"/v1/customers", "metadata[a=1", "parameter_unknown", "metadata[a", 400},
		"bad encoding":      {"/v1/customers", "name=%zz", "", "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			response, body := b.raw(t, http.MethodPost, c.path, c.body)
			assert.Equal(t, c.status, response.StatusCode, body)
			assert.Contains(t, body, `"type": "invalid_request_error"`)
			if c.code != "" {
				assert.Contains(t, body, `"code": "`+c.code+`"`)
			}
			if c.param != "" {
				assert.Contains(t, body, `"param": "`+c.param+`"`)
			}
		})
	}
	response, body := b.raw(t, http.MethodGet, "/v1/nothing", "")
	assert.Equal(t, http.StatusNotFound, response.StatusCode)
	assert.Contains(t, body, "Unrecognized request URL")
	customers, err := b.client.V1Customers.List(t.Context(), nil).Data(), error(nil)
	require.NoError(t, err)
	assert.Empty(t, customers, "a refused request leaves nothing")
}

func TestStartNamesTheTakenPort(t *testing.T) {
	b := start(t, stripe.Options{})
	_, err := stripe.Start(t.Context(), stripe.Options{Addr: b.Addr()})
	assert.ErrorContains(t, err, b.Addr())
	_, err = stripe.Start(t.Context(), stripe.Options{Addr: "127.0.0.1:0", WebhookURL: "https://x.example"})
	assert.ErrorContains(t, err, "secret")
}

func TestSnapshotRestoreReset(t *testing.T) {
	b := start(t, stripe.Options{})
	kept := b.paid(t, "pm_card_visa")
	var snapshot bytes.Buffer
	require.NoError(t, b.Snapshot(&snapshot))
	lost := b.paid(t, "pm_card_visa")
	require.Len(t, b.Totals().Charges, 2)

	require.NoError(t, b.Restore(&snapshot))
	assert.Len(t, b.Totals().Charges, 1)
	_, err := b.client.V1PaymentIntents.Retrieve(t.Context(), kept.ID, nil)
	require.NoError(t, err)
	_, err = b.client.V1PaymentIntents.Retrieve(t.Context(), lost.ID, nil)
	assert.Equal(t, stripego.ErrorCodeResourceMissing, stripeError(t, err).Code)

	require.NoError(t, b.Reset())
	assert.Empty(t, b.Totals().Charges)
	assert.Error(t, b.Restore(strings.NewReader("no snapshot")))
	b.paid(t, "pm_card_visa")
}
