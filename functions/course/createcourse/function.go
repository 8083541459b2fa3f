// Package createcourse is the function CreateCourse: a tutor makes a draft.
package createcourse

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("CreateCourse", Handle) }

var handle = httpapi.Operation("CreateCourse", wire, serve)

// Handle serves CreateCourse.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, authoring course.Authoring, r *httpapi.Request) (*httpapi.Response, error) {
	viewer := course.ViewerOf(r.Caller())
	var body api.CreateCourseRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	prices, err := course.PricesOf(body.Prices)
	if err != nil {
		return nil, err
	}
	c, err := authoring.Create(ctx, r.Key(), viewer, course.Content{
		Titles: course.Texts(body.Titles), Summaries: course.Texts(body.Summaries),
		LanguageCode: body.LanguageCode, Level: string(body.Level), Prices: prices,
	})
	if err != nil {
		return nil, err
	}
	return httpapi.Created(c.Resource(viewer, "", "")), nil
}
