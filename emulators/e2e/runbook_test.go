package e2e

import (
	"context"
	"net/http"
	"path"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/faults"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
)

// What docs/runbooks/stuck-sagas.md has one do: a compensation that is refused stops its
// saga and raises the alarm; once the cause is gone an operator resumes it, and the learner has
// the money back.
func TestStuckSagaIsResumed(t *testing.T) {
	w, s := begin(t)
	course, item := w.course(t)
	l := w.learner(t, "JP", goodCard)
	for _, command := range []string{message.SubscribeCommand, message.ReleaseSubscriptionCommand} {
		_, err := s.Faults.Add(faults.Rule{
			Target: "HandleSubscriptionCommand", Match: map[string]string{"command": command}, Effect: faults.Refuse, Reason: "NOT_TODAY", Count: 1,
		})
		require.NoError(t, err)
	}
	defer s.Faults.Clear()
	var o api.Operation
	require.NoError(t, l.Call(t.Context(), http.MethodPost, "/users/me/subscriptions", l.request(course), &o))
	settle(t)
	require.NoError(t, l.Call(t.Context(), http.MethodGet, "/"+o.Name, nil, &o))
	require.False(t, o.Done, "it cannot go on by itself")
	assert.Contains(t, shared.logs.String(), `"msg":"saga is stuck","saga":"`+id(o.Name))
	charges, returned := w.charged(t, id(o.Metadata.Subscription))
	assert.Equal(t, 1, charges)
	assert.Equal(t, 1, returned)

	s.Faults.Clear() // the cause is mended
	require.NoError(t, s.CallFunction(t.Context(), "ResumeSagas", map[string]string{"saga": id(o.Name)}))
	_, err := l.AwaitDone(t.Context(), o)
	assert.Error(t, err, "it has ended, compensated")
	assert.False(t, l.mayStudy(t, item))
	require.NoError(t, s.CallFunction(t.Context(), "ResumeSagas", map[string]string{"saga": id(o.Name)}), "again does no harm")
}

// What docs/runbooks/dead-letters.md has one look at: what is no message of ours is put away
// with the reason, and nothing else is held up.
func TestDeadLetterSaysWhy(t *testing.T) {
	_, s := begin(t)
	var mu sync.Mutex
	var buried []string
	s.PubSub.SetAroundPublish(func(_ context.Context, topic string, publish func() error) error {
		mu.Lock()
		buried = append(buried, path.Base(topic))
		mu.Unlock()
		return publish()
	})
	defer s.PubSub.SetAroundPublish(nil)
	_, err := s.PubSub.Publish(t.Context(), "projects/kwipper-local/topics/user-commands", []byte("nonsense"), nil)
	require.NoError(t, err)
	settle(t)
	mu.Lock()
	defer mu.Unlock()
	assert.Contains(t, buried, "user-commands-dead")
	assert.Contains(t, shared.logs.String(), `"reason":"MALFORMED_EVENT"`)
}
