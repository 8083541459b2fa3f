// Package paymentwebhook is the function PaymentWebhook: it takes in the events of the payment
// gateway. The signature over the raw body says who calls.
package paymentwebhook

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("PaymentWebhook", Handle) }

var handler = httpapi.Operation("PaymentWebhook", wire, serve)

// Handle serves PaymentWebhook.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, hook *billing.Webhook, r *httpapi.Request) (*httpapi.Response, error) {
	if err := hook.Receive(ctx, r.RawBody(), r.Header("Stripe-Signature")); err != nil {
		return nil, err
	}
	return httpapi.NoContent(), nil
}
