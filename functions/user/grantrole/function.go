// Package grantrole is the function GrantRole: an administrator gives a user a role.
package grantrole

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/user"
)

func init() { functions.HTTP("GrantRole", Handle) }

var handle = httpapi.Operation("GrantRole", wire, serve)

// Handle serves GrantRole.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, accounts user.Accounts, r *httpapi.Request) (*httpapi.Response, error) {
	id, err := r.User()
	if err != nil {
		return nil, err
	}
	var body api.GrantRoleRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	u, err := accounts.GrantRole(ctx, id, user.RoleOf(body.Role))
	if err != nil {
		return nil, err
	}
	return httpapi.OK(u.Resource()), nil
}
