package handlecontentcommand_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/handlecontentcommand"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
)

const name = "HandleContentCommand"

// TestHandleContentCommand is one test, since the function keeps its publisher.
func TestHandleContentCommand(t *testing.T) {
	pubsub := pubsubtest.New(t)
	w := contenttesting.New(t)
	replies := 0
	push := func(command string, body any) message.Reply {
		t.Helper()
		encoded, err := json.Marshal(body)
		require.NoError(t, err)
		cmd := message.Command{Version: 1, Saga: "jp-" + uuid.NewString(), Step: command, Service: message.Content, Name: command,
			Country: "jp", StartTime: time.Now(), Body: encoded}
		var reply message.Reply
		for range 2 { // delivered twice
			require.Equal(t, http.StatusNoContent, functiontesting.Push(t, handlecontentcommand.Handle, name, w.Services, cmd).Status)
			published := pubsub.Published(message.RepliesTopic)
			replies++
			require.Len(t, published, replies)
			require.NoError(t, json.Unmarshal([]byte(published[replies-1].Data), &reply))
		}
		return reply
	}
	until := func(user string) time.Time {
		at, err := w.Store.AccessUntil(t.Context(), user, w.CourseID)
		require.NoError(t, err)
		return at
	}

	user := "jp-" + uuid.NewString()
	e := message.Enrollment{SubscriptionID: "jp-s", UserID: user, CourseID: w.CourseID, Country: "jp", AccessUntil: time.Now().Add(time.Hour).UTC()}
	assert.Equal(t, message.Done, push(message.GrantContentAccessCommand, e).Outcome)
	assert.WithinDuration(t, e.AccessUntil, until(user), time.Microsecond)
	assert.Equal(t, message.Done, push(message.RevokeContentAccessCommand, e).Outcome)
	assert.Zero(t, until(user))
	assert.Equal(t, message.Done, push(message.GrantContentAccessCommand, e).Outcome, "late, of another saga")
	assert.Zero(t, until(user))

	c := w.Draft(t, 100)
	attach := message.AttachMedia{CourseID: w.CourseID, TutorID: w.TutorID, ItemIDs: []string{w.ItemID}}
	refused := push(message.AttachMediaCommand, attach)
	assert.Equal(t, "CONTENT_NOT_READY", refused.Failure.Reason)
	assert.Equal(t, c.Name(), refused.Failure.Metadata["content"])

	for _, token := range []string{"", w.Tutor, w.Services.Service(t, "https://functions.test/Pay"), w.Issuer.Service(t, "https://functions.test/"+name)} {
		answer := functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token, Body: map[string]any{}}.Do(t, handlecontentcommand.Handle)
		assert.Contains(t, []int{401, 403}, answer.Status)
	}
}
