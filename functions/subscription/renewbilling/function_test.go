package renewbilling_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/subscriptiontesting"
	"github.com/kwipper/kwipper/functions/subscription/renewbilling"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/subscription"
)

// TestRenewBilling is one test, since the function keeps its publisher.
func TestRenewBilling(t *testing.T) {
	pubsub := pubsubtest.New(t)
	w := subscriptiontesting.New(t)
	token := w.Services.Service(t, "https://functions.test/RenewBilling")
	call := func(token string, body any) int {
		return functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token, Body: body}.Do(t, renewbilling.Handle).Status
	}
	due := w.Due(t)
	for _, wrong := range []string{"", w.Learner, w.Services.Service(t, "https://functions.test/Pay"), w.Issuer.Service(t, "https://functions.test/RenewBilling")} {
		assert.Contains(t, []int{401, 403}, call(wrong, due))
	}
	assert.Empty(t, w.Sagas(t))

	assert.Equal(t, http.StatusNoContent, call(token, due))
	assert.Equal(t, http.StatusNoContent, call(token, due), "delivered twice")
	id := message.RenewalSagaID(due.SubscriptionID, 1, 1)
	assert.Equal(t, []string{id}, w.Sagas(t))
	for _, m := range pubsub.Published("subscription-commands") {
		cmd, err := message.DecodeCommand([]byte(m.Data))
		require.NoError(t, err)
		assert.Equal(t, message.BeginRenewalCommand, cmd.Name)
		assert.Equal(t, id, cmd.Saga)
	}

	early := w.Active(t)
	assert.Equal(t, http.StatusServiceUnavailable, call(token, subscription.DueRenewal{SubscriptionID: early.ID, Period: 1, Attempt: 1}), "comes again")
	for name, body := range map[string]any{
		"late": subscription.DueRenewal{SubscriptionID: early.ID, Period: 0, Attempt: 1}, "nonsense": "nonsense", "empty": nil,
		"unknown": subscription.DueRenewal{SubscriptionID: "jp-" + uuid.NewString(), Period: 1, Attempt: 1},
	} {
		assert.Equal(t, http.StatusNoContent, call(token, body), name)
	}
	assert.Len(t, w.Sagas(t), 1)
}
