// Package listitems is the function ListItems: the items of a course, in order and without text.
package listitems

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("ListItems", Handle) }

var handle = httpapi.Operation("ListItems", wire, serve)

// Handle serves ListItems.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, reading course.Reading, r *httpapi.Request) (*httpapi.Response, error) {
	outline, err := reading.List(ctx, course.ViewerOf(r.Caller()), r.Path("course"), r.QueryInt("pageSize"), r.Query("pageToken"))
	if err != nil {
		return nil, err
	}
	answer := api.ListItemsPage{Items: []api.Item{}, NextPageToken: outline.NextPageToken}
	for _, item := range outline.Items {
		answer.Items = append(answer.Items, item.Resource(r.Path("course")))
	}
	return httpapi.OK(answer).Cacheable(r.Caller(), reading.Staleness), nil
}
