package cancelsubscription_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/subscriptiontesting"
	"github.com/kwipper/kwipper/functions/subscription/cancelsubscription"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/subscription"
)

// TestCancelSubscription is one test, since the function keeps its publisher.
func TestCancelSubscription(t *testing.T) {
	pubsub := pubsubtest.New(t)
	w := subscriptiontesting.New(t)
	cancel := func(s subscription.Subscription, mode, key string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodPost, Path: w.Path("/%s:cancel", s.ID), Token: w.Learner,
			Body: map[string]any{"mode": mode}, Header: map[string]string{"Idempotency-Key": key}}.Do(t, cancelsubscription.Handle)
	}
	begun := func() int { return len(pubsub.Published("subscription-commands")) }

	t.Run("at the end of the period", func(t *testing.T) {
		s := w.Active(t)
		got := functiontesting.Into[api.Subscription](t, cancel(s, "PERIOD_END", "k1"), http.StatusOK)
		assert.Equal(t, s.PeriodEnd, got.EndTime)
		assert.Equal(t, api.SubscriptionState("CANCELED"), got.State)
		assert.Equal(t, got, functiontesting.Into[api.Subscription](t, cancel(s, "PERIOD_END", "k1"), http.StatusOK), "repeated")
		functiontesting.Refused(t, cancel(s, "NOW", "k1"), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")
		assert.Zero(t, begun())
	})
	t.Run("while the next period is being paid", func(t *testing.T) {
		s := w.Active(t)
		var terms message.RenewalTerms
		require.NoError(t, w.Store.Amend(t.Context(), s.ID, func(s *subscription.Subscription) {
			var err error
			terms, err = s.BeginRenewal("jp-renewal", message.Renewal{SubscriptionID: s.ID, Period: 1, Attempt: 1}, s.RenewTime)
			require.NoError(t, err)
		}))
		got := functiontesting.Into[api.Subscription](t, cancel(s, "PERIOD_END", "k2"), http.StatusOK)
		assert.Equal(t, terms.PeriodEnd, got.EndTime, "the answer gives the date")
	})
	t.Run("while it is refunded", func(t *testing.T) {
		s := w.Active(t)
		require.NoError(t, w.Store.Amend(t.Context(), s.ID, func(s *subscription.Subscription) {
			require.NoError(t, s.BeginRefund("jp-refund", message.SubscriptionRef{InvoiceID: s.InvoiceID}, time.Now()))
		}))
		functiontesting.Refused(t, cancel(s, "PERIOD_END", "k3"), http.StatusConflict, "SUBSCRIPTION_BUSY")
		assert.Zero(t, w.Get(t, s.ID).CancelTime)
	})
	t.Run("pending", func(t *testing.T) {
		s, _ := w.Pending(t)
		functiontesting.Refused(t, cancel(s, "PERIOD_END", "k4"), http.StatusBadRequest, "SUBSCRIPTION_NOT_ACTIVE")
	})
	t.Run("now", func(t *testing.T) {
		s := w.Active(t)
		got := functiontesting.Into[api.Subscription](t, cancel(s, "NOW", "k5"), http.StatusOK)
		assert.WithinDuration(t, time.Now(), got.EndTime, time.Minute)
		again := functiontesting.Into[api.Subscription](t, cancel(s, "NOW", "k6"), http.StatusOK)
		assert.Equal(t, got.EndTime, again.EndTime, "another key does not begin another end")
		sagas := map[string]bool{}
		for _, m := range pubsub.Published("subscription-commands") {
			assert.Equal(t, message.BeginEndCommand, m.Attributes["command"])
			cmd, err := message.DecodeCommand([]byte(m.Data))
			require.NoError(t, err)
			sagas[cmd.Saga] = true
		}
		assert.Equal(t, map[string]bool{message.EndSagaID(s.ID, w.Get(t, s.ID).EndTime): true}, sagas)
	})
	t.Run("now, with no broker", func(t *testing.T) {
		pubsub.Fail(status.Error(codes.PermissionDenied, "down"))
		defer pubsub.Fail(nil)
		s := w.Active(t)
		functiontesting.Into[api.Subscription](t, cancel(s, "NOW", "k7"), http.StatusOK)
		assert.Contains(t, w.Sagas(t), message.EndSagaID(s.ID, w.Get(t, s.ID).EndTime), "the saga is due by itself")
	})
	t.Run("refusals", func(t *testing.T) { checkRefusals(t, w) })
}

func checkRefusals(t *testing.T, w *subscriptiontesting.World) {
	t.Helper()
	s := w.Active(t)
	call := func(id, key string) functiontesting.Call {
		return functiontesting.Call{Method: http.MethodPost, Path: w.Path("/%s:cancel", id), Token: w.Learner,
			Body: map[string]any{"mode": "NOW"}, Header: map[string]string{"Idempotency-Key": key}}
	}
	functiontesting.Refused(t, call("jp-"+uuid.NewString(), "k8").Do(t, cancelsubscription.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	stranger := call(s.ID, "k9")
	stranger.Path, stranger.Token = "/v1/users/me/subscriptions/"+s.ID+":cancel", w.Other
	functiontesting.Refused(t, stranger.Do(t, cancelsubscription.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.CheckRefusals(t, cancelsubscription.Handle, "CancelSubscription", w.Issuer, call(s.ID, uuid.NewString()), w.Other)
	assert.Zero(t, w.Get(t, s.ID).CancelTime)
}
