// Package subscriptiondb keeps subscriptions in the database "subscription".
package subscriptiondb

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/barrier"
	"github.com/kwipper/kwipper/shared/subscription"
)

// Store is the Spanner store of subscriptions.
type Store struct{ Client *spanner.Client }

// Reserve stores a new pending subscription together with the barrier of cmd.
func (s Store) Reserve(ctx context.Context, cmd message.Command, sub subscription.Subscription) (message.Reply, error) {
	return barrier.Run(ctx, s.Client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		taken, err := open(ctx, txn, sub.UserID, sub.CourseID)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, fault.New(fault.AlreadyExists, "ALREADY_SUBSCRIBED", "there is an open subscription to course %s", sub.CourseID)
		}
		return nil, write(txn, sub)
	})
}

// open reports whether the learner has an open subscription to the course.
func open(ctx context.Context, txn *spanner.ReadWriteTransaction, userID, courseID string) (bool, error) {
	rows := txn.ReadWithOptions(ctx, table, spanner.Key{userID, courseID}, []string{"SubscriptionId"},
		&spanner.ReadOptions{Index: "OpenSubscriptions", RequestTag: "open-subscription"})
	taken := false
	err := spannerdb.Each(rows, func(*spanner.Row) error { taken = true; return nil })
	if err != nil {
		return false, fmt.Errorf("look for an open subscription to %s: %w", courseID, err)
	}
	return taken, nil
}

// Change applies change to subscription id together with the barrier of cmd.
func (s Store) Change(ctx context.Context, cmd message.Command, id string, change func(*subscription.Subscription) (any, error)) (message.Reply, error) {
	return barrier.Run(ctx, s.Client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		sub, err := read(ctx, txn, id)
		if err != nil {
			return nil, err
		}
		body, err := change(&sub)
		if err != nil && cmd.Name == message.BeginRefundCommand {
			return nil, barrier.Refuse(err)
		}
		if err != nil {
			return nil, err
		}
		return body, write(txn, sub)
	})
}

// Amend applies change to subscription id; SUBSCRIPTION_NOT_FOUND when there is none.
func (s Store) Amend(ctx context.Context, id string, change func(*subscription.Subscription)) error {
	options := spanner.TransactionOptions{TransactionTag: "amend-subscription"}
	_, err := s.Client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		sub, err := read(ctx, txn, id)
		if err != nil {
			return err
		}
		before := sub
		if change(&sub); sub == before {
			return nil
		}
		return write(txn, sub)
	}, options)
	return spannerdb.Fault(err)
}

// Get reads subscription id; SUBSCRIPTION_NOT_FOUND when there is none.
func (s Store) Get(ctx context.Context, id string) (subscription.Subscription, error) {
	sub, err := read(ctx, s.Client.Single(), id)
	return sub, spannerdb.Fault(err)
}

type rowReader interface {
	ReadRowWithOptions(ctx context.Context, table string, key spanner.Key, columns []string, options *spanner.ReadOptions) (*spanner.Row, error)
}

func read(ctx context.Context, r rowReader, id string) (subscription.Subscription, error) {
	found, err := r.ReadRowWithOptions(ctx, table, spanner.Key{id}, columns, &spanner.ReadOptions{RequestTag: "get-subscription"})
	if spanner.ErrCode(err) == codes.NotFound {
		return subscription.Subscription{}, fault.New(fault.NotFound, "SUBSCRIPTION_NOT_FOUND", "there is no subscription %s", id)
	}
	if err != nil {
		return subscription.Subscription{}, fmt.Errorf("read subscription %s: %w", id, err)
	}
	return decode(found)
}

func decode(found *spanner.Row) (subscription.Subscription, error) {
	var r row
	if err := found.ToStruct(&r); err != nil {
		return subscription.Subscription{}, fmt.Errorf("decode subscription: %w", err)
	}
	return r.model(), nil
}

func write(txn *spanner.ReadWriteTransaction, sub subscription.Subscription) error {
	m, err := spanner.InsertOrUpdateStruct(table, fromModel(sub))
	if err != nil {
		return fmt.Errorf("encode subscription %s: %w", sub.ID, err)
	}
	return txn.BufferWrite([]*spanner.Mutation{m})
}

// newest is later than any time a row has: a list without a token begins there.
var newest = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// List returns a page of a learner's subscriptions, newest first.
func (s Store) List(ctx context.Context, userID string, page subscription.Page) ([]subscription.Subscription, error) {
	before := page.Before
	if before.IsZero() {
		before = newest
	}
	statement := spanner.Statement{
		SQL: `SELECT ` + strings.Join(columns, ", ") + `
			FROM Subscriptions@{FORCE_INDEX=SubscriptionsByUser}
			WHERE UserId = @user AND CreateTime <= @before AND (CreateTime < @before OR SubscriptionId > @after)
			ORDER BY CreateTime DESC, SubscriptionId
			LIMIT @limit`,
		Params: map[string]any{"user": userID, "before": before, "after": page.AfterID, "limit": int64(page.Limit)},
	}
	var found []subscription.Subscription
	rows := s.Client.Single().QueryWithOptions(ctx, statement, spanner.QueryOptions{RequestTag: "list-subscriptions"})
	err := spannerdb.Each(rows, func(r *spanner.Row) error {
		sub, err := decode(r)
		found = append(found, sub)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list subscriptions: %w", err)
	}
	return found, nil
}

// ChangeOnce applies change to a subscription once a key; a repetition gets the
// subscription as it stands now.
func (s Store) ChangeOnce(ctx context.Context, key idempotency.Key, id string, change func(*subscription.Subscription) error) (subscription.Subscription, error) {
	var sub subscription.Subscription
	_, replayed, err := idempotencydb.Once(ctx, s.Client, key, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
		var err error
		if sub, err = read(ctx, txn, id); err != nil {
			return idempotency.Answer{}, err
		}
		if err := change(&sub); err != nil {
			return idempotency.Answer{}, err
		}
		if err := write(txn, sub); err != nil {
			return idempotency.Answer{}, err
		}
		return idempotency.NewAnswer(http.StatusOK, map[string]string{"name": sub.Name()})
	})
	if err != nil {
		return subscription.Subscription{}, err
	}
	if replayed {
		return s.Get(ctx, id)
	}
	return sub, nil
}
