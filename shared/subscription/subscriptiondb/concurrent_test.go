package subscriptiondb_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/subscription"
)

// TestRenewalRefundAndCancellationAtOnce has them meet in the database, each delivered
// three times: one saga is let in, and none charges what was cancelled before.
func TestRenewalRefundAndCancellationAtOnce(t *testing.T) {
	s := newService(t)
	for round := range 30 {
		id := fmt.Sprint("jp-r", round)
		sub := s.active(id, "jp-u", fmt.Sprint("jp-c", round))
		now := sub.RenewTime
		s.now = now
		renewal := command(t, "renewal-"+id, "BeginRenewal", "BeginRenewal", message.Renewal{SubscriptionID: id, Period: 1, Attempt: 1})
		refund := command(t, "refund-"+id, "BeginRefund", "BeginRefund", message.SubscriptionRef{SubscriptionID: id, InvoiceID: sub.InvoiceID})
		outcomes := map[string]map[message.Outcome]bool{renewal.Name: {}, refund.Name: {}}
		var mu sync.Mutex
		var group sync.WaitGroup
		for range 3 {
			for _, cmd := range []message.Command{renewal, refund} {
				group.Go(func() {
					reply, err := s.try(cmd)
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						assert.True(t, fault.Is(err, fault.Conflict), "%v", err)
						return
					}
					outcomes[cmd.Name][reply.Outcome] = true
				})
			}
		}
		var cancelled subscription.Subscription
		var cancelError error
		group.Go(func() {
			key := idempotency.NewKey("uid", "CancelSubscription", "jp", id, "/p", nil)
			cancelled, cancelError = s.store.ChangeOnce(ctx, key, id, func(sub *subscription.Subscription) error {
				_, err := sub.Cancel(subscription.PeriodEnd, now.Add(time.Minute))
				return err
			})
		})
		group.Wait()

		renewed, refunded := outcomes[renewal.Name][message.Done], outcomes[refund.Name][message.Done]
		assert.False(t, renewed && refunded, "both were let in")
		for name, seen := range outcomes {
			assert.LessOrEqual(t, len(seen), 1, "%s was answered in two ways", name)
		}
		after := s.get(id)
		switch {
		case renewed:
			assert.Equal(t, subscription.ForRenewal, after.HeldFor)
			require.NoError(t, cancelError)
			assert.True(t, cancelled.EndTime.After(sub.PeriodEnd), "it ends with the period that is being paid")
		case refunded:
			assert.Equal(t, subscription.ForRefund, after.HeldFor)
			assert.True(t, cancelError == nil || fault.Is(cancelError, fault.Conflict), "%v", cancelError)
		default:
			t.Fatalf("nobody was let in: %v", outcomes)
		}
		if cancelError == nil && !cancelled.EndTime.After(sub.PeriodEnd) {
			assert.False(t, renewed, "charged after its cancellation was confirmed")
		}
	}
}
