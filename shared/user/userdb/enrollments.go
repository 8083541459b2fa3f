package userdb

import (
	"context"
	"fmt"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga/barrier"
	"github.com/kwipper/kwipper/shared/user"
)

// Add records a subscription of a user, once for the command.
func (s *Store) Add(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error) {
	return barrier.Run(ctx, s.client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		_, err := txn.ReadRowWithOptions(ctx, users, spanner.Key{e.UserID}, []string{"UserId"}, &spanner.ReadOptions{RequestTag: "user-exists"})
		if spanner.ErrCode(err) == codes.NotFound {
			return nil, fault.New(fault.NotFound, user.ReasonNotRegistered, "there is no user %s", e.UserID)
		}
		if err != nil {
			return nil, fmt.Errorf("read user %s: %w", e.UserID, err)
		}
		return nil, txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdateMap(enrollments, map[string]any{
			"UserId": e.UserID, "SubscriptionId": e.SubscriptionID, "CourseId": e.CourseID, "Country": cmd.Country,
			"CreateTime": spanner.CommitTimestamp,
		})})
	})
}

// Remove takes a subscription away from its user, once for the command.
func (s *Store) Remove(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error) {
	return barrier.Run(ctx, s.client, cmd, func(_ context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		return nil, txn.BufferWrite([]*spanner.Mutation{spanner.Delete(enrollments, spanner.Key{e.UserID, e.SubscriptionID})})
	})
}
