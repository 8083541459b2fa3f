// Package updateprogress is the function UpdateProgress: it records how far a learner is in an item.
package updateprogress

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("UpdateProgress", Handle) }

var handler = httpapi.Operation("UpdateProgress", wire, serve)

// Handle serves UpdateProgress.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, desk *content.Desk, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	var body api.UpdateProgressRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	p, err := desk.Update(ctx, user, r.Caller().Country, r.Path("course"), r.Path("item"), body.Done, body.PositionSeconds)
	if err != nil {
		return nil, err
	}
	return httpapi.OK(p.Resource()), nil
}
