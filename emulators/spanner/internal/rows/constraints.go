package rows

import (
	"context"
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// deferredCheck is a constraint to look at when a statement or the mutations
// of a commit are done.
type deferredCheck func(ctx context.Context) error

// CheckConstraints checks unique indexes, foreign keys and check constraints against all that was
// written through tx.
func (tx *Tx) CheckConstraints(ctx context.Context) error {
	for _, check := range tx.deferred {
		if err := check(ctx); err != nil {
			return tx.judge(err)
		}
	}
	tx.deferred = nil
	return nil
}

// checkColumn checks one value of a row to be written.
func (tx *Tx) checkColumn(t *schema.Table, col *schema.Column, v value.Value, given, isNew bool) error {
	if v.IsNull() {
		switch {
		case !col.NotNull:
			return nil
		case isNew && !given:
			return failed("A new row in table %s does not specify a non-null value for NOT NULL column: %s", t.Name, col.Name)
		}
		return failed("Cannot specify a null value for column %s in table %s", col.Name, t.Name)
	}
	if col.Type.Code == value.CodeTimestamp && given {
		return tx.checkTimestamp(t, col, v)
	}
	return checkSize(t, col, v)
}

func (tx *Tx) checkTimestamp(t *schema.Table, col *schema.Column, v value.Value) error {
	switch {
	case v.IsCommitTimestamp() && !col.AllowCommitTimestamp:
		return failed("Cannot write commit timestamp because the allow_commit_timestamp column option is not set to true for column %s.%s", t.Name, col.Name)
	case !v.IsCommitTimestamp() && col.AllowCommitTimestamp && v.AsTime().After(tx.now):
		return failed("Cannot write timestamps in the future, found %s in column %s.%s", v.Text(), t.Name, col.Name)
	}
	return nil
}

// requireParent checks that a new row's parent exists.
func (tx *Tx) requireParent(t *schema.Table, row []value.Value) error {
	if t.Parent == "" || !t.ParentEnforced {
		return nil
	}
	parent, ok := tx.layout.catalog.Table(t.Parent)
	if !ok {
		return internal("Table %s is interleaved in %s, which is missing", t.Name, t.Parent)
	}
	key := keyValues(t.Key[:len(parent.Key)], row)
	_, found, err := tx.View.Get(context.Background(), parent, key, nil)
	if err == nil && !found {
		err = notFound("Parent row for row %s in table %s is missing. Row cannot be written.", keyText(t.Key, row), t.Name)
	}
	return err
}

func keyValues(parts []schema.KeyPart, row []value.Value) []value.Value {
	out := make([]value.Value, len(parts))
	for i, part := range parts {
		out[i] = row[part.Column]
	}
	return out
}

// deleteChildren removes the rows interleaved in a row that goes away, or
// refuses if there are some that do not cascade.
func (tx *Tx) deleteChildren(tl *tableLayout, row []value.Value) error {
	for _, name := range tl.table.Children {
		child, ok := tx.layout.catalog.Table(name)
		if !ok || !child.ParentEnforced {
			continue
		}
		if err := tx.deleteChildrenIn(tl.table, child, row); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) deleteChildrenIn(parent, child *schema.Table, row []value.Value) error {
	childLayout, err := tx.layout.table(child)
	if err != nil {
		return err
	}
	prefix := Prefix(child.Key, keyValues(parent.Key, row))
	it := tx.View.Scan(context.Background(), Scan{Table: child, Ranges: []Range{prefix}})
	defer it.Close()
	for it.Next() {
		if !child.CascadeOnDelete {
			return failed("Integrity constraint violation during DELETE/REPLACE. Found child row %s in table %s.", keyText(child.Key, it.Row()), child.Name)
		}
		if err := tx.remove(childLayout, it.Row()); err != nil {
			return err
		}
	}
	return it.Err()
}

// deferUnique notes that the index key of row must be alone in the end.
func (tx *Tx) deferUnique(tl *tableLayout, il *indexLayout, row []value.Value) {
	key := keyValues(il.index.Key, row)
	if slices.ContainsFunc(key, value.Value.IsCommitTimestamp) {
		return // no other commit has this timestamp
	}
	own := tl.key(row)
	tx.deferred = append(tx.deferred, func(ctx context.Context) error {
		it := tx.View.Scan(ctx, Scan{
			Table: tl.table, Index: il.index, Ranges: []Range{Prefix(il.parts, key)}, Limit: 2, Columns: []int{},
		})
		defer it.Close()
		count := 0
		var other []value.Value
		for it.Next() {
			count++
			if string(tl.key(it.Row())) != string(own) {
				other = it.Row()
			}
		}
		if count > 1 && other != nil {
			return alreadyExists("Unique index violation on index %s at index key %s. It conflicts with row %s in table %s.",
				il.index.Name, keyText(il.index.Key, row), keyText(tl.table.Key, other), tl.table.Name)
		}
		return it.Err()
	})
}

// deferForeignKeys notes the constraints that a changed row touches, and
// deletes the rows that refer to a removed one where that is declared.
func (tx *Tx) deferForeignKeys(tl *tableLayout, old, row []value.Value) error {
	for _, fk := range tl.table.ForeignKeys {
		if fk.Enforced && row != nil && (old == nil || changed(fk.Columns, old, row)) {
			tx.deferReference(fk, tl.table, row)
		}
	}
	for _, fk := range tl.table.ReferredBy {
		if err := tx.noteReferenced(fk, tl.table, old, row); err != nil {
			return err
		}
		if !fk.Enforced || old == nil || row != nil && !changed(fk.ReferencedCols, old, row) {
			continue
		}
		values := pick(fk.ReferencedCols, old)
		if row == nil && fk.CascadeOnDelete {
			if err := tx.cascade(fk, values); err != nil {
				return err
			}
			continue
		}
		tx.deferReferred(fk, tl.table, values)
	}
	return nil
}

// noteReferenced refuses to both write and delete the same referenced values,
// which Spanner does where deletions cascade.
func (tx *Tx) noteReferenced(fk *schema.ForeignKey, t *schema.Table, old, row []value.Value) error {
	if !fk.CascadeOnDelete || old != nil && row != nil && !changed(fk.ReferencedCols, old, row) {
		return nil
	}
	note := func(row []value.Value, what string) error {
		if row == nil {
			return nil
		}
		key := []byte(fk.Name)
		for _, v := range pick(fk.ReferencedCols, row) {
			key = value.AppendKey(key, v, false)
		}
		if tx.referenced == nil {
			tx.referenced = map[string]string{}
		}
		if before, ok := tx.referenced[string(key)]; ok && before != what {
			name := t.Name + "." + t.Columns[fk.ReferencedCols[0]].Name
			return failed("Cannot write a value for the referenced column `%s` and delete it in the same transaction.", name)
		}
		tx.referenced[string(key)] = what
		return nil
	}
	if err := note(old, "deleted"); err != nil {
		return err
	}
	return note(row, "written")
}

func changed(ordinals []int, old, row []value.Value) bool {
	return slices.ContainsFunc(ordinals, func(o int) bool { return !value.Identical(old[o], row[o]) })
}

func pick(ordinals []int, row []value.Value) []value.Value {
	out := make([]value.Value, len(ordinals))
	for i, ordinal := range ordinals {
		out[i] = row[ordinal]
	}
	return out
}

// deferReference notes that the row that this one refers to must exist in the
// end, if this one still refers to it then.
func (tx *Tx) deferReference(fk *schema.ForeignKey, t *schema.Table, row []value.Value) {
	values := pick(fk.Columns, row)
	if slices.ContainsFunc(values, value.Value.IsNull) {
		return
	}
	tx.deferred = append(tx.deferred, func(ctx context.Context) error {
		referenced, found, err := tx.lookup(ctx, fk.Referenced, fk.ReferencedIndex, fk.ReferencedCols, values)
		if err != nil || found {
			return err
		}
		last, found, err := tx.View.Get(ctx, t, keyValues(t.Key, row), nil)
		if err == nil && found && !changed(fk.Columns, row, last) {
			err = failed("Foreign key constraint `%s` is violated on table `%s`. Cannot find referenced values in %s(%s).",
				fk.Name, t.Name, referenced.Name, columnNames(referenced, fk.ReferencedCols))
		}
		return err
	})
}

// deferReferred notes that, unless the referenced values are there again in
// the end, no row may refer to them.
func (tx *Tx) deferReferred(fk *schema.ForeignKey, t *schema.Table, values []value.Value) {
	if slices.ContainsFunc(values, value.Value.IsNull) {
		return
	}
	tx.deferred = append(tx.deferred, func(ctx context.Context) error {
		_, again, err := tx.lookup(ctx, fk.Referenced, fk.ReferencedIndex, fk.ReferencedCols, values)
		if err != nil || again {
			return err
		}
		referring, found, err := tx.lookup(ctx, fk.Table, fk.ReferringIndex, fk.Columns, values)
		if err == nil && found {
			err = failed("Foreign key constraint violation when deleting or updating referenced row(s): referencing row(s) found in table `%s`, constraint `%s`, referenced table `%s`.",
				referring.Name, fk.Name, t.Name)
		}
		return err
	})
}

// lookup says whether the table has a row with these values, found by an index
// ("" is the primary key) that begins with those columns.
func (tx *Tx) lookup(ctx context.Context, table, index string, columns []int, values []value.Value) (*schema.Table, bool, error) {
	it, t, err := tx.scanFor(ctx, table, index, columns, values, 1)
	if err != nil {
		return nil, false, err
	}
	defer it.Close()
	found := it.Next()
	return t, found, it.Err()
}

func (tx *Tx) scanFor(ctx context.Context, table, index string, columns []int, values []value.Value, limit int64) (*Iterator, *schema.Table, error) {
	t, ok := tx.layout.catalog.Table(table)
	if !ok {
		return nil, nil, internal("Table %s of a foreign key is missing", table)
	}
	scan := Scan{Table: t, Limit: limit, Columns: []int{}}
	parts := t.Key
	if index != "" {
		if scan.Index, ok = t.Index(index); !ok {
			return nil, nil, internal("Index %s of a foreign key is missing", index)
		}
		parts = scan.Index.EntryKey()
	}
	prefix := make([]value.Value, len(columns))
	for i := range columns {
		prefix[i] = values[slices.Index(columns, parts[i].Column)]
	}
	scan.Ranges = []Range{Prefix(parts, prefix)}
	return tx.View.Scan(ctx, scan), t, nil
}

// cascade deletes the rows that refer to a removed row.
func (tx *Tx) cascade(fk *schema.ForeignKey, values []value.Value) error {
	if slices.ContainsFunc(values, value.Value.IsNull) {
		return nil
	}
	it, t, err := tx.scanFor(context.Background(), fk.Table, fk.ReferringIndex, fk.Columns, values, 0)
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		if _, err := tx.Delete(context.Background(), t, keyValues(t.Key, it.Row())); err != nil {
			return err
		}
	}
	return it.Err()
}
