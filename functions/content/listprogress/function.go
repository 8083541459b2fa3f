// Package listprogress is the function ListProgress: it lists how far a learner is in each course begun.
package listprogress

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
)

func init() { functions.HTTP("ListProgress", Handle) }

var handler = httpapi.Operation("ListProgress", wire, serve)

// Handle serves ListProgress.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

type dependencies struct {
	desk   *content.Desk
	tokens *pagetoken.Codec
}

func serve(ctx context.Context, d dependencies, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	filter := "progress of " + user
	from, err := d.tokens.Decode(r.Query("pageToken"), filter)
	if err != nil {
		return nil, err
	}
	after := ""
	if len(from.LastKey) == 1 {
		after = from.LastKey[0]
	}
	page, more, err := d.desk.List(ctx, user, after, pagetoken.Coerce(r.QueryInt("pageSize")))
	if err != nil {
		return nil, err
	}
	answer := api.ListProgressPage{Progress: page}
	if more {
		last := api.IDOf(page[len(page)-1].Course)
		if answer.NextPageToken, err = d.tokens.Encode(pagetoken.Token{LastKey: []string{last}}, filter); err != nil {
			return nil, err
		}
	}
	return httpapi.OK(answer), nil
}
