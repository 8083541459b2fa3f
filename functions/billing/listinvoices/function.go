// Package listinvoices is the function ListInvoices: it lists a learner's invoices.
package listinvoices

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

func init() { functions.HTTP("ListInvoices", Handle) }

var handler = httpapi.Operation("ListInvoices", wire, serve)

// Handle serves ListInvoices.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

type dependencies struct {
	cashier *billing.Cashier
	tokens  *pagetoken.Codec
}

func serve(ctx context.Context, d dependencies, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	page, next, err := pagetoken.Newest(d.tokens, "invoices of "+user, r.QueryInt("pageSize"), r.Query("pageToken"),
		func(limit int, before time.Time, afterID string) ([]billing.Statement, error) {
			return d.cashier.Invoices(ctx, user, billing.Page{Limit: limit, Before: before, AfterID: afterID})
		},
		func(s billing.Statement) (time.Time, string) { return s.Invoice.CreateTime, s.Invoice.ID })
	if err != nil {
		return nil, err
	}
	answer := api.ListInvoicesPage{Invoices: []api.Invoice{}, NextPageToken: next}
	for _, s := range page {
		answer.Invoices = append(answer.Invoices, s.Resource())
	}
	return httpapi.OK(answer), nil
}
