// Package getprogress is the function GetProgress: it shows how far a learner is in a course.
package getprogress

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("GetProgress", Handle) }

var handler = httpapi.Operation("GetProgress", wire, serve)

// Handle serves GetProgress.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, desk *content.Desk, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	progress, err := desk.Get(ctx, user, r.Path("course"))
	if err != nil {
		return nil, err
	}
	return httpapi.OK(progress), nil
}
