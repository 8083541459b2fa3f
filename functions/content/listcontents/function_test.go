package listcontents_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/listcontents"
	"github.com/kwipper/kwipper/shared/api"
)

func TestListContents(t *testing.T) {
	w := contenttesting.New(t)
	published, draft := w.Published(t, contenttesting.Movie(100)), w.Draft(t, 100)
	list := func(token string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: w.Path(""), Token: token}.Do(t, listcontents.Handle)
	}
	names := func(a functiontesting.Answer) (all []string) {
		for _, c := range functiontesting.Into[api.ListContentsPage](t, a, http.StatusOK).Contents {
			all = append(all, c.Name)
		}
		return all
	}
	assert.ElementsMatch(t, []string{published.Name(), draft.Name()}, names(list(w.Tutor)))
	assert.Equal(t, []string{published.Name()}, names(list(w.Learner)))
	assert.NotContains(t, string(list(w.Tutor).Body), "http://", "no URLs")
	functiontesting.Refused(t, list(w.Other), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	assert.Empty(t, names(list(w.OtherTutor)), "a tutor of nothing here sees nothing")

	late := "jp-" + uuid.NewString()
	w.Enroll(t, late, w.CourseID, time.Now().Add(-time.Second))
	functiontesting.Refused(t, list(w.Issuer.User(t, late, "learner")), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	good := functiontesting.Call{Method: http.MethodGet, Path: w.Path(""), Token: w.Tutor}
	functiontesting.CheckRefusals(t, listcontents.Handle, "ListContents", w.Issuer, good, "")
}
