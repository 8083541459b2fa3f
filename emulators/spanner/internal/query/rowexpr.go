package query

import (
	"context"
	"time"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// RowExpr is an expression over one row of a table: CHECK, DEFAULT, or that of a
// generated column. It may be evaluated many times at once.
type RowExpr struct {
	e     expr
	slots int
	from  []int // slot of column i is from[i]

	counters Counters
	zone     *time.Location
}

// CompileExpr analyses an expression against a table's columns. Its value has
// the type want. Without a table, as for DEFAULT, it cannot mention columns. The
// catalog is for the types and sequences that it names; it may be nil.
func CompileExpr(cat Catalog, t *schema.Table, n ast.Expr, want *value.Type) (*RowExpr, error) {
	a := newAnalyzer(cat, "")
	a.clause, a.dmlOnly, a.rowOnly = "a table's expression", true, true
	s := newScope(nil)
	r := &relation{}
	if t != nil {
		r = a.tableRelation(t, t.Name)
		s.rels = []*relation{r}
	}
	e, err := a.expr(s, n)
	if err != nil {
		return nil, err
	}
	if len(a.order) > 0 {
		return nil, a.invalid(n.Pos(), "A table's expression cannot mention parameter @%s", a.order[0].name)
	}
	if e, err = a.mustBe(e, want, "Expression "+nodeName(n), n.Pos()); err != nil {
		return nil, err
	}
	out := &RowExpr{e: e, slots: a.slots, zone: a.zone}
	for _, c := range r.cols {
		out.from = append(out.from, c.slot)
	}
	return out, nil
}

// Eval evaluates the expression on a row, which is by ordinal and may be nil if
// the expression mentions no column.
func (x *RowExpr) Eval(now time.Time, row []value.Value) (value.Value, error) {
	e := &env{ctx: context.Background(), now: now, zone: x.zone, slots: make([]value.Value, x.slots), counters: x.counters, states: x.counters}
	for i, slot := range x.from {
		e.slots[slot] = row[i]
	}
	return x.e.eval(e)
}
