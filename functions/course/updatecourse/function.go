// Package updatecourse is the function UpdateCourse: a tutor changes what a course says of itself.
package updatecourse

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

func init() { functions.HTTP("UpdateCourse", Handle) }

var handle = httpapi.Operation("UpdateCourse", wire, serve)

// Handle serves UpdateCourse.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, authoring course.Authoring, r *httpapi.Request) (*httpapi.Response, error) {
	viewer := course.ViewerOf(r.Caller())
	var body api.UpdateCourseRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	mask, err := fieldmask.Of(r.Query("updateMask"), r.RawBody(), "titles", "summaries", "languageCode", "level", "prices")
	if err != nil {
		return nil, err
	}
	prices, err := course.PricesOf(body.Prices)
	if err != nil {
		return nil, err
	}
	c, err := authoring.Update(ctx, viewer, r.Path("course"), cmp.Or(r.IfMatch(), body.Etag), func(c *course.Content) {
		fieldmask.Set(mask, "titles", &c.Titles, course.Texts(body.Titles))
		fieldmask.Set(mask, "summaries", &c.Summaries, course.Texts(body.Summaries))
		fieldmask.Set(mask, "languageCode", &c.LanguageCode, body.LanguageCode)
		fieldmask.Set(mask, "level", &c.Level, string(body.Level))
		fieldmask.Set(mask, "prices", &c.Prices, prices)
	})
	if err != nil {
		return nil, err
	}
	return httpapi.OK(c.Resource(viewer, "", "")), nil
}
