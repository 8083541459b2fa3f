// Package listpaymentmethods is the function ListPaymentMethods: it lists a learner's payment methods.
package listpaymentmethods

import (
	"context"
	"net/http"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
)

func init() { functions.HTTP("ListPaymentMethods", Handle) }

var handler = httpapi.Operation("ListPaymentMethods", wire, serve)

// Handle serves ListPaymentMethods.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

type dependencies struct {
	wallet *billing.Wallet
	tokens *pagetoken.Codec
}

func serve(ctx context.Context, d dependencies, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	page, next, err := pagetoken.Newest(d.tokens, "payment methods of "+user, r.QueryInt("pageSize"), r.Query("pageToken"),
		func(limit int, before time.Time, afterID string) ([]billing.Method, error) {
			return d.wallet.List(ctx, user, billing.Page{Limit: limit, Before: before, AfterID: afterID})
		},
		func(m billing.Method) (time.Time, string) { return m.CreateTime, m.ID })
	if err != nil {
		return nil, err
	}
	answer := api.ListPaymentMethodsPage{PaymentMethods: []api.PaymentMethod{}, NextPageToken: next}
	for _, m := range page {
		answer.PaymentMethods = append(answer.PaymentMethods, m.Resource())
	}
	return httpapi.OK(answer), nil
}
