package listcourses_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/listcourses"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
)

func TestListCourses(t *testing.T) {
	w := coursetesting.New(t)
	draft, _ := w.Draft(t, "a")
	first, _ := w.Published(t, "a")
	second, _ := w.Published(t, "a")
	list := func(query, token string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses?" + query, Token: token}.Do(t, listcourses.Handle)
	}
	names := func(query, token string) (found []string) {
		for {
			page := functiontesting.Into[api.ListCoursesPage](t, list(query, token), http.StatusOK)
			for _, c := range page.Courses {
				found = append(found, c.Name)
			}
			if page.NextPageToken == "" {
				return found
			}
			query = query + "&pageToken=" + page.NextPageToken
		}
	}

	both := []string{"courses/" + first, "courses/" + second}
	theirs := "&tutor=users/" + w.TutorID
	assert.ElementsMatch(t, both, names("regionCode=JP"+theirs, ""))
	assert.ElementsMatch(t, both, names("regionCode=JP&level=BEGINNER&taughtLanguageCode=ja&query=%E4%BC%9A%E8%A9%B1%20japanese"+theirs, w.Learner))
	assert.Empty(t, names("regionCode=MX"+theirs, ""))
	assert.Empty(t, names("regionCode=JP&level=ADVANCED"+theirs, ""))
	assert.ElementsMatch(t, append(both, "courses/"+draft), names("tutor=users/me", w.Tutor), "one's own, drafts included")
	assert.ElementsMatch(t, both, names("regionCode=JP"+theirs, w.Other))

	one := functiontesting.Into[api.ListCoursesPage](t, list("regionCode=JP&languageCode=ja&pageSize=1"+theirs, ""), http.StatusOK)
	require.Len(t, one.Courses, 1)
	assert.Equal(t, "日本語会話", one.Courses[0].Title)
	assert.Equal(t, "1480", one.Courses[0].Price.Amount)
	require.NotEmpty(t, one.NextPageToken)
	functiontesting.Refused(t, list("regionCode=MX&pageToken="+one.NextPageToken+theirs, ""), http.StatusBadRequest, pagetoken.ReasonInvalid)
	functiontesting.Refused(t, list("regionCode=JP&pageToken=forged"+theirs, ""), http.StatusBadRequest, pagetoken.ReasonInvalid)
	assert.Equal(t, []string{"regionCode"}, functiontesting.Refused(t, list("level=BEGINNER", ""), http.StatusBadRequest, "INVALID_ARGUMENT"))
	assert.Equal(t, []string{"pageSize"}, functiontesting.Refused(t, list("regionCode=JP&pageSize=-1", ""), http.StatusBadRequest, "INVALID_ARGUMENT"))
	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses?regionCode=JP", Token: w.Learner}
	functiontesting.CheckRefusals(t, listcourses.Handle, "ListCourses", w.Issuer, good, "")
}
