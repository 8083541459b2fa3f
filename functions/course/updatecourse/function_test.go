package updatecourse_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/updatecourse"
	"github.com/kwipper/kwipper/shared/api"
)

func TestUpdateCourse(t *testing.T) {
	w := coursetesting.New(t)
	id, _ := w.Published(t, "a")
	good := functiontesting.Call{Method: http.MethodPatch, Path: "/v1/courses/" + id, Token: w.Tutor, Body: map[string]any{"level": "ADVANCED"}}
	with := func(query string, body any, etag string) functiontesting.Answer {
		call := good
		call.Path, call.Body, call.Header = call.Path+query, body, map[string]string{"If-Match": etag}
		return call.Do(t, updatecourse.Handle)
	}

	changed := functiontesting.Into[api.Course](t, with("", map[string]any{"level": "ADVANCED"}, ""), http.StatusOK)
	assert.Equal(t, api.LevelADVANCED, changed.Level)
	assert.Len(t, changed.Titles, 2, "what the body has not stays")
	functiontesting.Refused(t, with("", map[string]any{"level": "BEGINNER"}, `"1"`), http.StatusConflict, "ETAG_MISMATCH")
	again := functiontesting.Into[api.Course](t, with("", map[string]any{"titles": map[string]string{"ja": "文法"}}, `"`+changed.Etag+`"`), http.StatusOK)
	assert.Equal(t, api.Titles{"ja": "文法"}, again.Titles, "maps are replaced whole")

	functiontesting.Refused(t, with("?updateMask=prices", map[string]any{}, ""), http.StatusBadRequest, "COURSE_INCOMPLETE")
	assert.Equal(t, []string{"titles"}, functiontesting.Refused(t, with("?updateMask=titles", map[string]any{}, ""), http.StatusBadRequest, "INVALID_ARGUMENT"))
	assert.Equal(t, []string{"updateMask"}, functiontesting.Refused(t, with("?updateMask=state", map[string]any{}, ""), http.StatusBadRequest, "INVALID_ARGUMENT"))
	functiontesting.CheckRefusals(t, updatecourse.Handle, "UpdateCourse", w.Issuer, good, w.Other)
	good.Path = "/v1/courses/jp-00000000-0000-4000-8000-000000000000"
	functiontesting.Refused(t, good.Do(t, updatecourse.Handle), http.StatusForbidden, "PERMISSION_DENIED")
}
