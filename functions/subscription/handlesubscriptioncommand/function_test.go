package handlesubscriptioncommand_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/subscriptiontesting"
	"github.com/kwipper/kwipper/functions/subscription/handlesubscriptioncommand"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/subscription"
)

const name = "HandleSubscriptionCommand"

// TestHandleSubscriptionCommand is one test, since the function keeps its publisher.
func TestHandleSubscriptionCommand(t *testing.T) {
	pubsub := pubsubtest.New(t)
	w := subscriptiontesting.New(t)
	push := func(cmd message.Command) int {
		return functiontesting.Push(t, handlesubscriptioncommand.Handle, name, w.Services, cmd).Status
	}
	replies := func() (all []message.Reply) {
		for _, m := range pubsub.Published(message.RepliesTopic) {
			var r message.Reply
			require.NoError(t, json.Unmarshal([]byte(m.Data), &r))
			all = append(all, r)
		}
		return all
	}
	s := w.Active(t)
	ref := message.SubscriptionRef{SubscriptionID: s.ID, InvoiceID: s.InvoiceID}
	cmd := subscriptiontesting.Command(t, message.BeginRefundCommand, ref)

	t.Run("only the invoker may push", func(t *testing.T) {
		for _, token := range []string{
			"", w.Learner, w.Services.Service(t, "https://functions.test/Pay"),
			w.Services.Token(t, map[string]any{"aud": "https://functions.test/" + name, "email": "other@kwipper-test.iam.gserviceaccount.com", "email_verified": true}),
			w.Issuer.Service(t, "https://functions.test/"+name),
		} {
			answer := functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token, Body: map[string]any{}}.Do(t, handlesubscriptioncommand.Handle)
			assert.Contains(t, []int{401, 403}, answer.Status)
		}
		assert.Empty(t, w.Get(t, s.ID).HeldBy)
	})
	t.Run("a reply that cannot be published is given again", func(t *testing.T) {
		pubsub.Fail(status.Error(codes.PermissionDenied, "down"))
		assert.Equal(t, http.StatusServiceUnavailable, push(cmd))
		pubsub.Fail(nil)
		for range 3 {
			assert.Equal(t, http.StatusNoContent, push(cmd))
		}
		all := replies()
		require.Len(t, all, 3)
		assert.Equal(t, message.Done, all[0].Outcome)
		assert.Equal(t, all[0], all[2])
		assert.Equal(t, subscription.ForRefund, w.Get(t, s.ID).HeldFor)
	})
	t.Run("a conflict is redelivered", func(t *testing.T) {
		renewal := subscriptiontesting.Command(t, message.BeginRenewalCommand, message.Renewal{SubscriptionID: s.ID, Period: 1, Attempt: 1})
		assert.Equal(t, http.StatusServiceUnavailable, push(renewal))
		other := subscriptiontesting.Command(t, message.BeginRefundCommand, ref)
		assert.Equal(t, http.StatusNoContent, push(other))
		last := replies()[len(replies())-1]
		assert.Equal(t, message.Refused, last.Outcome)
		assert.Equal(t, "SUBSCRIPTION_BUSY", last.Failure.Reason)
	})
	t.Run("what will never do is put away", func(t *testing.T) {
		unknown := subscriptiontesting.Command(t, "Dance", nil)
		assert.Equal(t, http.StatusNoContent, push(unknown))
		broken := functiontesting.Call{Method: http.MethodPost, Path: "/", Token: w.Services.Service(t, "https://functions.test/"+name), Body: map[string]any{
			"message": map[string]any{"data": []byte("nonsense"), "messageId": "1"}, "subscription": "projects/p/subscriptions/subscription-commands." + name,
		}}
		assert.Equal(t, http.StatusNoContent, broken.Do(t, handlesubscriptioncommand.Handle).Status)
		assert.NotEmpty(t, pubsub.Published("subscription-commands-dead"))
	})
}
