package finalizeupload_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/finalizeupload"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
)

// TestFinalizeUpload is one test, since the function keeps its publisher.
func TestFinalizeUpload(t *testing.T) {
	pubsub := pubsubtest.New(t)
	w := contenttesting.New(t)
	push := func(token string, data []byte, attributes map[string]string) int {
		return functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token, Body: map[string]any{
			"message":      map[string]any{"data": data, "attributes": attributes, "messageId": "1"},
			"subscription": "projects/kwipper-test/subscriptions/uploads.FinalizeUpload",
		}}.Do(t, finalizeupload.Handle).Status
	}
	token := w.Services.Service(t, "https://functions.test/FinalizeUpload")
	state := func(c content.Content) content.State {
		c, err := w.Store.Content(t.Context(), c.CourseID, c.ItemID, c.ID)
		require.NoError(t, err)
		return c.State
	}

	c := w.Draft(t, 1000)
	contenttesting.Upload(t, c.UploadURI, contenttesting.Movie(1000))
	n := contenttesting.Notified(t, c)
	for _, wrong := range []string{"", w.Tutor, w.Services.Service(t, "https://functions.test/Pay"), w.Issuer.Service(t, "https://functions.test/FinalizeUpload")} {
		assert.Contains(t, []int{401, 403}, push(wrong, n.Data, n.Attributes))
	}
	assert.Equal(t, content.AwaitingUpload, state(c))
	deleted := maps.Clone(n.Attributes)
	deleted["eventType"] = "OBJECT_DELETE"
	assert.Equal(t, http.StatusNoContent, push(token, n.Data, deleted), "another event")
	assert.Equal(t, content.AwaitingUpload, state(c))
	for range 3 {
		assert.Equal(t, http.StatusNoContent, push(token, n.Data, n.Attributes))
		assert.Equal(t, content.Ready, state(c))
	}

	page := w.Draft(t, 1000)
	contenttesting.Upload(t, page.UploadURI, append([]byte("<html>"), make([]byte, 994)...))
	n = contenttesting.Notified(t, page)
	assert.Equal(t, http.StatusNoContent, push(token, n.Data, n.Attributes))
	assert.Equal(t, content.Failed, state(page))

	assert.Equal(t, http.StatusNoContent, push(token, []byte("nonsense"), n.Attributes))
	assert.Len(t, pubsub.Published("uploads-dead"), 1)
}
