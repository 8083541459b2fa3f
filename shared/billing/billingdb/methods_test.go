package billingdb_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
)

func TestCardIsSavedByItsEvent(t *testing.T) {
	w := newWorld(t)
	m := w.openCard()
	assert.Equal(t, billing.MethodPending, m.State)
	enterCard(t, m.RedirectURI, "5555555555554444")
	w.deliver(w.awaitEvents()...)
	m, err := w.store.Method(t.Context(), m.ID)
	require.NoError(t, err)
	assert.Equal(t, billing.MethodActive, m.State)
	assert.Equal(t, "mastercard", m.Brand)
	assert.Empty(t, m.RedirectURI)
	second := w.openCard()
	assert.Equal(t, m.CustomerID, second.CustomerID, "one customer a learner")
}

func TestPageThatLapsedFailsTheMethod(t *testing.T) {
	w := newWorld(t)
	m := w.openCard()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL()+"/v1/checkout/sessions/"+m.SetupID+"/expire", strings.NewReader(""))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer sk_test_kwipper")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	m, err = w.wallet.Get(t.Context(), learner, m.ID)
	require.NoError(t, err)
	assert.Equal(t, billing.MethodFailed, m.State)
	assert.Equal(t, "PAYMENT_METHOD_UNUSABLE", w.one(order("jp-s1", m.ID, 0)).Failure.Reason)
}

func TestPendingMethodIsShownWhileTheGatewayIsAway(t *testing.T) {
	w := newWorld(t)
	m := w.openCard()
	enterCard(t, m.RedirectURI, "4242424242424242")
	w.fault("checkout.sessions.retrieve", emulator.EffectErrorBefore)
	shown, err := w.wallet.Get(t.Context(), learner, m.ID)
	require.NoError(t, err)
	assert.Equal(t, billing.MethodPending, shown.State)
	shown, err = w.wallet.Get(t.Context(), learner, m.ID)
	require.NoError(t, err)
	assert.Equal(t, billing.MethodActive, shown.State)
}

func TestCardEnteredAfterItsRemovalIsDetached(t *testing.T) {
	w := newWorld(t)
	m := w.openCard()
	require.NoError(t, w.wallet.Remove(t.Context(), learner, m.ID))
	enterCard(t, m.RedirectURI, "4242424242424242")
	w.deliver(w.awaitEvents()...)
	kept, err := w.store.Method(t.Context(), m.ID)
	require.NoError(t, err)
	assert.Equal(t, billing.MethodRemoved, kept.State)
	require.NotEmpty(t, kept.GatewayID)
	kept.State = billing.MethodActive // even if it were not removed here
	_, err = w.store.ChangeMethod(t.Context(), m.ID, func(m *billing.Method) { *m = kept })
	require.NoError(t, err)
	reply := w.one(order("jp-s1", m.ID, 0))
	assert.Equal(t, message.Refused, reply.Outcome)
	w.check(0, 0)
}

func TestEventOfAMethodThatIsNotStoredYet(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	m := other.openCard()
	enterCard(t, m.RedirectURI, "4242424242424242")
	var completed []event
	for _, e := range other.awaitEvents() {
		if strings.Contains(string(e.payload), "checkout.session.completed") {
			completed = append(completed, e)
		}
	}
	require.Len(t, completed, 1)
	w.deliver(completed...)
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Len(t, w.tasks, 1, "looked at again")
	assert.NotEmpty(t, w.tasks[0].EventID)
}

func TestOneKeyMakesOneMethod(t *testing.T) {
	w := newWorld(t)
	key := idempotency.NewKey("uid", "CreatePaymentMethod", "jp", "k", "", nil)
	create := func() (billing.Method, error) {
		return w.wallet.Create(t.Context(), key, billing.Learner{UserID: learner, Country: "jp"}, returnURI)
	}
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			if _, err := create(); err != nil {
				assert.Equal(t, "IDEMPOTENCY_KEY_IN_FLIGHT", fault.ReasonOf(err))
			}
		})
	}
	group.Wait()
	first, err := create()
	require.NoError(t, err)
	found, err := w.store.Methods(t.Context(), learner, billing.Page{Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, first, found[0])

	_, err = w.wallet.Get(t.Context(), "jp-somebody-else", first.ID)
	assert.True(t, fault.Is(err, fault.PermissionDenied))
	assert.True(t, fault.Is(w.wallet.Remove(t.Context(), "jp-somebody-else", first.ID), fault.PermissionDenied))
}
