package getsubscription_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/subscriptiontesting"
	"github.com/kwipper/kwipper/functions/subscription/getsubscription"
	"github.com/kwipper/kwipper/shared/api"
)

func TestGetSubscription(t *testing.T) {
	w := subscriptiontesting.New(t)
	s := w.Active(t)
	good := functiontesting.Call{Method: http.MethodGet, Path: w.Path("/%s", s.ID), Token: w.Learner}
	answer := good.Do(t, getsubscription.Handle)
	got := functiontesting.Into[api.Subscription](t, answer, http.StatusOK)
	assert.Equal(t, "users/"+w.LearnerID+"/subscriptions/"+s.ID, got.Name)
	assert.Equal(t, api.SubscriptionState("ACTIVE"), got.State)
	assert.Equal(t, api.Money{Amount: "1480", CurrencyCode: "JPY"}, got.Price)
	assert.Equal(t, s.AccessUntil, got.AccessEndTime)
	assert.Equal(t, "operations/"+s.OperationID, got.Operation)
	assert.NotContains(t, string(answer.Body), "0001-01-01", "a time that does not apply is not shown")
	assert.NotEmpty(t, answer.Header.Get("ETag"))

	me := good
	me.Path = "/v1/users/me/subscriptions/" + s.ID
	assert.Equal(t, got, functiontesting.Into[api.Subscription](t, me.Do(t, getsubscription.Handle), http.StatusOK))
	me.Token = w.Other
	functiontesting.Refused(t, me.Do(t, getsubscription.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	unknown := good
	unknown.Path = w.Path("/jp-%s", uuid.NewString())
	functiontesting.Refused(t, unknown.Do(t, getsubscription.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.CheckRefusals(t, getsubscription.Handle, "GetSubscription", w.Issuer, good, w.Other)
}
