// Package paymentgateway opens the payment gateway that the environment names.
package paymentgateway

import (
	"github.com/kwipper/kwipper/shared/payment/stripe"
	"github.com/kwipper/kwipper/shared/platform/config"
)

// Open returns the gateway: Stripe with STRIPE_SECRET_KEY, its events signed with one of
// STRIPE_WEBHOOK_SECRETS (comma separated, several while one is rolled over).
// STRIPE_API_BASE names another address than Stripe's. It does not connect.
func Open() (*stripe.Gateway, error) {
	key, err := config.String("STRIPE_SECRET_KEY")
	if err != nil {
		return nil, err
	}
	secrets, err := config.List("STRIPE_WEBHOOK_SECRETS")
	if err != nil {
		return nil, err
	}
	return stripe.New(stripe.Options{APIKey: key, WebhookSecrets: secrets, BaseURL: config.Optional("STRIPE_API_BASE", "")})
}
