// Package getuser is the function GetUser.
package getuser

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/user"
)

func init() { functions.HTTP("GetUser", Handle) }

var handle = httpapi.Operation("GetUser", wire, serve)

// Handle serves GetUser.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, users user.Store, r *httpapi.Request) (*httpapi.Response, error) {
	id, err := r.User()
	if err != nil {
		return nil, err
	}
	u, err := users.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return httpapi.OK(u.Resource()), nil
}
