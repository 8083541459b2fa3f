// Package getitem is the function GetItem: an item, with its text for those who have access.
package getitem

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("GetItem", Handle) }

var handle = httpapi.Operation("GetItem", wire, serve)

// Handle serves GetItem.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, reading course.Reading, r *httpapi.Request) (*httpapi.Response, error) {
	full := r.Query("view") == string(api.ItemViewFULL)
	item, err := reading.Get(ctx, course.ViewerOf(r.Caller()), r.Path("course"), r.Path("item"), full)
	if err != nil {
		return nil, err
	}
	return httpapi.OK(item.Resource(r.Path("course"))), nil
}
