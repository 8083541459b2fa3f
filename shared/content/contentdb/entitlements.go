package contentdb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

// Grant starts or extends an entitlement, unless its subscription's was revoked.
func (s Store) Grant(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error) {
	return barrier.Run(ctx, s.Client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		row, err := txn.ReadRowWithOptions(ctx, "Entitlements", entitlementKey(e), []string{"AccessUntil", "RevokeTime"},
			&spanner.ReadOptions{RequestTag: "get-entitlement"})
		if err != nil && spanner.ErrCode(err) != codes.NotFound {
			return nil, fmt.Errorf("read entitlement to %s: %w", e.CourseID, err)
		}
		until := e.AccessUntil
		if err == nil {
			var before time.Time
			var revoked spanner.NullTime
			if err := row.Columns(&before, &revoked); err != nil {
				return nil, err
			}
			if revoked.Valid {
				return nil, nil
			}
			if before.After(until) {
				until = before // an extension that was overtaken by a later one
			}
		}
		return nil, writeEntitlement(txn, e, until, spanner.NullTime{})
	})
}

// Revoke ends an entitlement for good. Its time is the machine's: TTL reckons by it.
func (s Store) Revoke(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error) {
	return barrier.Run(ctx, s.Client, cmd, func(_ context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		now := time.Now().UTC()
		return nil, writeEntitlement(txn, e, time.Unix(0, 0), spanner.NullTime{Time: now, Valid: true})
	})
}

func entitlementKey(e message.Enrollment) spanner.Key {
	return spanner.Key{e.UserID, e.CourseID, e.SubscriptionID}
}

func writeEntitlement(txn *spanner.ReadWriteTransaction, e message.Enrollment, until time.Time, revoked spanner.NullTime) error {
	return txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdateMap("Entitlements", map[string]any{
		"UserId": e.UserID, "CourseId": e.CourseID, "SubscriptionId": e.SubscriptionID, "Country": e.Country,
		"AccessUntil": until, "RevokeTime": revoked, "UpdateTime": spanner.CommitTimestamp,
	})})
}

// AccessUntil returns until when a learner has a course, the zero time when never.
func (s Store) AccessUntil(ctx context.Context, userID, courseID string) (time.Time, error) {
	var until time.Time
	rows := s.Client.Single().ReadWithOptions(ctx, "Entitlements", spanner.Key{userID, courseID}.AsPrefix(),
		[]string{"AccessUntil", "RevokeTime"}, &spanner.ReadOptions{RequestTag: "access-until"})
	err := spannerdb.Each(rows, func(row *spanner.Row) error {
		var one time.Time
		var revoked spanner.NullTime
		if err := row.Columns(&one, &revoked); err != nil {
			return err
		}
		if !revoked.Valid && one.After(until) {
			until = one
		}
		return nil
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("read access to course %s: %w", courseID, err)
	}
	return until, nil
}

// ChangeCourse applies change to all contents of a course that are not deleted, together
// with the barrier of cmd.
func (s Store) ChangeCourse(ctx context.Context, cmd message.Command, courseID string, change func([]content.Content) ([]content.Content, any, error)) (message.Reply, error) {
	return barrier.Run(ctx, s.Client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		all, err := contents(ctx, txn, spanner.Key{courseID}, "contents-of-course")
		if err != nil {
			return nil, err
		}
		changed, body, err := change(all)
		if err != nil {
			return nil, err
		}
		return body, write(txn, changed...)
	})
}
