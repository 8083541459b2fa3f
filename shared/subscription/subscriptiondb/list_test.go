package subscriptiondb_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/subscription"
)

// insert writes count subscriptions, of which n says what is due.
func (s *service) insert(count int, n func(i int, row map[string]any)) {
	s.t.Helper()
	var mutations []*spanner.Mutation
	for i := range count {
		id := message.ID("jp", "many", fmt.Sprint(i))
		row := map[string]any{
			"SubscriptionId": id, "UserId": message.ID("jp", "user", fmt.Sprint(i)), "CourseId": "jp-c", "Country": "jp", "PaymentMethodId": "m",
			"Currency": "JPY", "PriceMinor": 1, "State": "ACTIVE", "OperationId": "o", "Period": i % 7, "RenewAttempts": i % 3,
			"Shard": subscription.Shard(id), "CreateTime": start, "UpdateTime": start,
		}
		n(i, row)
		mutations = append(mutations, spanner.InsertMap("Subscriptions", row))
	}
	for part := range slices.Chunk(mutations, 500) {
		_, err := s.store.Client.Apply(ctx, part)
		require.NoError(s.t, err)
	}
}

func TestDueRenewalsPageWithoutGapOrRepetition(t *testing.T) {
	s := newService(t)
	const count = 2000
	horizon := start.Add(time.Hour)
	s.insert(count, func(i int, row map[string]any) {
		switch i % 10 {
		case 0: // many at the very same time
			row["RenewTime"] = start
		case 9: // beyond the horizon
			row["RenewTime"] = horizon.Add(time.Nanosecond)
		case 8: // never
		default:
			row["RenewTime"] = start.Add(time.Duration(i) * time.Second)
		}
	})
	found := map[string]bool{}
	for shard := range subscription.Shards {
		var after subscription.DueRenewal
		for {
			page, err := s.store.DueRenewals(ctx, shard, horizon, after, 17)
			require.NoError(t, err)
			for _, d := range page {
				assert.Equal(t, shard, subscription.Shard(d.SubscriptionID))
				assert.False(t, d.RenewTime.Before(after.RenewTime) || d.RenewTime.After(horizon))
				assert.False(t, found[d.SubscriptionID], "twice")
				found[d.SubscriptionID] = true
				after = d
			}
			if len(page) < 17 {
				break
			}
		}
	}
	assert.Len(t, found, count*8/10)
	one, err := s.store.DueRenewals(ctx, subscription.Shard(message.ID("jp", "many", "10")), start, subscription.DueRenewal{}, 1000)
	require.NoError(t, err)
	at := slices.IndexFunc(one, func(d subscription.DueRenewal) bool { return d.SubscriptionID == message.ID("jp", "many", "10") })
	require.GreaterOrEqual(t, at, 0)
	assert.Equal(t, subscription.DueRenewal{SubscriptionID: message.ID("jp", "many", "10"), Period: 10%7 + 1, Attempt: 10%3 + 1, RenewTime: start}, one[at])
}

func TestDueEndsPageWithoutGapOrRepetition(t *testing.T) {
	s := newService(t)
	const count = 600
	s.insert(count, func(i int, row map[string]any) {
		row["Language"] = "ja"
		if i%2 == 0 {
			row["EndDueTime"] = start.Add(time.Duration(i%5) * time.Minute)
		} else if i%3 == 0 {
			row["EndDueTime"] = start.Add(time.Hour)
		}
	})
	found := map[string]bool{}
	for shard := range subscription.Shards {
		var after subscription.DueEnd
		for {
			page, err := s.store.DueEnds(ctx, shard, start.Add(30*time.Minute), after, 3)
			require.NoError(t, err)
			for _, d := range page {
				assert.Equal(t, "ja", d.Language)
				assert.Equal(t, "jp-c", d.CourseID)
				assert.False(t, found[d.SubscriptionID], "twice")
				found[d.SubscriptionID] = true
				after = d
			}
			if len(page) < 3 {
				break
			}
		}
	}
	assert.Len(t, found, count/2)
}

// TestOnlyWhatIsDueIsInTheIndexes follows one subscription through its life.
func TestOnlyWhatIsDueIsInTheIndexes(t *testing.T) {
	s := newService(t)
	far := start.AddDate(1, 0, 0)
	renewals := func() int {
		due, err := s.store.DueRenewals(ctx, subscription.Shard("jp-1"), far, subscription.DueRenewal{}, 10)
		require.NoError(t, err)
		return len(due)
	}
	ends := func() int {
		due, err := s.store.DueEnds(ctx, subscription.Shard("jp-1"), far, subscription.DueEnd{}, 10)
		require.NoError(t, err)
		return len(due)
	}
	s.must("saga-jp-1", "ValidateSubscription", "ValidateSubscription", validate("jp-1", "jp-u", "jp-c"))
	assert.Equal(t, [2]int{0, 0}, [2]int{renewals(), ends()}, "pending")
	s.active("jp-1", "jp-u", "jp-c")
	assert.Equal(t, [2]int{1, 0}, [2]int{renewals(), ends()}, "active")
	require.NoError(t, s.store.Amend(ctx, "jp-1", func(sub *subscription.Subscription) {
		_, err := sub.Cancel(subscription.PeriodEnd, start)
		require.NoError(t, err)
	}))
	assert.Equal(t, [2]int{0, 1}, [2]int{renewals(), ends()}, "cancelled")
	s.now = s.get("jp-1").PeriodEnd
	ref := message.SubscriptionRef{SubscriptionID: "jp-1"}
	require.Equal(t, message.Done, s.must("end", "BeginEnd", "BeginEnd", ref).Outcome)
	require.Equal(t, message.Done, s.must("end", "Unsubscribe", "Unsubscribe", ref).Outcome)
	assert.Equal(t, [2]int{0, 0}, [2]int{renewals(), ends()}, "ended")
}

func TestListPagesFromTheNewest(t *testing.T) {
	s := newService(t)
	const count = 23
	s.insert(count, func(i int, row map[string]any) {
		row["UserId"] = "jp-u"
		row["CreateTime"] = start.Add(time.Duration(i/4) * time.Minute) // several at the same time
	})
	var found []subscription.Subscription
	page := subscription.Page{Limit: 5}
	for {
		some, err := s.store.List(ctx, "jp-u", page)
		require.NoError(t, err)
		found = append(found, some...)
		if len(some) < page.Limit {
			break
		}
		last := some[len(some)-1]
		page.Before, page.AfterID = last.CreateTime, last.ID
	}
	ids := map[string]bool{}
	for i, sub := range found {
		ids[sub.ID] = true
		assert.False(t, i > 0 && sub.CreateTime.After(found[i-1].CreateTime), "newest first")
	}
	assert.Len(t, found, count)
	assert.Len(t, ids, count)
	none, err := s.store.List(ctx, "jp-v", page)
	require.NoError(t, err)
	assert.Empty(t, none)
}
