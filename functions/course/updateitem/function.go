// Package updateitem is the function UpdateItem: a tutor changes an item.
package updateitem

import (
	"cmp"
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/api/fieldmask"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("UpdateItem", Handle) }

var handle = httpapi.Operation("UpdateItem", wire, serve)

// Handle serves UpdateItem.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, authoring course.Authoring, r *httpapi.Request) (*httpapi.Response, error) {
	var body api.UpdateItemRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	mask, err := fieldmask.Of(r.Query("updateMask"), r.RawBody(), "title", "text", "position")
	if err != nil {
		return nil, err
	}
	position := int(body.Position)
	var change course.ItemChange
	fieldmask.Set(mask, "title", &change.Title, &body.Title)
	fieldmask.Set(mask, "text", &change.Text, &body.Text)
	fieldmask.Set(mask, "position", &change.Position, &position)
	item, err := authoring.UpdateItem(ctx, course.ViewerOf(r.Caller()), r.Path("course"), r.Path("item"), cmp.Or(r.IfMatch(), body.Etag), change)
	if err != nil {
		return nil, err
	}
	return httpapi.OK(item.Resource(r.Path("course"))), nil
}
