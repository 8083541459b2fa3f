package enqueuerenewals_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/subscriptiontesting"
	"github.com/kwipper/kwipper/functions/subscription/enqueuerenewals"
	"github.com/kwipper/kwipper/shared/subscription"
)

// TestEnqueueRenewals is one test, since the function keeps its client.
func TestEnqueueRenewals(t *testing.T) {
	w := subscriptiontesting.New(t)
	var mu sync.Mutex
	renewed := map[string]int{}
	server, address := w.Tasks(t, map[string]http.HandlerFunc{
		"EnqueueRenewals": enqueuerenewals.Handle,
		"RenewBilling": func(_ http.ResponseWriter, r *http.Request) {
			var due subscription.DueRenewal
			assert.NoError(t, json.NewDecoder(r.Body).Decode(&due))
			mu.Lock()
			defer mu.Unlock()
			renewed[due.SubscriptionID]++
		},
	})
	scheduler := w.Services.Service(t, address+"/EnqueueRenewals")
	call := func(token string) int {
		return functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token}.Do(t, enqueuerenewals.Handle).Status
	}
	want := map[string]int{}
	for range 30 {
		want[w.Due(t).SubscriptionID] = 1
	}
	w.Active(t) // not due
	for _, wrong := range []string{"", w.Learner, w.Services.Service(t, "https://functions.test/EnqueueRenewals")} {
		assert.Contains(t, []int{401, 403}, call(wrong))
	}
	for range 2 {
		assert.Equal(t, http.StatusNoContent, call(scheduler))
		subscriptiontesting.Settle(t, server)
	}
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, want, renewed, "each once, through the tasks of the shards")
	for _, attempt := range server.Attempts() {
		assert.Equal(t, http.StatusOK/100, attempt.Status/100, "%+v", attempt)
	}
}
