// Package listcourses is the function ListCourses: the catalogue of a region, or a tutor's own courses.
package listcourses

import (
	"context"
	"net/http"
	"strings"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("ListCourses", Handle) }

var handle = httpapi.Operation("ListCourses", wire, serve)

// Handle serves ListCourses.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, catalogue course.Catalogue, r *httpapi.Request) (*httpapi.Response, error) {
	viewer := course.ViewerOf(r.Caller())
	tutorID := strings.TrimPrefix(r.Query("tutor"), "users/")
	if tutorID == "me" {
		tutorID = viewer.UserID
	}
	listed, err := catalogue.List(ctx, viewer, course.Query{
		Filter: course.Filter{
			RegionCode: r.Query("regionCode"), TaughtLanguageCode: r.Query("taughtLanguageCode"),
			Level: r.Query("level"), TutorID: tutorID,
		},
		Text: r.Query("query"), Mine: tutorID != "" && tutorID == viewer.UserID,
		PageSize: r.QueryInt("pageSize"), PageToken: r.Query("pageToken"),
	})
	if err != nil {
		return nil, err
	}
	answer := api.ListCoursesPage{Courses: []api.Course{}, NextPageToken: listed.NextPageToken}
	for _, c := range listed.Courses {
		answer.Courses = append(answer.Courses, c.Resource(viewer, r.Query("regionCode"), r.Query("languageCode")))
	}
	return httpapi.OK(answer).Cacheable(r.Caller(), catalogue.Staleness), nil
}
