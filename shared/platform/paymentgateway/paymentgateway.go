// Package paymentgateway opens the payment gateway that the environment names.
package paymentgateway

import (
	"github.com/kwipper/kwipper/shared/payment/stripe"
	"github.com/kwipper/kwipper/shared/platform/config"
)

// Open returns the gateway: Stripe with STRIPE_SECRET_KEY. STRIPE_API_BASE names another
// address than Stripe's. It believes no event, and does not connect.
func Open() (*stripe.Gateway, error) { return open(nil) }

// OpenWebhook returns the gateway as Open does, which also believes events that one of
// STRIPE_WEBHOOK_SECRETS signs (comma separated, several while one is rolled over).
func OpenWebhook() (*stripe.Gateway, error) {
	secrets, err := config.List("STRIPE_WEBHOOK_SECRETS")
	if err != nil {
		return nil, err
	}
	return open(secrets)
}

func open(webhookSecrets []string) (*stripe.Gateway, error) {
	key, err := config.String("STRIPE_SECRET_KEY")
	if err != nil {
		return nil, err
	}
	return stripe.New(stripe.Options{APIKey: key, WebhookSecrets: webhookSecrets, BaseURL: config.Optional("STRIPE_API_BASE", "")})
}
