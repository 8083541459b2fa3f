package billingdb_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func TestTimeoutAfterChargingIsSettledLater(t *testing.T) {
	w := newWorld(t)
	pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
	w.fault("payment_intents.confirm", emulator.EffectTimeoutAfter)
	assert.Empty(t, w.send(pay), "the outcome is unknown: no answer")
	assert.Equal(t, billing.PaymentStarted, w.statement(0).Payments[0].State)
	assert.Equal(t, 1, w.runTasks(5))
	replies := w.takeReplies(true)
	require.Len(t, replies, 1)
	assert.Equal(t, message.Done, replies[0].Outcome)
	w.check(1, 980)
}

func TestCompensationAfterATimeoutThatChargedReturnsTheMoney(t *testing.T) {
	w := newWorld(t)
	pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
	w.fault("payment_intents.confirm", emulator.EffectTimeoutAfter)
	assert.Empty(t, w.send(pay))
	w.fault("refunds.create", emulator.EffectTimeoutAfter)
	replies := w.send(undo(pay))
	require.Len(t, replies, 1, "charged; that it was returned is not known yet")
	assert.Equal(t, message.Done, replies[0].Outcome)
	assert.False(t, replies[0].Compensation)
	w.takeReplies(true)
	w.runTasks(5)
	replies = w.takeReplies(true)
	require.NotEmpty(t, replies)
	for _, r := range replies {
		assert.Equal(t, yen.Minor, returned(t, r))
	}
	assert.Equal(t, billing.InvoiceRefunded, w.statement(0).Invoice.State)
	w.check(1, 0)
	assert.Len(t, w.server.Totals().Refunds, 1)
}

func TestAnyCallMayFailBeforeOrAfterItsEffect(t *testing.T) {
	for _, operation := range []string{"payment_intents.create", "payment_intents.confirm", "payment_intents.retrieve"} {
		for _, effect := range []emulator.Effect{
			emulator.EffectErrorBefore, emulator.EffectErrorAfter, emulator.EffectTimeoutBefore, emulator.EffectTimeoutAfter,
			emulator.EffectDropAfter, emulator.EffectRateLimit,
		} {
			t.Run(operation+" "+string(effect), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
				w.fault("payment_intents.confirm", emulator.EffectErrorBefore) // so that the intent is retrieved
				w.fault(operation, effect)
				replies := w.send(pay)
				w.runTasks(6)
				replies = append(replies, w.takeReplies(true)...)
				require.NotEmpty(t, replies)
				assert.Equal(t, message.Done, replies[0].Outcome)
				w.check(1, 980)
				for _, operation := range []string{"refunds.create", "refunds.list"} {
					w.fault(operation, effect)
				}
				require.NoError(t, w.handle(refund("jp-r1", "jp-s1")))
				w.runTasks(6)
				replies = w.takeReplies(true)
				require.NotEmpty(t, replies)
				assert.Equal(t, yen.Minor, returned(t, replies[len(replies)-1]))
				w.check(1, 0)
			})
		}
	}
}

func TestCompensationInTheMiddle(t *testing.T) {
	t.Run("before the action", func(t *testing.T) {
		w := newWorld(t)
		pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
		assert.Zero(t, returned(t, w.one(undo(pay))))
		late := w.one(pay)
		assert.Equal(t, "SAGA_COMPENSATED", late.Failure.Reason)
		w.check(0, 0)
	})
	t.Run("before the intent exists", func(t *testing.T) {
		w := newWorld(t)
		pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
		w.fault("payment_intents.create", emulator.EffectTimeoutAfter)
		assert.Empty(t, w.send(pay))
		assert.Zero(t, returned(t, w.send(undo(pay))[1]))
		w.runTasks(5)
		w.deliver(w.awaitEvents()...)
		w.check(0, 0)
	})
	t.Run("before it is confirmed", func(t *testing.T) {
		w := newWorld(t)
		pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
		w.fault("payment_intents.confirm", emulator.EffectErrorBefore)
		assert.Empty(t, w.send(pay))
		assert.Zero(t, returned(t, w.send(undo(pay))[1]))
		w.runTasks(5)
		w.check(0, 0)
	})
	for _, operation := range []string{"payment_intents.create", "payment_intents.confirm"} {
		t.Run("during "+operation, func(t *testing.T) {
			w := newWorld(t)
			pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
			w.fault(operation, emulator.EffectSlow, func(f *emulator.Fault) { f.DelayMillis = 150 })
			var group sync.WaitGroup
			group.Go(func() { assert.NoError(t, w.handle(pay)) })
			require.Eventually(t, func() bool { return w.server.Faults()[0].Hits > 0 }, 5*time.Second, time.Millisecond)
			for range 2 {
				group.Go(func() { assert.NoError(t, w.handle(undo(pay))) })
			}
			group.Wait()
			w.runTasks(10)
			answered := false
			for _, r := range w.takeReplies(true) {
				answered = answered || r.Compensation && r.Outcome == message.Done
			}
			assert.True(t, answered)
			sum := w.server.Totals().Sums["jpy"]
			assert.Equal(t, sum.ChargedMinor, sum.RefundedMinor)
		})
	}
}

func TestEventsComeTwiceOutOfOrderAndLate(t *testing.T) {
	w := newWorld(t)
	pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
	w.fault("payment_intents.confirm", emulator.EffectTimeoutAfter)
	assert.Empty(t, w.send(pay))
	events := w.awaitEvents()
	require.NotEmpty(t, events)
	slices.Reverse(events)
	w.deliver(events[0])
	replies := w.takeReplies(true)
	require.Len(t, replies, 1, "the event came before the answer")
	assert.Equal(t, message.Done, replies[0].Outcome)
	w.deliver(events...)
	w.deliver(events...)
	w.runTasks(10)
	for _, r := range w.takeReplies(true) {
		assert.Equal(t, replies[0], r)
	}
	w.check(1, 980)
	require.NoError(t, w.handle(refund("jp-r1", "jp-s1")))
	w.deliver(events...)
	w.deliver(w.awaitEvents()...)
	w.check(1, 0)
}

func TestEventThatMatchesNothingIsTriedAgainForAWhile(t *testing.T) {
	w := newWorld(t)
	other := newWorld(t)
	method := other.saveCard("4242424242424242")
	require.Equal(t, message.Done, other.one(order("jp-s1", method, 0)).Outcome)
	events := other.awaitEvents() // of another world, with the same secret
	require.NotEmpty(t, events)
	w.deliver(events...)
	ran := w.runTasks(1000)
	assert.Positive(t, ran)
	assert.Less(t, ran, 8*len(events))
	assert.Empty(t, w.tasks)
	w.check(0, 0)
}

func TestEventsNeedTheirSignature(t *testing.T) {
	w := newWorld(t)
	w.saveCard("4242424242424242")
	events := w.awaitEvents()
	require.NotEmpty(t, events)
	e := events[0]
	for name, bad := range map[string]event{
		"none":        {e.payload, ""},
		"other body":  {append([]byte(" "), e.payload...), e.signature},
		"other key":   {e.payload, emulator.Sign(e.payload, "whsec_other", time.Now())},
		"old":         {e.payload, emulator.Sign(e.payload, webhookSecret, time.Now().Add(-6*time.Minute))},
		"from future": {e.payload, emulator.Sign(e.payload, webhookSecret, time.Now().Add(6*time.Minute))},
	} {
		err := w.webhook.Receive(t.Context(), bad.payload, bad.signature)
		assert.True(t, fault.Is(err, fault.Unauthenticated), name)
	}
	bad := []byte(`{"object":"list"}`)
	err := w.webhook.Receive(t.Context(), bad, emulator.Sign(bad, webhookSecret, time.Now()))
	assert.True(t, fault.Is(err, fault.InvalidArgument))
}

// TestDatabaseThatIsAwayIsNoRefusal has every call to the database fail.
func TestDatabaseThatIsAwayIsNoRefusal(t *testing.T) {
	w := newWorld(t)
	pay := order("jp-s1", w.saveCard("4242424242424242"), 0)
	w.client.Close()
	for _, cmd := range []message.Command{pay, undo(pay), refund("jp-r1", "jp-s1")} {
		err := w.handle(cmd)
		require.Error(t, err)
		assert.False(t, fault.Final(spannerdb.Fault(err)))
	}
}
