// Package createpaymentmethod is the function CreatePaymentMethod: it opens the gateway's page on which a
// learner enters a card.
package createpaymentmethod

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/platform/returnuri"
)

func init() { functions.HTTP("CreatePaymentMethod", Handle) }

var handler = httpapi.Operation("CreatePaymentMethod", wire, serve)

// Handle serves CreatePaymentMethod.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, wallet *billing.Wallet, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	var body api.CreatePaymentMethodRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	if err := returnuri.Check(body.ReturnURI); err != nil {
		return nil, err
	}
	caller := r.Caller()
	learner := billing.Learner{UserID: user, Country: caller.Country, Language: caller.Language}
	m, err := wallet.Create(ctx, r.Key(), learner, body.ReturnURI)
	if err != nil {
		return nil, err
	}
	return httpapi.Created(m.Resource()), nil
}
