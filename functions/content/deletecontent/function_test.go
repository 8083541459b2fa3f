package deletecontent_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/deletecontent"
	"github.com/kwipper/kwipper/shared/content/contentstorage"
	"github.com/kwipper/kwipper/shared/fault"
)

func TestDeleteContent(t *testing.T) {
	w := contenttesting.New(t)
	c, other := w.Published(t, contenttesting.Movie(100)), w.Published(t, contenttesting.Movie(100))
	remove := func(token, id, etag string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodDelete, Path: w.Path("/" + id), Token: token, Header: map[string]string{"If-Match": etag}}.Do(t, deletecontent.Handle)
	}
	functiontesting.Refused(t, remove(w.OtherTutor, c.ID, ""), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.Refused(t, remove(w.Tutor, "jp-"+uuid.NewString(), ""), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.Refused(t, remove(w.Tutor, c.ID, `"old"`), http.StatusConflict, "ETAG_MISMATCH")
	assert.Equal(t, http.StatusNoContent, remove(w.Tutor, c.ID, `"`+c.Etag()+`"`).Status)
	objects, err := contentstorage.Open(t.Context())
	require.NoError(t, err)
	_, err = objects.Head(t.Context(), c.Bucket, c.Object, 1)
	assert.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = w.Store.Content(t.Context(), c.CourseID, c.ItemID, c.ID)
	assert.True(t, fault.Is(err, fault.NotFound))
	_, err = objects.Head(t.Context(), other.Bucket, other.Object, 1)
	require.NoError(t, err)

	good := functiontesting.Call{Method: http.MethodDelete, Path: w.Path("/" + other.ID), Token: w.Tutor}
	functiontesting.CheckRefusals(t, deletecontent.Handle, "DeleteContent", w.Issuer, good, w.Learner)
}
