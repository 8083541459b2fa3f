// Package getpaymentmethod is the function GetPaymentMethod: it shows a learner one of their payment methods.
package getpaymentmethod

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("GetPaymentMethod", Handle) }

var handler = httpapi.Operation("GetPaymentMethod", wire, serve)

// Handle serves GetPaymentMethod.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, wallet *billing.Wallet, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	m, err := wallet.Get(ctx, user, r.Path("paymentMethod"))
	if err != nil {
		return nil, err
	}
	return httpapi.OK(m.Resource()), nil
}
