package handlecoursecommand_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/handlecoursecommand"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
)

// TestHandleCourseCommand is one test, since the function keeps its publisher.
func TestHandleCourseCommand(t *testing.T) {
	pubsub := pubsubtest.New(t)
	w := coursetesting.New(t)
	w.Issuer.UseForServices(t)
	id, items := w.Published(t, "a")
	replies := 0
	push := func(name string, body any) message.Reply {
		t.Helper()
		encoded, err := json.Marshal(body)
		require.NoError(t, err)
		answer := functiontesting.Push(t, handlecoursecommand.Handle, "HandleCourseCommand", w.Issuer, message.Command{
			Version: 1, Saga: "jp-g1", Step: name, Service: message.Course, Name: name, Country: "jp", StartTime: time.Now(), Body: encoded,
		})
		require.Equal(t, http.StatusNoContent, answer.Status, "%s", answer.Body)
		published := pubsub.Published(message.RepliesTopic)
		replies++
		require.Len(t, published, replies)
		var reply message.Reply
		require.NoError(t, json.Unmarshal([]byte(published[replies-1].Data), &reply))
		return reply
	}

	info := push("GetCourseInfo", message.GetCourseInfo{CourseID: id, Country: "jp", Language: "en", PriceShown: money.Of(1480, money.JPY)})
	assert.Equal(t, message.Done, info.Outcome)
	assert.Contains(t, string(info.Body), "Conversational Japanese")
	changed := push("GetCourseInfo", message.GetCourseInfo{CourseID: id, Country: "jp", PriceShown: money.Of(980, money.JPY)})
	assert.Equal(t, "PRICE_CHANGED", changed.Failure.Reason)
	assert.Equal(t, "1480", changed.Failure.Metadata["amount"])

	e := message.Enrollment{SubscriptionID: "jp-s1", UserID: w.LearnerID, CourseID: id, Country: "jp", DisplayName: "花子", AccessUntil: time.Now().Add(time.Hour)}
	for range 3 {
		assert.Equal(t, message.Done, push("UpdateCourseInfo", e).Outcome)
	}
	count, err := w.Store.CountSubscribers(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, int64(1), count)
	assert.Equal(t, message.Done, push("RevertCourseInfo", e).Outcome)
	count, err = w.Store.CountSubscribers(t.Context(), id)
	require.NoError(t, err)
	assert.Zero(t, count)
	assert.Equal(t, message.Refused, push("BeginPublish", message.Publication{CourseID: id, TutorID: w.TutorID}).Outcome, "no saga holds it")
	assert.Len(t, items, 1)
	assert.Equal(t, message.Refused, push("DropTables", struct{}{}).Outcome)
}
