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

// Add records a subscription of a user, once for the command. One that was removed stays
// so: the command is late.
func (s *Store) Add(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error) {
	return barrier.Run(ctx, s.client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		if err := exists(ctx, txn, e.UserID); err != nil {
			return nil, err
		}
		there, err := recorded(ctx, txn, e)
		if err != nil || there {
			return nil, err
		}
		return nil, txn.BufferWrite([]*spanner.Mutation{spanner.InsertMap(enrollments, encodeEnrollment(cmd, e))})
	})
}

// Remove takes a subscription away from its user for good, recorded or not.
func (s *Store) Remove(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error) {
	return barrier.Run(ctx, s.client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		err := exists(ctx, txn, e.UserID)
		if fault.Is(err, fault.NotFound) {
			return nil, nil // nothing can be recorded of somebody who is not there
		}
		if err != nil {
			return nil, err
		}
		removed := encodeEnrollment(cmd, e)
		removed["RevokeTime"] = spanner.CommitTimestamp
		return nil, txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdateMap(enrollments, removed)})
	})
}

func encodeEnrollment(cmd message.Command, e message.Enrollment) map[string]any {
	return map[string]any{
		"UserId": e.UserID, "SubscriptionId": e.SubscriptionID, "CourseId": e.CourseID, "Country": cmd.Country,
		"CreateTime": spanner.CommitTimestamp,
	}
}

// exists refuses a user who is not there.
func exists(ctx context.Context, txn reader, id string) error {
	_, err := txn.ReadRowWithOptions(ctx, users, spanner.Key{id}, []string{"UserId"}, &spanner.ReadOptions{RequestTag: "user-exists"})
	if spanner.ErrCode(err) == codes.NotFound {
		return fault.New(fault.NotFound, user.ReasonNotRegistered, "there is no user %s", id)
	}
	if err != nil {
		return fmt.Errorf("read user %s: %w", id, err)
	}
	return nil
}

// recorded reports whether there is a row of the subscription, removed or not.
func recorded(ctx context.Context, txn reader, e message.Enrollment) (bool, error) {
	_, err := txn.ReadRowWithOptions(ctx, enrollments, spanner.Key{e.UserID, e.SubscriptionID}, []string{"SubscriptionId"},
		&spanner.ReadOptions{RequestTag: "user-enrollment-get"})
	if spanner.ErrCode(err) == codes.NotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read subscription %s of user %s: %w", e.SubscriptionID, e.UserID, err)
	}
	return true, nil
}
