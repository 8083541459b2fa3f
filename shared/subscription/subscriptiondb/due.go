package subscriptiondb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/subscription"
)

// DueRenewals returns, of one shard, up to limit renewals due at or before horizon, in the
// order of their times and after the given one (zero: from the first).
func (s Store) DueRenewals(ctx context.Context, shard int, horizon time.Time, after subscription.DueRenewal, limit int) ([]subscription.DueRenewal, error) {
	statement := spanner.NewStatement(`
		SELECT SubscriptionId, RenewTime, Period, RenewAttempts
		FROM Subscriptions@{FORCE_INDEX=DueRenewals}
		WHERE Shard = @shard AND RenewTime IS NOT NULL AND RenewTime >= @after AND RenewTime <= @horizon
		  AND (RenewTime > @after OR SubscriptionId > @id)
		ORDER BY RenewTime, SubscriptionId
		LIMIT @limit`)
	statement.Params = map[string]any{
		"shard": int64(shard), "after": after.RenewTime, "id": after.SubscriptionID, "horizon": horizon, "limit": int64(limit),
	}
	var due []subscription.DueRenewal
	iter := s.Client.Single().QueryWithOptions(ctx, statement, spanner.QueryOptions{RequestTag: "due-renewals"})
	err := spannerdb.Each(iter, func(r *spanner.Row) error {
		var d subscription.DueRenewal
		var periodNumber, attempts int64
		if err := r.Columns(&d.SubscriptionID, &d.RenewTime, &periodNumber, &attempts); err != nil {
			return err
		}
		d.Period, d.Attempt = int(periodNumber)+1, int(attempts)+1
		due = append(due, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list due renewals of shard %d: %w", shard, err)
	}
	return due, nil
}

// DueEnds returns, of one shard, up to limit subscriptions that are to end at or before
// now, in the order of their times and after the given one (zero: from the first).
func (s Store) DueEnds(ctx context.Context, shard int, now time.Time, after subscription.DueEnd, limit int) ([]subscription.DueEnd, error) {
	statement := spanner.NewStatement(`
		SELECT SubscriptionId, EndDueTime, UserId, CourseId, Country, Language
		FROM Subscriptions@{FORCE_INDEX=DueEnds}
		WHERE Shard = @shard AND EndDueTime IS NOT NULL AND EndDueTime >= @after AND EndDueTime <= @now
		  AND (EndDueTime > @after OR SubscriptionId > @id)
		ORDER BY EndDueTime, SubscriptionId
		LIMIT @limit`)
	statement.Params = map[string]any{
		"shard": int64(shard), "after": after.EndTime, "id": after.SubscriptionID, "now": now, "limit": int64(limit),
	}
	var due []subscription.DueEnd
	iter := s.Client.Single().QueryWithOptions(ctx, statement, spanner.QueryOptions{RequestTag: "due-ends"})
	err := spannerdb.Each(iter, func(r *spanner.Row) error {
		var d subscription.DueEnd
		var language spanner.NullString
		if err := r.Columns(&d.SubscriptionID, &d.EndTime, &d.UserID, &d.CourseID, &d.Country, &language); err != nil {
			return err
		}
		d.Language = language.StringVal
		due = append(due, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list due ends of shard %d: %w", shard, err)
	}
	return due, nil
}
