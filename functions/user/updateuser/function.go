// Package updateuser is the function UpdateUser.
package updateuser

import (
	"cmp"
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/api/fieldmask"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/user"
)

func init() { functions.HTTP("UpdateUser", Handle) }

var handle = httpapi.Operation("UpdateUser", wire, serve)

// Handle serves UpdateUser.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, accounts user.Accounts, r *httpapi.Request) (*httpapi.Response, error) {
	id, err := r.User()
	if err != nil {
		return nil, err
	}
	var body api.UpdateUserRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	mask, err := fieldmask.Of(r.Query("updateMask"), r.RawBody(),
		"displayName", "givenName", "familyName", "regionCode", "timeZone", "languageCode")
	if err != nil {
		return nil, err
	}
	u, err := accounts.Update(ctx, id, cmp.Or(r.IfMatch(), body.Etag), func(p *user.Profile) {
		fieldmask.Set(mask, "displayName", &p.DisplayName, body.DisplayName)
		fieldmask.Set(mask, "givenName", &p.GivenName, body.GivenName)
		fieldmask.Set(mask, "familyName", &p.FamilyName, body.FamilyName)
		fieldmask.Set(mask, "regionCode", &p.RegionCode, string(body.RegionCode))
		fieldmask.Set(mask, "timeZone", &p.TimeZone, body.TimeZone)
		fieldmask.Set(mask, "languageCode", &p.LanguageCode, body.LanguageCode)
	})
	if err != nil {
		return nil, err
	}
	return httpapi.OK(u.Resource()), nil
}
