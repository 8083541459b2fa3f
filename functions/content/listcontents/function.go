// Package listcontents is the function ListContents: it lists what the caller may see of the media of an
// item. An item has few: they are one page.
package listcontents

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("ListContents", Handle) }

var handler = httpapi.Operation("ListContents", wire, serve)

// Handle serves ListContents.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, library *content.Library, r *httpapi.Request) (*httpapi.Response, error) {
	caller := r.Caller()
	visible, err := library.List(ctx, caller.UserID, caller.HasRole(auth.RoleTutor), r.Path("course"), r.Path("item"))
	if err != nil {
		return nil, err
	}
	answer := api.ListContentsPage{Contents: []api.Content{}}
	for _, c := range visible {
		answer.Contents = append(answer.Contents, c.Resource())
	}
	return httpapi.OK(answer), nil
}
