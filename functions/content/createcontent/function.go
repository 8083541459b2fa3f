// Package createcontent is the function CreateContent: it opens the upload of a video or file.
package createcontent

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("CreateContent", Handle) }

var handler = httpapi.Operation("CreateContent", wire, serve)

// Handle serves CreateContent.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, library *content.Library, r *httpapi.Request) (*httpapi.Response, error) {
	var body api.CreateContentRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	c, err := library.Create(ctx, r.Key(), content.Draft{
		CourseID: r.Path("course"), ItemID: r.Path("item"), OwnerID: r.Caller().UserID, Origin: r.Header("Origin"),
		Kind: content.Kind(body.Kind), Filename: body.Filename, MimeType: body.MimeType, SizeBytes: body.SizeBytes,
		DurationSeconds: int(body.DurationSeconds),
	})
	if err != nil {
		return nil, err
	}
	resource := c.Resource()
	resource.UploadURI = c.UploadURI // answered here alone
	return httpapi.Created(resource), nil
}
