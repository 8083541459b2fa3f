package listprogress_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/listprogress"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/content"
)

func TestListProgress(t *testing.T) {
	w := contenttesting.New(t)
	path := "/v1/users/" + w.LearnerID + "/progress"
	good := functiontesting.Call{Method: http.MethodGet, Path: path, Token: w.Learner}
	empty := functiontesting.Into[api.ListProgressPage](t, good.Do(t, listprogress.Handle), http.StatusOK)
	assert.NotNil(t, empty.Progress)
	assert.Empty(t, empty.Progress)
	desk := content.Desk{Store: w.Store, Clock: clock.Wall{}}
	want := map[string]bool{}
	for range 5 {
		course := "jp-" + uuid.NewString()
		want["courses/"+course] = true
		w.Enroll(t, w.LearnerID, course, time.Now().Add(time.Hour))
		for range 3 {
			item := "jp-" + uuid.NewString()
			w.PublishItem(t, course, item)
			_, err := desk.Update(t.Context(), w.LearnerID, "jp", course, item, new(true), nil)
			require.NoError(t, err)
		}
	}
	found, token := map[string]bool{}, ""
	for range 5 {
		page := good
		page.Path = fmt.Sprintf("%s?pageSize=2&pageToken=%s", path, token)
		got := functiontesting.Into[api.ListProgressPage](t, page.Do(t, listprogress.Handle), http.StatusOK)
		for _, p := range got.Progress {
			assert.False(t, found[p.Course], "twice")
			assert.Len(t, p.Items, 3)
			found[p.Course] = true
		}
		if got.NextPageToken == "" {
			break
		}
		token = got.NextPageToken
	}
	assert.Equal(t, want, found)
	altered := good
	altered.Path = path + "?pageToken=" + token + "x"
	functiontesting.Refused(t, altered.Do(t, listprogress.Handle), http.StatusBadRequest, "PAGE_TOKEN_INVALID")
	altered.Path, altered.Token = "/v1/users/me/progress?pageToken="+token, w.Other
	functiontesting.Refused(t, altered.Do(t, listprogress.Handle), http.StatusBadRequest, "PAGE_TOKEN_INVALID")
	functiontesting.CheckRefusals(t, listprogress.Handle, "ListProgress", w.Issuer, good, w.Other)
}
