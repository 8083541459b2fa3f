// Package listoperations is the function ListOperations: it lists what runs for the
// caller, for a page that was reloaded meanwhile.
package listoperations

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/saga/operation"
)

func init() { functions.HTTP("ListOperations", Handle) }

var handler = httpapi.Operation("ListOperations", wire, serve)

// Handle serves GET /v1/operations.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, d dependencies, r *httpapi.Request) (*httpapi.Response, error) {
	listed, err := operation.List(ctx, d.sagas, d.tokens, r.Caller().UserID, r.QueryInt("pageSize"), r.Query("pageToken"))
	if err != nil {
		return nil, err
	}
	return httpapi.OK(listed), nil
}
