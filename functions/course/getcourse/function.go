// Package getcourse is the function GetCourse: a course as it is sold in a region.
package getcourse

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func init() { functions.HTTP("GetCourse", Handle) }

var handle = httpapi.Operation("GetCourse", wire, serve)

// Handle serves GetCourse.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, catalogue course.Catalogue, r *httpapi.Request) (*httpapi.Response, error) {
	viewer := course.ViewerOf(r.Caller())
	c, err := catalogue.Get(ctx, viewer, r.Path("course"))
	if err != nil {
		return nil, err
	}
	answer := c.Resource(viewer, r.Query("regionCode"), r.Query("languageCode"))
	return httpapi.OK(answer).Cacheable(r.Caller(), catalogue.Staleness), nil
}
