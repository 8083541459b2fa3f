// Package deletecontent is the function DeleteContent: it deletes a content and its object.
package deletecontent

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("DeleteContent", Handle) }

var handler = httpapi.Operation("DeleteContent", wire, serve)

// Handle serves DeleteContent.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, library *content.Library, r *httpapi.Request) (*httpapi.Response, error) {
	err := library.Delete(ctx, r.Caller().UserID, r.Path("course"), r.Path("item"), r.Path("content"), r.IfMatch())
	if err != nil {
		return nil, err
	}
	return httpapi.NoContent(), nil
}
