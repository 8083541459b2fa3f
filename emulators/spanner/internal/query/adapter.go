package query

import (
	"context"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// source reads through package rows.
type source struct{ rows.Reader }

// Scan implements Source.
func (s source) Scan(ctx context.Context, scan Scan) Cursor {
	ranges := make([]rows.Range, len(scan.Ranges))
	for i, r := range scan.Ranges {
		ranges[i] = rowRange(scan, r)
	}
	columns := scan.Columns
	if columns == nil {
		columns = []int{} // COUNT(*) reads no column; nil would mean all
	}
	return s.Reader.Scan(ctx, rows.Scan{
		Table: scan.Table, Index: scan.Index, Ranges: ranges, Reverse: scan.Reverse, Columns: columns,
	})
}

// rowRange hands a whole key over as values, which rows reads without a scan.
func rowRange(scan Scan, r KeyRange) rows.Range {
	plain := rows.Range{Start: r.Start, End: r.End}
	if !r.Point {
		return plain
	}
	parts := scan.Table.Key
	if scan.Index != nil {
		parts = scan.Index.EntryKey()
	}
	values := make([]value.Value, len(parts))
	rest := r.Start
	for i, part := range parts {
		var err error
		if values[i], rest, err = value.ConsumeKey(rest, scan.Table.Columns[part.Column].Type, part.Desc); err != nil {
			return plain
		}
	}
	return rows.Prefix(parts, values)
}

// target writes through package rows.
type target struct {
	source
	tx *rows.Tx
}

var operations = map[WriteMode]rows.Op{
	ModeInsert: rows.Insert, ModeUpdate: rows.Update, ModeInsertOrUpdate: rows.InsertOrUpdate, ModeInsertOrIgnore: rows.InsertOrIgnore,
}

// Write implements Target.
func (t target) Write(ctx context.Context, mode WriteMode, table *schema.Table, columns []int, values []value.Value) ([]value.Value, error) {
	return t.tx.Write(ctx, operations[mode], table, columns, values)
}

// Delete implements Target.
func (t target) Delete(ctx context.Context, table *schema.Table, key []value.Value) (bool, error) {
	return t.tx.Delete(ctx, table, key)
}

// Query runs a query.
func (b *Bound) Query(ctx context.Context, r rows.Reader) (*Rows, error) {
	return b.QueryFrom(ctx, source{r})
}

// Execute runs a DML statement. What it wrote before an error stays in the transaction.
func (b *Bound) Execute(ctx context.Context, tx *rows.Tx) (Result, error) {
	return b.ExecuteOn(ctx, target{source: source{tx}, tx: tx})
}

// Evaluator makes the expressions of a schema executable. The catalog is for
// the types and sequences that they name; both fields may be nil.
type Evaluator struct {
	Catalog  Catalog
	Counters Counters
}

// Compile implements rows.Evaluator.
func (v Evaluator) Compile(t *schema.Table, e ast.Expr, want *value.Type) (rows.Expr, error) {
	x, err := CompileExpr(v.Catalog, t, e, want)
	if err != nil {
		return nil, err
	}
	x.counters = v.Counters
	return x.Eval, nil
}
