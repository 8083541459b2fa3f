// Package publishcourse is the function PublishCourse: a tutor publishes a course, which a saga does.
package publishcourse

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/saga/operation"
)

func init() { functions.HTTP("PublishCourse", Handle) }

var handle = httpapi.Operation("PublishCourse", wire, serve)

// Handle serves PublishCourse.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, d dependencies, r *httpapi.Request) (*httpapi.Response, error) {
	begun, err := d.publishing.Publish(ctx, course.ViewerOf(r.Caller()), r.Path("course"))
	if err != nil {
		return nil, err
	}
	o, status, err := operation.Await(ctx, d.sagas, begun, r.Wait())
	if err != nil {
		return nil, err
	}
	return &httpapi.Response{Status: status, Body: o}, nil
}
