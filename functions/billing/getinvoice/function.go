// Package getinvoice is the function GetInvoice: it shows a learner one of their invoices.
package getinvoice

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("GetInvoice", Handle) }

var handler = httpapi.Operation("GetInvoice", wire, serve)

// Handle serves GetInvoice.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, cashier *billing.Cashier, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	s, err := cashier.Invoice(ctx, user, r.Path("invoice"))
	if err != nil {
		return nil, err
	}
	return httpapi.OK(s.Resource()), nil
}
