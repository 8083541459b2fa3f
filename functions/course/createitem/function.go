// Package createitem is the function CreateItem: a tutor adds an item to a course.
package createitem

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("CreateItem", Handle) }

var handle = httpapi.Operation("CreateItem", wire, serve)

// Handle serves CreateItem.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, authoring course.Authoring, r *httpapi.Request) (*httpapi.Response, error) {
	var body api.CreateItemRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	change := course.ItemChange{Title: &body.Title, Text: &body.Text}
	if position := int(body.Position); position > 0 {
		change.Position = &position
	}
	item, err := authoring.AddItem(ctx, r.Key(), course.ViewerOf(r.Caller()), r.Path("course"), change)
	if err != nil {
		return nil, err
	}
	return httpapi.Created(item.Resource(r.Path("course"))), nil
}
