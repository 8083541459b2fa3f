// Package listsubscriptions is the function ListSubscriptions: it lists a learner's subscriptions.
package listsubscriptions

import (
	"context"
	"net/http"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/subscription"
)

func init() { functions.HTTP("ListSubscriptions", Handle) }

var handler = httpapi.Operation("ListSubscriptions", wire, serve)

// Handle serves ListSubscriptions.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

type dependencies struct {
	desk   *subscription.Desk
	tokens *pagetoken.Codec
}

func serve(ctx context.Context, d dependencies, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	page, next, err := pagetoken.Newest(d.tokens, "subscriptions of "+user, r.QueryInt("pageSize"), r.Query("pageToken"),
		func(limit int, before time.Time, afterID string) ([]subscription.Subscription, error) {
			return d.desk.List(ctx, user, subscription.Page{Limit: limit, Before: before, AfterID: afterID})
		},
		func(s subscription.Subscription) (time.Time, string) { return s.CreateTime, s.ID })
	if err != nil {
		return nil, err
	}
	answer := api.ListSubscriptionsPage{Subscriptions: []api.Subscription{}, NextPageToken: next}
	for _, s := range page {
		answer.Subscriptions = append(answer.Subscriptions, s.Resource())
	}
	return httpapi.OK(answer), nil
}
