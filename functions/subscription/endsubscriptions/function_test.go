package endsubscriptions_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/subscriptiontesting"
	"github.com/kwipper/kwipper/functions/subscription/endsubscriptions"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/subscription"
)

// TestEndSubscriptions is one test, since the function keeps its clients.
func TestEndSubscriptions(t *testing.T) {
	pubsub := pubsubtest.New(t)
	w := subscriptiontesting.New(t)
	server, address := w.Tasks(t, map[string]http.HandlerFunc{"EndSubscriptions": endsubscriptions.Handle})
	scheduler := w.Services.Service(t, address+"/EndSubscriptions")
	call := func(token string) int {
		return functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token}.Do(t, endsubscriptions.Handle).Status
	}
	cancel := func(mode subscription.CancelMode) string {
		id := w.Active(t).ID
		require.NoError(t, w.Store.Amend(t.Context(), id, func(s *subscription.Subscription) {
			_, err := s.Cancel(mode, time.Now().Add(-time.Second).UTC())
			require.NoError(t, err)
		}))
		return message.EndSagaID(id, w.Get(t, id).EndTime)
	}
	var want []string
	for range 20 {
		want = append(want, cancel(subscription.Now))
	}
	cancel(subscription.PeriodEnd) // not yet
	w.Active(t)
	for _, wrong := range []string{"", w.Learner, w.Services.Service(t, "https://functions.test/EndSubscriptions")} {
		assert.Contains(t, []int{401, 403}, call(wrong))
	}
	assert.Empty(t, w.Sagas(t))
	for range 2 {
		assert.Equal(t, http.StatusNoContent, call(scheduler))
		subscriptiontesting.Settle(t, server)
	}
	assert.ElementsMatch(t, want, w.Sagas(t))
	assert.GreaterOrEqual(t, len(pubsub.Published("subscription-commands")), len(want))
}
