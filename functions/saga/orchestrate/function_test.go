package orchestrate_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/functions/saga/orchestrate"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

type silent struct{}

func (silent) PublishCommands(context.Context, []message.Command) error { return nil }

// push is a reply as Pub/Sub delivers it.
func push(t *testing.T, token string, r message.Reply) functiontesting.Call {
	t.Helper()
	data, err := json.Marshal(r)
	require.NoError(t, err)
	return functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token, Body: map[string]any{
		"message":      map[string]any{"data": data, "attributes": r.Attributes(), "messageId": "7"},
		"subscription": "projects/kwipper-test/subscriptions/saga-replies.orchestrate",
	}}
}

// TestReplies is one test, since the function keeps its publisher.
func TestReplies(t *testing.T) {
	issuer := authtest.New(t)
	issuer.UseForServices(t)
	pubsub := pubsubtest.New(t)
	store := sagadb.New(functiontesting.Database(t, "saga", sagadb.Schema()), silent{}, enrollment.Registry(), clock.Wall{})
	id := message.ID("jp", "1")
	_, _, err := store.Start(t.Context(), idempotency.Key{}, saga.New{ID: id, Definition: enrollment.Publish, Owner: "jp-u",
		Country: "jp", Input: enrollment.PublishInput{CourseID: "jp-c", TutorID: "jp-u"}})
	require.NoError(t, err)
	token := issuer.Service(t, "https://functions.test/Orchestrate")
	reply := message.Reply{Version: 1, Saga: id, Step: message.BeginPublishCommand, Outcome: message.Done,
		Country: "jp", Body: json.RawMessage(`{"itemIds":["jp-i"]}`)}

	t.Run("only the invoker may call", func(t *testing.T) {
		for _, wrong := range []string{"", issuer.Service(t, "https://functions.test/Pay"), issuer.Forged(t, map[string]any{
			"aud": "https://functions.test/Orchestrate", "email": authtest.Invoker, "email_verified": true})} {
			assert.Contains(t, []int{401, 403}, push(t, wrong, reply).Do(t, orchestrate.Handle).Status)
		}
		assert.Empty(t, pubsub.Published("content-commands"))
	})
	t.Run("a reply is not acknowledged while its commands cannot be published", func(t *testing.T) {
		pubsub.Fail(status.Error(codes.PermissionDenied, "down"))
		assert.Equal(t, 503, push(t, token, reply).Do(t, orchestrate.Handle).Status)
		pubsub.Fail(nil)
	})
	t.Run("its redelivery publishes them", func(t *testing.T) {
		assert.Equal(t, 204, push(t, token, reply).Do(t, orchestrate.Handle).Status)
		sent := pubsub.Published("content-commands")
		require.Len(t, sent, 1)
		assert.Equal(t, message.AttachMediaCommand, sent[0].Attributes["command"])
		command, err := message.DecodeCommand([]byte(sent[0].Data))
		require.NoError(t, err)
		assert.JSONEq(t, `{"courseId":"jp-c","tutorId":"jp-u","itemIds":["jp-i"]}`, string(command.Body))
	})
	t.Run("a reply to nothing is put away", func(t *testing.T) {
		unknown := reply
		unknown.Saga = message.ID("jp", "unknown")
		assert.Equal(t, 204, push(t, token, unknown).Do(t, orchestrate.Handle).Status)
		assert.Len(t, pubsub.Published("saga-replies-dead"), 1)
	})
}
