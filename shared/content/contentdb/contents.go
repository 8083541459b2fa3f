// Package contentdb keeps contents, entitlements and progress in the database "content".
package contentdb

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// Store is the Spanner store of the content service.
type Store struct{ Client *spanner.Client }

// reader is what reads rows: a transaction or a single read.
type reader interface {
	ReadRowWithOptions(ctx context.Context, table string, key spanner.Key, columns []string, options *spanner.ReadOptions) (*spanner.Row, error)
	ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, options *spanner.ReadOptions) *spanner.RowIterator
}

// contents reads the contents under a key prefix that are not deleted.
func contents(ctx context.Context, r reader, prefix spanner.Key, tag string) ([]content.Content, error) {
	var found []content.Content
	rows := r.ReadWithOptions(ctx, "Contents", prefix.AsPrefix(), contentColumns, &spanner.ReadOptions{RequestTag: tag})
	err := spannerdb.Each(rows, func(row *spanner.Row) error {
		var c contentRow
		if err := row.ToStruct(&c); err != nil {
			return err
		}
		if model := c.model(); model.State != content.Deleted {
			found = append(found, model)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list contents of %v: %w", prefix, err)
	}
	return found, nil
}

// Contents lists the contents of an item that are not deleted, in order of their ids.
func (s Store) Contents(ctx context.Context, courseID, itemID string) ([]content.Content, error) {
	return contents(ctx, s.Client.Single(), spanner.Key{courseID, itemID}, "list-contents")
}

// Content reads a content that is not deleted.
func (s Store) Content(ctx context.Context, courseID, itemID, id string) (content.Content, error) {
	c, err := read(ctx, s.Client.Single(), courseID, itemID, id)
	if err == nil && c.State == content.Deleted {
		return content.Content{}, missing(id)
	}
	return c, spannerdb.Fault(err)
}

func missing(id string) error {
	return fault.New(fault.NotFound, "NOT_FOUND", "there is no content %s", id)
}

func read(ctx context.Context, r reader, courseID, itemID, id string) (content.Content, error) {
	row, err := r.ReadRowWithOptions(ctx, "Contents", spanner.Key{courseID, itemID, id}, contentColumns, &spanner.ReadOptions{RequestTag: "get-content"})
	if spanner.ErrCode(err) == codes.NotFound {
		return content.Content{}, missing(id)
	}
	var c contentRow
	if err == nil {
		err = row.ToStruct(&c)
	}
	if err != nil {
		return content.Content{}, fmt.Errorf("read content %s: %w", id, err)
	}
	return c.model(), nil
}

// ByObject reads the content of an object, deleted or not.
func (s Store) ByObject(ctx context.Context, bucket, object string) (content.Content, error) {
	txn := s.Client.ReadOnlyTransaction()
	defer txn.Close()
	var courseID, itemID, id string
	rows := txn.ReadWithOptions(ctx, "Contents", spanner.Key{bucket, object}, []string{"CourseId", "ItemId", "ContentId"},
		&spanner.ReadOptions{Index: "ContentsByObject", RequestTag: "content-by-object"})
	err := spannerdb.Each(rows, func(row *spanner.Row) error { return row.Columns(&courseID, &itemID, &id) })
	if err != nil {
		return content.Content{}, fmt.Errorf("find the content of %s: %w", object, err)
	}
	if id == "" {
		return content.Content{}, fault.New(fault.NotFound, "NOT_FOUND", "no content has the object %s", object)
	}
	c, err := read(ctx, txn, courseID, itemID, id)
	return c, spannerdb.Fault(err)
}

// ChangeContent applies change to a content in one transaction.
func (s Store) ChangeContent(ctx context.Context, courseID, itemID, id string, change func(*content.Content) error) (content.Content, error) {
	var c content.Content
	options := spanner.TransactionOptions{TransactionTag: "change-content"}
	_, err := s.Client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		var err error
		if c, err = read(ctx, txn, courseID, itemID, id); err != nil {
			return err
		}
		before := c
		if err := change(&c); err != nil || c == before {
			return err
		}
		return write(txn, c)
	}, options)
	if err != nil {
		return content.Content{}, spannerdb.Fault(fmt.Errorf("change content %s: %w", id, err))
	}
	return c, nil
}

// RemoveContent deletes the row of a deleted content.
func (s Store) RemoveContent(ctx context.Context, courseID, itemID, id string) error {
	_, err := s.Client.Apply(ctx, []*spanner.Mutation{spanner.Delete("Contents", spanner.Key{courseID, itemID, id})},
		spanner.TransactionTag("remove-content"))
	if err != nil {
		return spannerdb.Fault(fmt.Errorf("remove content %s: %w", id, err))
	}
	return nil
}

// created is what the idempotency key keeps.
type created struct {
	ContentID string `json:"contentId"`
}

// CreateContent stores what open returns, once a key, with open under a lease.
func (s Store) CreateContent(ctx context.Context, key idempotency.Key, courseID, itemID string, open func(context.Context, int) (content.Content, error)) (content.Content, error) {
	lease, answer, replayed, err := idempotencydb.Begin(ctx, s.Client, key)
	if err != nil {
		return content.Content{}, err
	}
	if replayed {
		return s.again(ctx, courseID, itemID, answer)
	}
	c, err := s.open(ctx, courseID, itemID, open)
	if err != nil {
		if release := idempotencydb.Release(context.WithoutCancel(ctx), s.Client, lease); release != nil {
			slog.WarnContext(ctx, "lease not released; it lapses", "route", key.Route, "error", release)
		}
		return content.Content{}, err
	}
	answer, replayed, err = idempotencydb.Finish(ctx, s.Client, lease, func(_ context.Context, txn *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
		if err := write(txn, c); err != nil {
			return idempotency.Answer{}, err
		}
		return idempotency.NewAnswer(http.StatusCreated, created{ContentID: c.ID})
	})
	if err != nil {
		return content.Content{}, err
	}
	if replayed {
		return s.again(ctx, courseID, itemID, answer)
	}
	return c, nil
}

// open finds the revision that a new content of the item gets, the one after the latest
// published, and opens it.
func (s Store) open(ctx context.Context, courseID, itemID string, open func(context.Context, int) (content.Content, error)) (content.Content, error) {
	there, err := s.Contents(ctx, courseID, itemID)
	if err != nil {
		return content.Content{}, err
	}
	revision := 1
	for _, c := range there {
		if c.Published {
			revision = max(revision, c.Revision+1)
		}
	}
	return open(ctx, revision)
}

func (s Store) again(ctx context.Context, courseID, itemID string, answer idempotency.Answer) (content.Content, error) {
	var c created
	if err := json.Unmarshal(answer.Body, &c); err != nil {
		return content.Content{}, fmt.Errorf("decode stored answer: %w", err)
	}
	return s.Content(ctx, courseID, itemID, c.ContentID)
}
