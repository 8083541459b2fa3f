package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// expireBatch is how many rows are deleted in one transaction.
const expireBatch = 500

// Expire deletes the rows that are past their row deletion policy by the
// server's clock, and counts them.
func (s *Server) Expire(ctx context.Context) (int, error) {
	s.mu.Lock()
	all := make([]*database, 0, len(s.databases))
	for _, db := range s.databases {
		all = append(all, db)
	}
	s.mu.Unlock()
	total := 0
	var failures error
	for _, db := range all {
		for _, t := range db.layout().Catalog().Tables() {
			if t.RowDeletion == nil {
				continue
			}
			n, err := s.expireTable(ctx, db, t.Name)
			total += n
			if err != nil {
				failures = errors.Join(failures, fmt.Errorf("row deletion policy of table %s in %s: %w", t.Name, db.name, err))
			}
		}
	}
	return total, failures
}

// expiry returns the time before which rows of a table have outlived its policy.
func expiry(t *schema.Table, now time.Time) time.Time {
	return now.Add(-time.Duration(t.RowDeletion.Days) * 24 * time.Hour)
}

// expiryScan reads what may be due, by an index that begins with the policy's
// column if there is one.
func expiryScan(t *schema.Table, now time.Time) rows.Scan {
	for _, x := range t.Indexes {
		if len(x.NotNull) == 0 && !x.NullFiltered && x.Key[0].Column == t.RowDeletion.Column {
			parts := x.EntryKey()
			until := rows.Between(parts, nil, nil, &rows.Bound{Value: value.Timestamp(expiry(t, now))})
			return rows.Scan{Table: t, Index: x, Ranges: []rows.Range{until}, Columns: []int{t.RowDeletion.Column}}
		}
	}
	return rows.Scan{Table: t, Ranges: []rows.Range{rows.All()}}
}

// expired tells which rows of a table have outlived its policy at a time.
func expired(t *schema.Table, now time.Time) func(row []value.Value) bool {
	before := expiry(t, now)
	return func(row []value.Value) bool {
		v := row[t.RowDeletion.Column]
		return !v.IsNull() && v.AsTime().Before(before)
	}
}

// expireTable finds what is due in a snapshot, which disturbs nobody, and
// deletes it in transactions that look again.
func (s *Server) expireTable(ctx context.Context, db *database, table string) (int, error) {
	layout := db.layout()
	t, ok := layout.Catalog().Table(table)
	if !ok || t.RowDeletion == nil {
		return 0, nil
	}
	now := s.opts.Now()
	due := expired(t, now)
	it := rows.NewView(layout, s.store.At(s.store.Latest())).Scan(ctx, expiryScan(t, now))
	defer it.Close()
	total := 0
	var keys [][]value.Value
	flush := func() error {
		n, err := s.expireRows(ctx, db, layout, t, keys)
		total += n
		keys = keys[:0]
		return err
	}
	for it.Next() {
		row := it.Row()
		if !due(row) {
			continue
		}
		key := make([]value.Value, len(t.Key))
		for i, part := range t.Key {
			key[i] = row[part.Column]
		}
		if keys = append(keys, key); len(keys) == expireBatch {
			if err := flush(); err != nil {
				return total, err
			}
		}
	}
	if err := it.Err(); err != nil {
		return total, err
	}
	return total, flush()
}

// expireRows deletes the rows with these keys that are still due. A schema
// change or a conflict leaves them to the next time.
func (s *Server) expireRows(ctx context.Context, db *database, layout *rows.Layout, t *schema.Table, keys [][]value.Value) (int, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	db.commits.RLock()
	defer db.commits.RUnlock()
	if db.gone != nil || layout != db.layout() {
		return 0, nil
	}
	txn, err := s.store.Begin(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer txn.Rollback()
	tx := rows.NewTx(layout, txn, s.opts.Now())
	due := expired(t, s.opts.Now())
	count := 0
	for _, key := range keys {
		row, found, err := tx.Get(ctx, t, key, nil)
		if err != nil {
			return 0, ignoreAborted(err)
		}
		if !found || !due(row) {
			continue
		}
		if _, err := tx.Delete(ctx, t, key); err != nil {
			return 0, ignoreAborted(err)
		}
		count++
	}
	if err := tx.CheckConstraints(ctx); err != nil {
		return 0, ignoreAborted(err)
	}
	if _, err := txn.Commit(); err != nil {
		return 0, ignoreAborted(err)
	}
	return count, nil
}

func ignoreAborted(err error) error {
	if errors.Is(err, store.ErrAborted) {
		return nil
	}
	return err
}
