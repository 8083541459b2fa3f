// Package registeruser is the function RegisterUser: it makes the caller's identity a user.
package registeruser

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/user"
)

func init() { functions.HTTP("RegisterUser", Handle) }

var handle = httpapi.Operation("RegisterUser", wire, serve)

// Handle serves RegisterUser.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, accounts user.Accounts, r *httpapi.Request) (*httpapi.Response, error) {
	var body api.RegisterUserRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	u, err := accounts.Register(ctx, r.Key(), r.Caller().Subject, user.Profile{
		DisplayName: body.DisplayName, GivenName: body.GivenName, FamilyName: body.FamilyName,
		RegionCode: string(body.RegionCode), TimeZone: body.TimeZone, LanguageCode: body.LanguageCode,
	})
	if err != nil {
		return nil, err
	}
	return httpapi.Created(u.Resource()), nil
}
