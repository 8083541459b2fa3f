package getcourse_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/getcourse"
	"github.com/kwipper/kwipper/shared/api"
)

func TestGetCourse(t *testing.T) {
	w := coursetesting.New(t)
	draft, _ := w.Draft(t, "a")
	published, _ := w.Published(t, "a", "b")
	get := func(id, query, token string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses/" + id + query, Token: token}.Do(t, getcourse.Handle)
	}

	seen := functiontesting.Into[api.Course](t, get(published, "?regionCode=JP&languageCode=en-GB", ""), http.StatusOK)
	assert.Equal(t, "Conversational Japanese", seen.Title)
	assert.Equal(t, "en", seen.TextLanguageCode)
	assert.Equal(t, api.Money{Amount: "1480", CurrencyCode: "JPY"}, seen.Price)
	assert.Equal(t, int32(2), seen.ItemCount)
	assert.Empty(t, seen.Titles)
	assert.NotZero(t, seen.PublishTime)
	assert.Zero(t, functiontesting.Into[api.Course](t, get(published, "?regionCode=MX", w.Learner), http.StatusOK).Price, "not sold there")

	mine := functiontesting.Into[api.Course](t, get(draft, "", w.Tutor), http.StatusOK)
	assert.Equal(t, api.CourseStateDRAFT, mine.State)
	assert.Len(t, mine.Titles, 2)
	for _, token := range []string{"", w.Learner, w.Other} {
		functiontesting.Refused(t, get(draft, "", token), http.StatusNotFound, "COURSE_NOT_AVAILABLE")
	}
	unknown := "jp-00000000-0000-4000-8000-000000000000"
	functiontesting.Refused(t, get(unknown, "", w.Tutor), http.StatusNotFound, "COURSE_NOT_AVAILABLE")
	assert.Equal(t, []string{"regionCode"}, functiontesting.Refused(t, get(published, "?regionCode=US", ""), http.StatusBadRequest, "INVALID_ARGUMENT"))
	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses/" + published, Token: w.Learner}
	functiontesting.CheckRefusals(t, getcourse.Handle, "GetCourse", w.Issuer, good, "")
}
