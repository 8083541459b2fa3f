// Package deletepaymentmethod is the function DeletePaymentMethod: it makes a payment method unusable.
package deletepaymentmethod

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("DeletePaymentMethod", Handle) }

var handler = httpapi.Operation("DeletePaymentMethod", wire, serve)

// Handle serves DeletePaymentMethod.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, wallet *billing.Wallet, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	if err := wallet.Remove(ctx, user, r.Path("paymentMethod")); err != nil {
		return nil, err
	}
	return httpapi.NoContent(), nil
}
