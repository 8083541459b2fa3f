// Package getcontent is the function GetContent: it shows a content to its uploader and to subscribers.
package getcontent

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("GetContent", Handle) }

var handler = httpapi.Operation("GetContent", wire, serve)

// Handle serves GetContent.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, library *content.Library, r *httpapi.Request) (*httpapi.Response, error) {
	c, err := library.Get(ctx, r.Caller().UserID, r.Path("course"), r.Path("item"), r.Path("content"))
	if err != nil {
		return nil, err
	}
	return httpapi.OK(c.Resource()), nil
}
