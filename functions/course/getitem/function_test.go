package getitem_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/getitem"
	"github.com/kwipper/kwipper/shared/api"
)

func TestGetItem(t *testing.T) {
	w := coursetesting.New(t)
	id, items := w.Published(t, "a")
	get := func(item, query, token string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses/" + id + "/items/" + item + query, Token: token}.Do(t, getitem.Handle)
	}
	text := func(token string) string {
		return functiontesting.Into[api.Item](t, get(items[0], "?view=FULL", token), http.StatusOK).Text
	}

	assert.Empty(t, functiontesting.Into[api.Item](t, get(items[0], "", ""), http.StatusOK).Text)
	assert.Equal(t, "text of a", text(w.Tutor))
	for _, token := range []string{"", w.Learner, w.Other} {
		functiontesting.Refused(t, get(items[0], "?view=FULL", token), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	}
	w.Enroll(t, id, time.Now().Add(-time.Second))
	functiontesting.Refused(t, get(items[0], "?view=FULL", w.Learner), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	w.Enroll(t, id, time.Now().Add(time.Hour))
	assert.Equal(t, "text of a", text(w.Learner))

	unknown := "jp-00000000-0000-4000-8000-000000000000"
	functiontesting.Refused(t, get(unknown, "", w.Learner), http.StatusNotFound, "NOT_FOUND")
	assert.Equal(t, []string{"view"}, functiontesting.Refused(t, get(items[0], "?view=ALL", ""), http.StatusBadRequest, "INVALID_ARGUMENT"))
	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses/" + id + "/items/" + items[0], Token: w.Learner}
	functiontesting.CheckRefusals(t, getitem.Handle, "GetItem", w.Issuer, good, "")
}
