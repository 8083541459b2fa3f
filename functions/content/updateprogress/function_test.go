package updateprogress_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/updateprogress"
	"github.com/kwipper/kwipper/shared/api"
)

func TestUpdateProgress(t *testing.T) {
	w := contenttesting.New(t)
	path := "/v1/users/" + w.LearnerID + "/progress/" + w.CourseID + "/items/" + w.ItemID
	good := functiontesting.Call{Method: http.MethodPatch, Path: path, Token: w.Learner, Body: map[string]any{"positionSeconds": 90}}
	functiontesting.Refused(t, good.Do(t, updateprogress.Handle), http.StatusNotFound, "NOT_FOUND")
	w.PublishItem(t, w.CourseID, w.ItemID)
	p := functiontesting.Into[api.ItemProgress](t, good.Do(t, updateprogress.Handle), http.StatusOK)
	assert.Equal(t, path[len("/v1/"):], p.Name)
	assert.EqualValues(t, 90, p.PositionSeconds)
	assert.False(t, p.Done)
	done := good
	done.Body = map[string]any{"done": true}
	p = functiontesting.Into[api.ItemProgress](t, done.Do(t, updateprogress.Handle), http.StatusOK)
	assert.True(t, p.Done)
	assert.EqualValues(t, 90, p.PositionSeconds, "what is not sent stays")
	done.Body = map[string]any{"done": false, "positionSeconds": 0}
	p = functiontesting.Into[api.ItemProgress](t, done.Do(t, updateprogress.Handle), http.StatusOK)
	assert.False(t, p.Done)
	assert.Zero(t, p.PositionSeconds)

	wrong := good
	wrong.Body = map[string]any{"positionSeconds": -1}
	assert.Equal(t, []string{"positionSeconds"}, functiontesting.Refused(t, wrong.Do(t, updateprogress.Handle), http.StatusBadRequest, "INVALID_ARGUMENT"))
	other := good
	other.Path, other.Token = "/v1/users/me/progress/"+w.CourseID+"/items/"+w.ItemID, w.Other
	functiontesting.Refused(t, other.Do(t, updateprogress.Handle), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	functiontesting.CheckRefusals(t, updateprogress.Handle, "UpdateProgress", w.Issuer, good, w.Other)
}
