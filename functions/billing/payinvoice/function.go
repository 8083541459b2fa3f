// Package payinvoice is the function PayInvoice: it starts the saga that pays an invoice whose renewal
// was declined.
package payinvoice

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/platform/returnuri"
	"github.com/kwipper/kwipper/shared/saga/operation"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

func init() { functions.HTTP("PayInvoice", Handle) }

var handler = httpapi.Operation("PayInvoice", wire, serve)

// Handle serves PayInvoice.
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
	var body api.PayInvoiceRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	if !api.BelongsTo(body.PaymentMethod, user) {
		return nil, fault.Invalid(fault.Field{Name: "paymentMethod", Description: "is not one of the learner's"})
	}
	if err := returnuri.Check(body.ReturnURI); err != nil {
		return nil, err
	}
	begun, err := d.cashier.Pay(ctx, r.Key(), billing.PayRequest{
		UserID: user, InvoiceID: r.Path("invoice"), PaymentMethodID: api.IDOf(body.PaymentMethod),
		ReturnURI: body.ReturnURI, Language: r.Caller().Language,
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
