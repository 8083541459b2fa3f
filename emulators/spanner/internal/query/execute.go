package query

import (
	"context"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Result is what a DML statement did.
type Result struct {
	Count int64           // rows inserted, updated or deleted
	Rows  [][]value.Value // of THEN RETURN

	Scanned int64 // rows of tables and indexes that were read to find them
}

// change is one row to write, known before the first is written: a statement
// does not see what it writes itself.
type change struct {
	columns []int
	values  []value.Value
	old     []value.Value // the row that is deleted, by ordinal
}

// ExecuteOn runs a DML statement.
func (b *Bound) ExecuteOn(ctx context.Context, to Target) (Result, error) {
	d := b.st.dml
	if d == nil {
		return Result{}, status.Error(codes.InvalidArgument, "Only DML statements can be executed")
	}
	e := b.env(ctx, to)
	changes, err := d.changes(e)
	if err != nil {
		return Result{}, err
	}
	var out Result
	for _, c := range changes {
		row, action, err := d.apply(ctx, to, c)
		if err != nil {
			return Result{}, err
		}
		if row == nil {
			continue
		}
		out.Count++
		if d.returning == nil {
			continue
		}
		returned, err := d.returned(e, row, action)
		if err != nil {
			return Result{}, err
		}
		out.Rows = append(out.Rows, returned)
	}
	out.Scanned = e.scanned
	return out, nil
}

func (d *dmlPlan) changes(e *env) ([]change, error) {
	var out []change
	for _, r := range d.rows {
		values, err := evalAll(e, r.values)
		if err != nil {
			return nil, err
		}
		out = append(out, change{columns: r.columns, values: values})
	}
	if d.input == nil {
		return out, nil
	}
	in, err := d.input.open(e)
	if err != nil {
		return nil, err
	}
	defer in.close()
	columns := d.columns
	if d.kind == dmlUpdate {
		columns = append(d.keyColumns(), d.columns...)
	}
	for {
		ok, err := in.next()
		if err != nil || !ok {
			return out, err
		}
		c, err := d.change(e, columns)
		if err != nil {
			return nil, err
		}
		if err := e.hold("Apply Mutations", c.values); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
}

func (d *dmlPlan) keyColumns() []int {
	out := make([]int, len(d.table.Key))
	for i, k := range d.table.Key {
		out[i] = k.Column
	}
	return out
}

// change reads the current row of the input.
func (d *dmlPlan) change(e *env, columns []int) (change, error) {
	var c change
	if d.kind == dmlDelete {
		c.old = make([]value.Value, len(d.table.Columns))
		for i, col := range d.rel.cols {
			if d.rel.used[i] {
				c.old[i] = e.slots[col.slot]
			}
		}
	}
	if d.kind == dmlUpdate || d.kind == dmlDelete {
		for _, k := range d.table.Key {
			c.values = append(c.values, e.slots[d.rel.cols[k.Column].slot])
		}
	}
	values, err := evalAll(e, d.values)
	c.columns, c.values = columns, append(c.values, values...)
	return c, err
}

// apply writes one row and returns it as it is then, or nil if it was ignored.
func (d *dmlPlan) apply(ctx context.Context, to Target, c change) ([]value.Value, string, error) {
	switch d.kind {
	case dmlDelete:
		found, err := to.Delete(ctx, d.table, c.values)
		if !found {
			return nil, "", err
		}
		return c.old, "DELETE", err
	case dmlUpdate:
		row, err := to.Write(ctx, ModeUpdate, d.table, c.columns, c.values)
		return row, "UPDATE", err
	case dmlInsertOrUpdate:
		if d.returning != nil && d.returning.action != "" {
			if row, err := to.Write(ctx, ModeInsertOrIgnore, d.table, c.columns, c.values); row != nil || err != nil {
				return row, "INSERT", err
			}
		}
		row, err := to.Write(ctx, ModeInsertOrUpdate, d.table, c.columns, c.values)
		return row, "UPDATE", err
	case dmlInsertOrIgnore:
		row, err := to.Write(ctx, ModeInsertOrIgnore, d.table, c.columns, c.values)
		return row, "INSERT", err
	}
	row, err := to.Write(ctx, ModeInsert, d.table, c.columns, c.values)
	return row, "INSERT", err
}

// readsPending says whether an expression takes the commit timestamp, which is not known yet.
func (e *env) readsPending(x expr) (pending bool) {
	walk(x, func(x expr) bool {
		s, ok := x.(*slotRef)
		pending = pending || ok && e.slots[s.slot].IsCommitTimestamp()
		return !pending
	})
	return pending
}

func (d *dmlPlan) returned(e *env, row []value.Value, action string) ([]value.Value, error) {
	for i, c := range d.rel.cols {
		e.slots[c.slot] = row[i]
	}
	if slices.ContainsFunc(row, value.Value.IsCommitTimestamp) && slices.ContainsFunc(d.returning.exprs, e.readsPending) {
		return nil, errPendingRead
	}
	out, err := evalAll(e, d.returning.exprs)
	if err != nil {
		return nil, err
	}
	if d.returning.action != "" {
		out = append(out, value.String(action))
	}
	return out, nil
}
