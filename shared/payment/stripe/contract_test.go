package stripe_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment"
	"github.com/kwipper/kwipper/shared/payment/stripe"
)

// mockAddress names a running stripe-mock, which checks requests against Stripe's OpenAPI
// document: go run github.com/stripe/stripe-mock@v0.203.0 -http-addr 127.0.0.1:12999
const mockAddress = "STRIPE_MOCK_URL"

func TestRequestsFitStripesDocument(t *testing.T) {
	address := os.Getenv(mockAddress)
	if address == "" {
		t.Skip(mockAddress + " is not set; stripe-mock would add 30 MB and ten modules to every test build")
	}
	g, err := stripe.New(stripe.Options{APIKey: "sk_test_123", BaseURL: address})
	require.NoError(t, err)
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"customer": func() error {
			_, err := g.CreateCustomer(ctx, payment.CustomerRequest{Key: "a", UserID: "jp-1", Country: "JP"})
			return err
		},
		"setup": func() error {
			_, err := g.StartSetup(ctx, payment.SetupRequest{
				Key: "b", CustomerID: "cus_1", PaymentMethodRef: "m", ReturnURI: "https://app.example/cards", Locale: "es-MX",
			})
			return err
		},
		"setup answer": func() error { _, err := g.GetSetup(ctx, "cs_1"); return err },
		"detach":       func() error { return g.DetachPaymentMethod(ctx, "pm_1") },
		"intent": func() error {
			_, err := g.CreateIntent(ctx, payment.IntentRequest{
				Key: "c", CustomerID: "cus_1", PaymentMethodID: "pm_1", Amount: money.Of(980, money.JPY), PaymentID: "p", Description: "d",
			})
			return err
		},
		"confirm on session": func() error {
			_, err := g.ConfirmIntent(ctx, payment.ConfirmRequest{Key: "d", IntentID: "pi_1", ReturnURI: "https://app.example/paid"})
			return err
		},
		"confirm off session": func() error {
			_, err := g.ConfirmIntent(ctx, payment.ConfirmRequest{Key: "e", IntentID: "pi_1", PaymentMethodID: "pm_1", OffSession: true})
			return err
		},
		"intent answer": func() error { _, err := g.GetIntent(ctx, "pi_1"); return err },
		"cancel":        func() error { _, err := g.CancelIntent(ctx, "pi_1", "f"); return err },
		"refund": func() error {
			_, err := g.CreateRefund(ctx, payment.RefundRequest{Key: "g", IntentID: "pi_1", Amount: money.Of(980, money.JPY), RefundID: "r"})
			return err
		},
		"refund answer": func() error { _, err := g.GetRefund(ctx, "re_1"); return err },
	} {
		require.NoError(t, call(), name)
	}
}
