// Package signcontents is the function SignContents: it hands out the signed URLs of an item.
package signcontents

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("SignContents", Handle) }

var handler = httpapi.Operation("SignContents", wire, serve)

// Handle serves SignContents.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, library *content.Library, r *httpapi.Request) (*httpapi.Response, error) {
	signed, err := library.Sign(ctx, r.Caller().UserID, r.Path("course"), r.Path("item"))
	if err != nil {
		return nil, err
	}
	response := httpapi.OK(api.SignedContents{Contents: signed})
	response.Header = http.Header{"Cache-Control": {"no-store"}}
	return response, nil
}
