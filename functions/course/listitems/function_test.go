package listitems_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/listitems"
	"github.com/kwipper/kwipper/shared/api"
)

func TestListItems(t *testing.T) {
	w := coursetesting.New(t)
	id, _ := w.Published(t, "a", "b", "c")
	draft, _ := w.Draft(t, "a")
	list := func(id, query, token string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses/" + id + "/items" + query, Token: token}.Do(t, listitems.Handle)
	}

	first := functiontesting.Into[api.ListItemsPage](t, list(id, "?pageSize=2", ""), http.StatusOK)
	require.Len(t, first.Items, 2)
	assert.Equal(t, "a", first.Items[0].Title)
	assert.Equal(t, int32(9), first.Items[0].TextSizeBytes)
	assert.Empty(t, first.Items[0].Text)
	rest := functiontesting.Into[api.ListItemsPage](t, list(id, "?pageSize=2&pageToken="+first.NextPageToken, ""), http.StatusOK)
	require.Len(t, rest.Items, 1)
	assert.Equal(t, int32(3), rest.Items[0].Position)
	assert.Empty(t, rest.NextPageToken)

	assert.Len(t, functiontesting.Into[api.ListItemsPage](t, list(draft, "", w.Tutor), http.StatusOK).Items, 1)
	functiontesting.Refused(t, list(draft, "", w.Learner), http.StatusNotFound, "COURSE_NOT_AVAILABLE")
	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses/" + id + "/items", Token: w.Learner}
	functiontesting.CheckRefusals(t, listitems.Handle, "ListItems", w.Issuer, good, "")
}
