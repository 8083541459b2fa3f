package subscriptiondb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
)

func TestEveryReadIsByKeyOrIndex(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t, subscriptiondb.Schema()...))
	store := subscriptiondb.Store{Client: r.Client}
	r.Fill(t, "Subscriptions", 400, func(i int) map[string]any {
		at := start.Add(time.Duration(i/40) * time.Hour) // forty at one time
		return map[string]any{
			"SubscriptionId": fmt.Sprintf("s%03d", i), "UserId": fmt.Sprintf("u%d", i%2), "CourseId": fmt.Sprint(i), "OpenCourseId": fmt.Sprint(i),
			"Shard": i % 4, "RenewTime": at, "EndDueTime": at, "CreateTime": at,
		}
	})
	r.Expect(t, func() error { _, err := store.Get(ctx, "s001"); return err }, "get-subscription: 1 rows by Subscriptions")

	list := func(p subscription.Page) func() error {
		return func() error { _, err := store.List(ctx, "u0", p); return err }
	}
	r.Expect(t, list(subscription.Page{Limit: 11}), "list-subscriptions: 11 rows by SubscriptionsByUser")
	r.Expect(t, list(subscription.Page{Limit: 11, Before: start.Add(5 * time.Hour), AfterID: "s210"}), "list-subscriptions: 11 rows by SubscriptionsByUser")

	horizon := start.Add(7 * time.Hour)
	renewals := func(after subscription.DueRenewal) func() error {
		return func() error { _, err := store.DueRenewals(ctx, 2, horizon, after, 11); return err }
	}
	r.Expect(t, renewals(subscription.DueRenewal{}), "due-renewals: 11 rows by DueRenewals")
	r.Expect(t, renewals(subscription.DueRenewal{RenewTime: start.Add(2 * time.Hour), SubscriptionID: "s110"}), "due-renewals: 11 rows by DueRenewals")
	r.Expect(t, renewals(subscription.DueRenewal{RenewTime: horizon, SubscriptionID: "s314"}), "due-renewals: 1 rows by DueRenewals")
	ends := func(after subscription.DueEnd) func() error {
		return func() error { _, err := store.DueEnds(ctx, 2, horizon, after, 11); return err }
	}
	r.Expect(t, ends(subscription.DueEnd{}), "due-ends: 11 rows by DueEnds")
	r.Expect(t, ends(subscription.DueEnd{EndTime: start.Add(2 * time.Hour), SubscriptionID: "s110"}), "due-ends: 11 rows by DueEnds")

	cmd := command(t, "saga", "ValidateSubscription", "ValidateSubscription", validate("new", "u0", "2"))
	r.Expect(t, func() error {
		_, err := store.Reserve(ctx, cmd, subscription.Subscription{ID: "new", UserID: "u0", CourseID: "2"})
		return err
	},
		"barrier-load: 0 rows by SagaBarriers", "barrier-load: 0 rows by SagaBarriers", "open-subscription: 1 rows by OpenSubscriptions")
	r.Expect(t, func() error {
		_, err := store.ChangeOnce(ctx, idempotency.NewKey("u", "f", "jp", "k", "/", nil), "s001", func(*subscription.Subscription) error { return nil })
		return err
	}, "idempotency-load: 0 rows by IdempotencyKeys", "get-subscription: 1 rows by Subscriptions")
	r.CoverPackage(t, ".")
}
