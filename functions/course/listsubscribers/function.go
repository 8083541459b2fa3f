// Package listsubscribers is the function ListSubscribers: a tutor sees who subscribed.
package listsubscribers

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("ListSubscribers", Handle) }

var handle = httpapi.Operation("ListSubscribers", wire, serve)

// Handle serves ListSubscribers.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, subscribers course.Subscribers, r *httpapi.Request) (*httpapi.Response, error) {
	found, next, err := subscribers.List(ctx, course.ViewerOf(r.Caller()), r.Path("course"), r.QueryInt("pageSize"), r.Query("pageToken"))
	if err != nil {
		return nil, err
	}
	answer := api.ListSubscribersPage{Subscribers: []api.Subscriber{}, NextPageToken: next}
	for _, enrollment := range found {
		answer.Subscribers = append(answer.Subscribers, enrollment.Resource())
	}
	return httpapi.OK(answer), nil
}
