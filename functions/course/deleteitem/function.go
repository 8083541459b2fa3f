// Package deleteitem is the function DeleteItem: a tutor deletes an item.
package deleteitem

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("DeleteItem", Handle) }

var handle = httpapi.Operation("DeleteItem", wire, serve)

// Handle serves DeleteItem.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, authoring course.Authoring, r *httpapi.Request) (*httpapi.Response, error) {
	err := authoring.DeleteItem(ctx, course.ViewerOf(r.Caller()), r.Path("course"), r.Path("item"), r.IfMatch())
	if err != nil {
		return nil, err
	}
	return httpapi.NoContent(), nil
}
