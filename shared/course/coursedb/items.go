package coursedb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

var outlineColumns = []string{"ItemId", "Position", "Title", "TextSizeBytes", "Published", "Revision", "CreateTime", "UpdateTime"}

// itemRow is a row of Items; Text is there when it was asked for.
type itemRow struct {
	ItemId        string
	Position      int64
	Title         string
	Text          string
	TextSizeBytes int64
	Published     bool
	Revision      int64
	CreateTime    time.Time
	UpdateTime    time.Time
}

func (r itemRow) item() course.Item {
	return course.Item{
		ID: r.ItemId, Position: int(r.Position), Title: r.Title, Text: r.Text, TextSizeBytes: int(r.TextSizeBytes),
		Published: r.Published, Revision: r.Revision, CreateTime: r.CreateTime, UpdateTime: r.UpdateTime,
	}
}

// Outline returns the items of a course in order, without text.
func (s *Store) Outline(ctx context.Context, courseID string, p course.Page) ([]course.Item, time.Time, error) {
	txn := s.snapshot(p)
	defer txn.Close()
	found, err := outline(ctx, txn, courseID)
	if err != nil {
		return nil, time.Time{}, spannerdb.Fault(err)
	}
	readTime, err := txn.Timestamp()
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the items of course %s: %w", courseID, err)
	}
	return found, readTime, nil
}

func outline(ctx context.Context, txn reader, courseID string) ([]course.Item, error) {
	var found []course.Item
	rows := txn.ReadWithOptions(ctx, items, spanner.Key{courseID}.AsPrefix(), outlineColumns, tagged("item-outline"))
	err := rows.Do(func(row *spanner.Row) error {
		var r itemRow
		err := row.ToStructLenient(&r)
		found = append(found, r.item())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the items of course %s: %w", courseID, err)
	}
	slices.SortFunc(found, func(a, b course.Item) int { return a.Position - b.Position })
	return found, nil
}

// Item returns one item with its text.
func (s *Store) Item(ctx context.Context, courseID, itemID string) (course.Item, error) {
	found, err := s.client.Single().ReadRowWithOptions(ctx, items, spanner.Key{courseID, itemID}, append([]string{"Text"}, outlineColumns...), tagged("item-get"))
	if notFound(err) {
		return course.Item{}, course.ItemNotFound(itemID)
	}
	if err != nil {
		return course.Item{}, spannerdb.Fault(fmt.Errorf("read item %s: %w", itemID, err))
	}
	var r itemRow
	if err := found.ToStruct(&r); err != nil {
		return course.Item{}, fmt.Errorf("read item %s: %w", itemID, err)
	}
	return r.item(), nil
}

// EditItems applies edit to the items of a course in one transaction.
func (s *Store) EditItems(ctx context.Context, courseID string, edit course.EditItems) error {
	_, err := s.transact(ctx, "item-edit", func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		return editItems(ctx, txn, courseID, edit)
	})
	return err
}

// CreateItem applies edit, which adds item id, once for a key.
func (s *Store) CreateItem(ctx context.Context, key idempotency.Key, courseID, id string, edit course.EditItems) (string, error) {
	return s.once(ctx, key, id, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		return editItems(ctx, txn, courseID, edit)
	})
}

// EditOnce applies edit for a command of a saga.
func (s *Store) EditOnce(ctx context.Context, cmd message.Command, courseID string, edit func(*course.Course, []course.Item) ([]course.Item, any, error)) (message.Reply, error) {
	return barrier.Run(ctx, s.client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (body any, err error) {
		err = editItems(ctx, txn, courseID, func(c *course.Course, items []course.Item) (edited []course.Item, err error) {
			edited, body, err = edit(c, items)
			return edited, err
		})
		return body, err
	})
}

func editItems(ctx context.Context, txn *spanner.ReadWriteTransaction, courseID string, edit course.EditItems) error {
	before, err := load(ctx, txn, courseID)
	if err != nil {
		return err
	}
	have, err := outline(ctx, txn, courseID)
	if err != nil {
		return err
	}
	after := before
	edited, err := edit(&after, slices.Clone(have))
	if err != nil {
		return err
	}
	if err := save(txn, before, after); err != nil {
		return err
	}
	return txn.BufferWrite(itemMutations(before, have, edited))
}

// itemMutations are the writes that make the items have into edited.
func itemMutations(c course.Course, have, edited []course.Item) []*spanner.Mutation {
	left := map[string]course.Item{}
	for _, item := range have {
		left[item.ID] = item
	}
	var mutations []*spanner.Mutation
	for _, item := range edited {
		old, there := left[item.ID]
		delete(left, item.ID)
		if there && item == old {
			continue
		}
		values := map[string]any{
			"CourseId": c.ID, "ItemId": item.ID, "Country": c.Country, "Position": item.Position, "Title": item.Title,
			"Published": item.Published, "Revision": item.Revision, "UpdateTime": spanner.CommitTimestamp,
		}
		if item.Text != "" {
			values["Text"], values["TextSizeBytes"] = item.Text, item.TextSizeBytes
		}
		if there {
			mutations = append(mutations, spanner.UpdateMap(items, values))
			continue
		}
		values["CreateTime"] = spanner.CommitTimestamp
		mutations = append(mutations, spanner.InsertMap(items, values))
	}
	for id := range left {
		mutations = append(mutations, spanner.Delete(items, spanner.Key{c.ID, id}))
	}
	return mutations
}
