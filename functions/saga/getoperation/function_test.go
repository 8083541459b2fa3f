package getoperation_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/functions/saga/getoperation"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

const owner = "jp-0c5a2f0e-8f5b-4a3e-9a52-0e7d9d2b6f10"

// silent publishes nothing: the sagas of these tests move when the test says so.
type silent struct{}

func (silent) PublishCommands(context.Context, []message.Command) error { return nil }

func newStore(t *testing.T) *sagadb.Store {
	client := functiontesting.Database(t, "saga", sagadb.Schema())
	return sagadb.New(client, silent{}, enrollment.Registry(), clock.Wall{})
}

func begin(t *testing.T, store *sagadb.Store) string {
	t.Helper()
	id := message.ID("jp", t.Name())
	_, _, err := store.Start(t.Context(), idempotency.Key{}, saga.New{ID: id, Definition: enrollment.Publish,
		Owner: owner, Country: "jp", Language: "ja", Course: "courses/jp-c", Input: enrollment.PublishInput{CourseID: "jp-c", TutorID: owner}})
	require.NoError(t, err)
	return id
}

func get(id, token string) functiontesting.Call {
	return functiontesting.Call{Method: http.MethodGet, Path: "/v1/operations/" + id, Token: token}
}

func TestOwnerSeesTheOperation(t *testing.T) {
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	id := begin(t, newStore(t))
	o := functiontesting.Into[api.Operation](t, get(id, issuer.User(t, owner)).Do(t, getoperation.Handle), http.StatusOK)
	assert.Equal(t, "operations/"+id, o.Name)
	assert.False(t, o.Done)
	assert.Equal(t, api.OperationMetadataKindPUBLISH, o.Metadata.Kind)
	assert.Equal(t, api.OperationMetadataStateRUNNING, o.Metadata.State)
	assert.Equal(t, "courses/jp-c", o.Metadata.Course)
	assert.NotZero(t, o.Metadata.ExpireTime)
	functiontesting.Into[api.Operation](t, get(id, issuer.User(t, "jp-admin", "administrator")).Do(t, getoperation.Handle), http.StatusOK)
}

func TestAnswerIsHeldBackUntilTheEnd(t *testing.T) {
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	store := newStore(t)
	id := begin(t, store)
	answered := make(chan functiontesting.Answer, 1)
	go func() {
		call := get(id, issuer.User(t, owner))
		call.Header = map[string]string{"Prefer": "wait=10"}
		answered <- call.Do(t, getoperation.Handle)
	}()
	refused := message.Reply{Version: 1, Saga: id, Step: message.BeginPublishCommand, Outcome: message.Refused,
		Failure: &message.Failure{Kind: "failed precondition", Reason: "COURSE_INCOMPLETE", Message: "it has no items"}}
	require.NoError(t, store.Reply(t.Context(), refused))
	select {
	case answer := <-answered:
		o := functiontesting.Into[api.Operation](t, answer, http.StatusOK)
		assert.True(t, o.Done)
		assert.Equal(t, api.OperationMetadataStateFAILED, o.Metadata.State)
		assert.Equal(t, int32(9), o.Error.Code)
		assert.Equal(t, "wait=10", answer.Header.Get("Preference-Applied"))
	case <-time.After(8 * time.Second):
		t.Fatal("the answer did not come with the end of the saga")
	}
}

func TestOthersAreRefused(t *testing.T) {
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	id := begin(t, newStore(t))
	unknown := message.ID("jp", "nothing")
	for name, c := range map[string]struct {
		call   functiontesting.Call
		status int
		reason string
	}{
		"no token":               {get(id, ""), 401, "TOKEN_MISSING"},
		"expired token":          {get(id, issuer.Token(t, map[string]any{"userId": owner, "exp": time.Now().Add(-time.Hour).Unix()})), 401, "TOKEN_EXPIRED"},
		"forged token":           {get(id, issuer.Forged(t, map[string]any{"userId": owner})), 401, "TOKEN_INVALID"},
		"wrong audience":         {get(id, issuer.Token(t, map[string]any{"userId": owner, "aud": "other"})), 401, "TOKEN_INVALID"},
		"not registered":         {get(id, issuer.Token(t, map[string]any{"sub": "uid-x"})), 403, "USER_NOT_REGISTERED"},
		"somebody else":          {get(id, issuer.User(t, "jp-somebody")), 403, "PERMISSION_DENIED"},
		"unknown operation":      {get(unknown, issuer.User(t, owner)), 403, "PERMISSION_DENIED"},
		"unknown, administrator": {get(unknown, issuer.User(t, "jp-admin", "administrator")), 404, "NOT_FOUND"},
		"not an id":              {get(strings.Repeat("x", 100), issuer.User(t, owner)), 400, "INVALID_ARGUMENT"},
	} {
		t.Run(name, func(t *testing.T) {
			functiontesting.Refused(t, c.call.Do(t, getoperation.Handle), c.status, c.reason)
		})
	}
}
