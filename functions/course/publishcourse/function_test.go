package publishcourse_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/publishcourse"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

// TestPublishCourse is one test, since the function keeps its publisher.
func TestPublishCourse(t *testing.T) {
	pubsub := pubsubtest.New(t)
	functiontesting.Database(t, "saga", sagadb.Schema())
	w := coursetesting.New(t)
	id, _ := w.Draft(t, "a")
	empty, _ := w.Draft(t)
	good := functiontesting.Call{Method: http.MethodPost, Path: "/v1/courses/" + id + ":publish", Token: w.Tutor}
	functiontesting.CheckRefusals(t, publishcourse.Handle, "PublishCourse", w.Issuer, good, w.Other)

	begun := functiontesting.Into[api.Operation](t, good.Do(t, publishcourse.Handle), http.StatusAccepted)
	assert.False(t, begun.Done)
	assert.Equal(t, api.OperationMetadataKindPUBLISH, begun.Metadata.Kind)
	assert.Equal(t, "courses/"+id, begun.Metadata.Course)
	commands := pubsub.Published(message.CommandTopic(message.Course))
	require.NotEmpty(t, commands)
	assert.Equal(t, message.BeginPublishCommand, commands[0].Attributes["command"])
	again := functiontesting.Into[api.Operation](t, good.Do(t, publishcourse.Handle), http.StatusAccepted)
	assert.Equal(t, begun.Name, again.Name, "one at a time")

	good.Path = "/v1/courses/" + empty + ":publish"
	functiontesting.Refused(t, good.Do(t, publishcourse.Handle), http.StatusBadRequest, "COURSE_INCOMPLETE")
	good.Path = "/v1/courses/jp-00000000-0000-4000-8000-000000000000:publish"
	functiontesting.Refused(t, good.Do(t, publishcourse.Handle), http.StatusForbidden, "PERMISSION_DENIED")
}
