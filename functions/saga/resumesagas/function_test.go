package resumesagas_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/functions/saga/resumesagas"
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

// TestResume is one test, since the function keeps its publisher.
func TestResume(t *testing.T) {
	issuer := authtest.New(t)
	issuer.UseForServices(t)
	pubsub := pubsubtest.New(t)
	store := sagadb.New(functiontesting.Database(t, "saga", sagadb.Schema()), silent{}, enrollment.Registry(), clock.Wall{})
	id := message.ID("jp", "1")
	_, _, err := store.Start(t.Context(), idempotency.Key{}, saga.New{ID: id, Definition: enrollment.End, Owner: "jp-u",
		Country: "jp", Input: enrollment.EndInput{SubscriptionID: "jp-s"}})
	require.NoError(t, err)
	token := issuer.Service(t, "https://functions.test/ResumeSagas")
	call := func(token string, body any) int {
		return functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token, Body: body}.Do(t, resumesagas.Handle).Status
	}

	assert.Contains(t, []int{401, 403}, call("", nil))
	assert.Contains(t, []int{401, 403}, call(issuer.Service(t, "https://functions.test/Pay"), nil))
	assert.Empty(t, pubsub.Published("subscription-commands"))

	require.Equal(t, 204, call(token, nil), "the scheduler")
	require.Len(t, pubsub.Published("subscription-commands"), 1)
	require.Equal(t, 204, call(token, nil))
	require.Len(t, pubsub.Published("subscription-commands"), 1, "not due again yet")

	failure := &message.Failure{Kind: "failed precondition", Reason: "NOT_TODAY"}
	begun := message.Reply{Version: 1, Saga: id, Step: message.BeginEndCommand, Outcome: message.Done}
	revoke := message.Reply{Version: 1, Saga: id, Step: message.RevokeContentAccessCommand, Outcome: message.Refused, Failure: failure}
	require.NoError(t, store.Reply(t.Context(), begun))
	require.NoError(t, store.Reply(t.Context(), revoke))
	require.Equal(t, 204, call(token, resumesagas.Request{Saga: id}), "an operator")
	sent := pubsub.Published("content-commands")
	require.Len(t, sent, 1)
	again, err := message.DecodeCommand([]byte(sent[0].Data))
	require.NoError(t, err)
	assert.Equal(t, 1, again.Attempt)
	assert.Equal(t, 204, call(token, resumesagas.Request{Saga: message.ID("jp", "unknown")}), "logged and put away")
	assert.Equal(t, 204, call(token, `{"saga":`), "logged and put away")
}
