package rows

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Op says what a write does with a row that exists already, or does not.
type Op int

// The kinds of writes.
const (
	Insert         Op = iota // fails if the row exists
	Update                   // fails unless it exists; other columns keep their values
	InsertOrUpdate           // one or the other
	Replace                  // removes what exists; other columns become NULL or their default
	InsertOrIgnore           // leaves what exists, and returns no row
)

// Tx reads and writes rows within a read-write transaction. What is written
// stays in the transaction until it is committed.
type Tx struct {
	View
	txn *store.Txn
	now time.Time

	deferred  []deferredCheck
	violated  bool
	pending   *Pending
	mutations int64 // as Spanner counts them

	referenced map[string]string // what happened to values that cascading foreign keys refer to
}

// NewTx returns a reader and writer for one request of a transaction; now is
// the time of the request.
func NewTx(layout *Layout, txn *store.Txn, now time.Time) *Tx {
	return &Tx{View: View{layout: layout, kv: txn}, txn: txn, now: now, pending: &Pending{}}
}

// Savepoint is a moment within a transaction.
type Savepoint struct {
	writes, checks int
	mutations      int64
	pending        int
}

// Savepoint returns the present moment.
func (tx *Tx) Savepoint() Savepoint {
	return Savepoint{writes: tx.txn.Savepoint(), checks: len(tx.deferred), mutations: tx.mutations, pending: tx.pending.len()}
}

// Mutations counts what was written as Spanner counts it: the columns of rows,
// each deletion of a row or range once, and the changes of indexes.
func (tx *Tx) Mutations() int64 { return tx.mutations }

// Now returns the time of the request.
func (tx *Tx) Now() time.Time { return tx.now }

// Violated says whether something could not be written because of what it was.
func (tx *Tx) Violated() bool { return tx.violated }

// judge notes an error of writing.
func (tx *Tx) judge(err error) error {
	if err != nil && !errors.Is(err, store.ErrAborted) && !errors.Is(err, store.ErrFinished) {
		tx.violated = true
	}
	return err
}

// RollbackTo undoes the writes since the savepoint.
func (tx *Tx) RollbackTo(s Savepoint) {
	tx.txn.RollbackTo(s.writes)
	tx.deferred = tx.deferred[:s.checks]
	tx.mutations = s.mutations
	tx.pending.truncate(s.pending)
}

// Write writes one row; values go with columns (ordinals), and have the types
// of the columns. It returns the whole row as it is then.
func (tx *Tx) Write(_ context.Context, op Op, t *schema.Table, columns []int, values []value.Value) ([]value.Value, error) {
	row, err := tx.write(op, t, columns, values)
	return row, tx.judge(err)
}

func (tx *Tx) write(op Op, t *schema.Table, columns []int, values []value.Value) ([]value.Value, error) {
	tl, err := tx.layout.table(t)
	if err != nil {
		return nil, err
	}
	tx.mutations += int64(len(columns))
	given := make([]bool, len(t.Columns))
	row := make([]value.Value, len(t.Columns))
	for i, ordinal := range columns {
		col := t.Columns[ordinal]
		if col.Generated != nil {
			return nil, failed("Cannot write into generated column `%s.%s`.", t.Name, col.Name)
		}
		if given[ordinal] {
			return nil, invalid("Multiple values for column %s.", col.Name)
		}
		given[ordinal], row[ordinal] = true, values[i]
	}
	if err := tx.fillKey(tl, op, row, given); err != nil {
		return nil, err
	}
	old := make([]value.Value, len(t.Columns))
	for _, part := range t.Key {
		old[part.Column] = row[part.Column]
	}
	exists, err := tx.load(tl, old)
	if err != nil {
		return nil, err
	}
	if exists && op == InsertOrIgnore {
		tx.mutations -= int64(len(columns))
		return nil, nil
	}
	if !exists {
		old = nil
	}
	return row, tx.writeOver(tl, op, old, row, given)
}

// fillKey evaluates the parts of the key that are not given: defaults, when
// the row may be new, and generated columns.
func (tx *Tx) fillKey(tl *tableLayout, op Op, row []value.Value, given []bool) (err error) {
	for _, part := range tl.table.Key {
		col := tl.table.Columns[part.Column]
		if given[part.Column] || col.Generated != nil {
			continue
		}
		expr, ok := tl.defaults[part.Column]
		switch {
		case ok && op != Update:
			if row[part.Column], err = expr(tx.now, row); err != nil {
				return err
			}
			given[part.Column] = true
		case ok:
			return failed("Implicit use of the default value of primary key column `%s` is not allowed in updates. The column must have a specific value.", col.Name)
		case col.NotNull || op == Update:
			return failed("Mutation or statement for table %s does not specify key column %s.", tl.table.Name, col.Name)
		}
	}
	for _, g := range tl.generated {
		if !tl.table.IsKey(g.column.Ordinal) {
			continue
		}
		if row[g.column.Ordinal], err = g.eval(tx.now, row); err != nil {
			return err
		}
	}
	return nil
}

// writeOver completes row and writes it in place of old (nil: there is none).
func (tx *Tx) writeOver(tl *tableLayout, op Op, old, row []value.Value, given []bool) error {
	t := tl.table
	switch {
	case op == Insert && old != nil:
		return alreadyExists("Row %s in table %s already exists", keyText(t.Key, row), t.Name)
	case op == Update && old == nil:
		return notFound("Row %s in table %s not found.", keyText(t.Key, row), t.Name)
	case op == Replace && old != nil:
		if err := tx.deleteChildren(tl, old); err != nil {
			return err
		}
	}
	if old != nil && op != Replace {
		for ordinal := range row {
			if given[ordinal] {
				continue
			}
			if op == InsertOrUpdate && tl.mustGive(ordinal) {
				return failed("A new row in table %s does not specify a non-null value for NOT NULL column: %s", t.Name, t.Columns[ordinal].Name)
			}
			row[ordinal] = old[ordinal]
		}
	} else if err := tx.fillDefaults(tl, row, given); err != nil {
		return err
	}
	if err := tx.complete(tl, row, given, old == nil); err != nil {
		return err
	}
	if old == nil {
		if err := tx.requireParent(t, row); err != nil {
			return err
		}
	}
	key := tl.key(row)
	if err := checkKeySize("table "+t.Name, key, t.Key, row); err != nil {
		return err
	}
	if err := tx.put(key, tl.payloadOf(row), tl, row, tl.stamp); err != nil {
		return err
	}
	tx.notePending(t, row)
	if err := tx.reindex(tl, old, row); err != nil {
		return err
	}
	return tx.deferForeignKeys(tl, old, row)
}

// mustGive says whether an upsert must give a column, even where the row exists.
func (tl *tableLayout) mustGive(ordinal int) bool {
	col := tl.table.Columns[ordinal]
	_, filled := tl.defaults[ordinal]
	return col.NotNull && col.Generated == nil && !filled && !tl.table.IsKey(ordinal)
}

func (tx *Tx) fillDefaults(tl *tableLayout, row []value.Value, given []bool) (err error) {
	for _, col := range tl.payload {
		expr, ok := tl.defaults[col.Ordinal]
		if !ok || given[col.Ordinal] {
			continue
		}
		if row[col.Ordinal], err = expr(tx.now, row); err != nil {
			return err
		}
	}
	return nil
}

// complete works out the generated columns and checks the row by itself.
func (tx *Tx) complete(tl *tableLayout, row []value.Value, given []bool, isNew bool) (err error) {
	for _, g := range tl.generated {
		if row[g.column.Ordinal], err = g.eval(tx.now, row); err != nil {
			return err
		}
	}
	for _, col := range tl.table.Columns {
		if col.NotNull && row[col.Ordinal].IsNull() && !given[col.Ordinal] && tl.computes(col) {
			tx.deferNotNull(tl, col, row)
			continue
		}
		if err := tx.checkColumn(tl.table, col, row[col.Ordinal], given[col.Ordinal], isNew); err != nil {
			return err
		}
	}
	tx.deferChecks(tl, row)
	return nil
}

// put buffers a key and value, to be made again from the row once the commit
// timestamp is known if it holds that.
func (tx *Tx) put(key, payload []byte, tl *tableLayout, row []value.Value, stamp func([]value.Value) ([]byte, []byte)) error {
	pending := pendingColumns(tl.table, row)
	if pending == nil {
		return tx.txn.Put(key, payload)
	}
	return tx.txn.PutStamped(key, payload, func(ts store.Timestamp) ([]byte, []byte) {
		final := append([]value.Value(nil), row...)
		for _, ordinal := range pending {
			final[ordinal] = value.Timestamp(ts.Time())
		}
		return stamp(final)
	})
}

func (tl *tableLayout) stamp(row []value.Value) (key, payload []byte) {
	return tl.key(row), tl.payloadOf(row)
}

func pendingColumns(t *schema.Table, row []value.Value) (ordinals []int) {
	for _, col := range t.Columns {
		if row[col.Ordinal].IsCommitTimestamp() {
			ordinals = append(ordinals, col.Ordinal)
		}
	}
	return ordinals
}

// reindex brings the entries of a row up to date; old or row is nil when there
// was or will be none.
func (tx *Tx) reindex(tl *tableLayout, old, row []value.Value) error {
	for _, il := range tl.indexes {
		if err := tx.reindexOne(tl, il, old, row); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) reindexOne(tl *tableLayout, il *indexLayout, old, row []value.Value) error {
	var before, after []byte
	if old != nil && il.holds(old) {
		before = il.key(old)
	}
	if row != nil && il.holds(row) {
		after = il.key(row)
	}
	tx.countEntry(tl, il, before, after, old, row)
	if before != nil && string(before) != string(after) {
		if err := tx.txn.Delete(before); err != nil {
			return err
		}
	}
	if after == nil {
		return nil
	}
	if err := checkKeySize("index "+il.index.Name, after, il.parts, row); err != nil {
		return err
	}
	if string(before) != string(after) && il.index.Unique {
		tx.deferUnique(tl, il, row)
	}
	stamp := func(final []value.Value) ([]byte, []byte) { return il.key(final), il.payloadOf(tl.table, final) }
	return tx.put(after, il.payloadOf(tl.table, row), tl, row, stamp)
}

// countEntry counts the change of an index: an entry that goes is one mutation,
// one that comes or changes is one for each of its columns.
func (tx *Tx) countEntry(tl *tableLayout, il *indexLayout, before, after []byte, old, row []value.Value) {
	sameKey := string(before) == string(after)
	if before != nil && !sameKey {
		tx.mutations++
	}
	if after != nil && (!sameKey || !bytes.Equal(il.payloadOf(tl.table, old), il.payloadOf(tl.table, row))) {
		tx.mutations += int64(len(il.index.Key) + len(il.index.Storing))
	}
}

// Delete removes the row with a primary key and says whether there was one.
// Rows interleaved in it go too, or forbid it, as declared.
func (tx *Tx) Delete(_ context.Context, t *schema.Table, key []value.Value) (bool, error) {
	tl, err := tx.layout.table(t)
	if err != nil {
		return false, err
	}
	tx.mutations++
	row := make([]value.Value, len(t.Columns))
	for i, part := range t.Key {
		row[part.Column] = key[i]
	}
	found, err := tx.load(tl, row)
	if err != nil || !found {
		return false, err
	}
	return true, tx.judge(tx.remove(tl, row))
}

// DeleteRange removes the rows in a range of keys and counts them.
func (tx *Tx) DeleteRange(ctx context.Context, t *schema.Table, r Range) (int64, error) {
	tl, err := tx.layout.table(t)
	if err != nil {
		return 0, err
	}
	tx.mutations++
	it := tx.View.Scan(ctx, Scan{Table: t, Ranges: []Range{r}})
	defer it.Close()
	var count int64
	for it.Next() {
		// A cascade of foreign keys may have been here before.
		if found, err := tx.load(tl, it.Row()); err != nil || !found {
			if err != nil {
				return count, err
			}
			continue
		}
		if err := tx.remove(tl, it.Row()); err != nil {
			return count, err
		}
		count++
	}
	return count, it.Err()
}

func (tx *Tx) remove(tl *tableLayout, row []value.Value) error {
	if err := tx.deleteChildren(tl, row); err != nil {
		return err
	}
	if err := tx.txn.Delete(tl.key(row)); err != nil {
		return err
	}
	if err := tx.reindex(tl, row, nil); err != nil {
		return err
	}
	return tx.deferForeignKeys(tl, row, nil)
}
