package rows

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// backfillBatch is how many rows are written with one commit.
const backfillBatch = 5000

// Backfill does to the rows that exist what a change of the schema asks for,
// with l being the layout after it. Nothing else may write to the database
// meanwhile. What it has written when it fails is not seen by anyone.
func (l *Layout) Backfill(ctx context.Context, s *store.Store, changes []schema.Change, now time.Time) error {
	var built []uint32
	for _, change := range changes {
		if change.BuildIndex != nil {
			built = append(built, change.BuildIndex.ID)
		}
		if err := l.backfill(ctx, s, change, now); err != nil {
			for _, id := range built {
				err = errors.Join(err, s.Erase(l.Prefix(id)))
			}
			return err
		}
	}
	return nil
}

func (l *Layout) backfill(ctx context.Context, s *store.Store, change schema.Change, now time.Time) error {
	t, ok := l.catalog.Table(change.Table)
	if !ok {
		return nil // dropped
	}
	tl, err := l.table(t)
	if err != nil {
		return err
	}
	b := &backfiller{layout: l, table: tl, store: s, now: now}
	switch {
	case change.BuildIndex != nil:
		return b.buildIndex(ctx, change.BuildIndex)
	case change.FillColumn != nil:
		return b.fillColumn(ctx, change.FillColumn)
	case change.VerifyForeignKey != nil:
		return b.verifyForeignKey(ctx, change.VerifyForeignKey)
	case change.VerifyCheck != nil:
		return b.verifyCheck(ctx, change.VerifyCheck)
	case change.VerifyColumn != nil:
		return b.verifyColumn(ctx, change.VerifyColumn)
	}
	return nil
}

type backfiller struct {
	layout *Layout
	table  *tableLayout
	store  *store.Store
	now    time.Time
}

// each calls f with every row of the table, in transactions of many rows.
func (b *backfiller) each(ctx context.Context, f func(tx *Tx, row []value.Value) error) error {
	view := NewView(b.layout, b.store.At(b.store.Latest()))
	it := view.Scan(ctx, Scan{Table: b.table.table, Ranges: []Range{All()}})
	defer it.Close()
	for more := true; more; {
		txn, err := b.store.Begin(ctx, nil)
		if err != nil {
			return err
		}
		tx := NewTx(b.layout, txn, b.now)
		for n := 0; n < backfillBatch; n++ {
			if more = it.Next(); !more {
				break
			}
			if err := f(tx, it.Row()); err != nil {
				txn.Rollback()
				return err
			}
		}
		if _, err := txn.Commit(); err != nil {
			return err
		}
	}
	return it.Err()
}

func (b *backfiller) buildIndex(ctx context.Context, x *schema.Index) error {
	i := slices.IndexFunc(b.table.indexes, func(il *indexLayout) bool { return il.index.ID == x.ID })
	il := b.table.indexes[i]
	err := b.each(ctx, func(tx *Tx, row []value.Value) error {
		if !il.holds(row) {
			return nil
		}
		key := il.key(row)
		if err := checkKeySize("index "+x.Name, key, il.parts, row); err != nil {
			return failed("%s", status.Convert(err).Message()) // no fault of the statement
		}
		return tx.txn.Put(key, il.payloadOf(b.table.table, row))
	})
	if err != nil || !x.Unique {
		return err
	}
	return b.verifyUnique(ctx, il)
}

// verifyUnique looks for neighbours with the same key in a new index.
func (b *backfiller) verifyUnique(ctx context.Context, il *indexLayout) error {
	view := NewView(b.layout, b.store.At(b.store.Latest()))
	it := view.Scan(ctx, Scan{Table: b.table.table, Index: il.index, Ranges: []Range{All()}, Columns: []int{}})
	defer it.Close()
	last := ""
	for it.Next() {
		key := "=" + string(appendRowKey(nil, il.index.Key, it.Row()))
		if key == last {
			return failed("Found uniqueness violation on index %s, duplicate key: %s.", il.index.Name, keyText(il.index.Key, it.Row()))
		}
		last = key
	}
	return it.Err()
}

// fillColumn gives a new column its default or generated value in every row.
func (b *backfiller) fillColumn(ctx context.Context, col *schema.Column) error {
	return b.each(ctx, func(tx *Tx, row []value.Value) (err error) {
		if expr, ok := b.table.defaults[col.Ordinal]; ok {
			if row[col.Ordinal], err = expr(b.now, row); err != nil {
				return err
			}
		}
		for _, g := range b.table.generated {
			if g.column.Ordinal != col.Ordinal {
				continue
			}
			if row[col.Ordinal], err = g.eval(b.now, row); err != nil {
				return err
			}
		}
		if err := tx.checkColumn(b.table.table, col, row[col.Ordinal], false, false); err != nil {
			return err
		}
		return tx.txn.Put(b.table.key(row), b.table.payloadOf(row))
	})
}

func (b *backfiller) verifyForeignKey(ctx context.Context, fk *schema.ForeignKey) error {
	return b.each(ctx, func(tx *Tx, row []value.Value) error {
		tx.deferReference(fk, b.table.table, row)
		return tx.CheckConstraints(ctx)
	})
}

func (b *backfiller) verifyCheck(ctx context.Context, check *schema.Check) error {
	return b.each(ctx, func(_ *Tx, row []value.Value) error {
		for _, c := range b.table.checks {
			if c.check.Name != check.Name {
				continue
			}
			if err := c.verify(b.now, b.table.table, row); err != nil {
				return failed("%s", status.Convert(err).Message()) // no fault of the statement
			}
		}
		return nil
	})
}

func (b *backfiller) verifyColumn(ctx context.Context, col *schema.Column) error {
	return b.each(ctx, func(tx *Tx, row []value.Value) error {
		return tx.checkColumn(b.table.table, col, row[col.Ordinal], false, false)
	})
}
