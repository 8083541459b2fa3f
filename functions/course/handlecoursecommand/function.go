// Package handlecoursecommand is the function HandleCourseCommand: the steps of sagas that the
// Course service serves.
package handlecoursecommand

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/event"
)

func init() { functions.HTTP("HandleCourseCommand", Handle) }

var handle = event.Command("HandleCourseCommand", wire, serve)

// Handle serves a push of course-commands.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, commands course.Commands, cmd message.Command) (message.Reply, error) {
	return commands.Handle(ctx, cmd)
}
