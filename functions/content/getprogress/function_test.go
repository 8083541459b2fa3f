package getprogress_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/getprogress"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/content"
)

func TestGetProgress(t *testing.T) {
	w := contenttesting.New(t)
	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/" + w.LearnerID + "/progress/" + w.CourseID, Token: w.Learner}
	none := functiontesting.Into[api.Progress](t, good.Do(t, getprogress.Handle), http.StatusOK)
	assert.NotNil(t, none.Items)
	assert.Empty(t, none.Items)
	desk := content.Desk{Store: w.Store, Clock: clock.Wall{}}
	w.PublishItem(t, w.CourseID, w.ItemID)
	_, err := desk.Update(t.Context(), w.LearnerID, "jp", w.CourseID, w.ItemID, new(true), new(int32(7)))
	require.NoError(t, err)
	some := functiontesting.Into[api.Progress](t, good.Do(t, getprogress.Handle), http.StatusOK)
	assert.Equal(t, "courses/"+w.CourseID, some.Course)
	assert.EqualValues(t, 1, some.DoneCount)
	assert.EqualValues(t, 7, some.Items[0].PositionSeconds)
	functiontesting.CheckRefusals(t, getprogress.Handle, "GetProgress", w.Issuer, good, w.Other)
}
