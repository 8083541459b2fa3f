package getcontent_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/getcontent"
	"github.com/kwipper/kwipper/shared/api"
)

func TestGetContent(t *testing.T) {
	w := contenttesting.New(t)
	published, draft := w.Published(t, contenttesting.Movie(100)), w.Draft(t, 100)
	get := func(token, id string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: w.Path("/" + id), Token: token}.Do(t, getcontent.Handle)
	}
	seen := functiontesting.Into[api.Content](t, get(w.Learner, published.ID), http.StatusOK)
	assert.Equal(t, published.Name(), seen.Name)
	assert.Equal(t, api.ContentState("READY"), seen.State)
	own := get(w.Tutor, draft.ID)
	assert.Equal(t, api.ContentState("AWAITING_UPLOAD"), functiontesting.Into[api.Content](t, own, http.StatusOK).State)
	assert.NotContains(t, string(own.Body), draft.UploadURI, "the session is answered by CreateContent alone")

	functiontesting.Refused(t, get(w.Learner, draft.ID), http.StatusNotFound, "NOT_FOUND")
	functiontesting.Refused(t, get(w.Other, published.ID), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	functiontesting.Refused(t, get(w.OtherTutor, draft.ID), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	functiontesting.Refused(t, get(w.Other, "jp-"+uuid.NewString()), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	good := functiontesting.Call{Method: http.MethodGet, Path: w.Path("/" + published.ID), Token: w.Learner}
	functiontesting.CheckRefusals(t, getcontent.Handle, "GetContent", w.Issuer, good, "")
}
