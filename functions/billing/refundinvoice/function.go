// Package refundinvoice is the function RefundInvoice: it starts the saga that ends a subscription and
// returns its latest payment.
package refundinvoice

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/saga/operation"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

func init() { functions.HTTP("RefundInvoice", Handle) }

var handler = httpapi.Operation("RefundInvoice", wire, serve)

// Handle serves RefundInvoice.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

type dependencies struct {
	cashier *billing.Cashier
	sagas   *sagadb.Store
}

func serve(ctx context.Context, d dependencies, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	var body api.RefundInvoiceRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	reason := string(body.Reason)
	if reason == "" {
		reason = "REQUESTED_BY_LEARNER"
	}
	begun, err := d.cashier.Refund(ctx, r.Key(), billing.RefundRequest{
		UserID: user, InvoiceID: r.Path("invoice"), Reason: reason, Language: r.Caller().Language,
		ByAdministrator: r.Caller().IsAdministrator(),
	})
	if err != nil {
		return nil, err
	}
	o, status, err := operation.Await(ctx, d.sagas, begun, r.Wait())
	if err != nil {
		return nil, err
	}
	return &httpapi.Response{Status: status, Body: o}, nil
}
