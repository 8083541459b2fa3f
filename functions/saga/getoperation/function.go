// Package getoperation is the function GetOperation: it shows a saga to its owner, and
// waits for its end when asked to.
package getoperation

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/saga/operation"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

func init() { functions.HTTP("GetOperation", Handle) }

var handler = httpapi.Operation("GetOperation", wire, serve)

// Handle serves GET /v1/operations/{operation}.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, sagas *sagadb.Store, r *httpapi.Request) (*httpapi.Response, error) {
	caller := r.Caller()
	viewer := operation.Viewer{UserID: caller.UserID, Administrator: caller.IsAdministrator()}
	o, err := operation.Get(ctx, sagas, viewer, r.Path("operation"), r.Wait())
	if err != nil {
		return nil, err
	}
	return httpapi.OK(o), nil
}
