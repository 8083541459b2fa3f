package query

import (
	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

type subqueryKind int

const (
	scalarSubquery subqueryKind = iota
	arraySubquery
	existsSubquery
	inSubquery
)

// subquery is a query as an expression. One that reads nothing from outside
// runs once a statement.
type subquery struct {
	kind     subqueryKind
	plan     *queryPlan
	captured map[int]*relColumn
	left     expr // of IN
	not      bool // of IN
	t        *value.Type
	cache    int // number of the kept result, or -1
	pos      token.Pos
}

// cachedRows is the kept result of a subquery.
type cachedRows struct {
	done bool
	v    value.Value
	set  map[string]struct{} // of IN
	null bool                // IN saw a NULL
	list []value.Value       // of IN, instead of set where fields may be NULL
}

func (q *subquery) typ() *value.Type { return q.t }
func (q *subquery) kids(visit func(*expr)) {
	if q.left != nil {
		visit(&q.left)
	}
}

func (a *analyzer) subquery(s *scope, kind subqueryKind, n ast.QueryExpr) (*subquery, error) {
	if a.rowOnly {
		return nil, a.invalid(n.Pos(), "Subqueries are not allowed here")
	}
	inner := subScope(s)
	plan, err := a.query(inner, n)
	if err != nil {
		return nil, err
	}
	if kind != existsSubquery && len(plan.cols) != 1 {
		return nil, a.invalid(n.Pos(), "Subquery used as an expression must have exactly one column, but has %d", len(plan.cols))
	}
	q := &subquery{kind: kind, plan: plan, captured: inner.captured, cache: -1, pos: n.Pos()}
	if len(q.captured) == 0 {
		q.cache = a.caches
		a.caches++
	}
	return q, nil
}

func (a *analyzer) subqueryExpr(s *scope, n ast.Expr) (expr, error) {
	var q *subquery
	var err error
	switch n := n.(type) {
	case *ast.ScalarSubQuery:
		if q, err = a.subquery(s, scalarSubquery, n.Query); err == nil {
			q.t = q.plan.cols[0].t
		}
	case *ast.ArraySubQuery:
		if q, err = a.subquery(s, arraySubquery, n.Query); err == nil {
			elem := q.plan.cols[0].t
			if elem.Code == value.CodeArray {
				return nil, a.invalid(n.Pos(), "Cannot use array subquery with column of type %s because nested arrays are not supported", elem)
			}
			q.t = value.ArrayOf(elem)
		}
	case *ast.ExistsSubQuery:
		if q, err = a.subquery(s, existsSubquery, n.Query); err == nil {
			q.t = value.TypeBool
		}
	}
	if err != nil {
		return nil, err
	}
	return q, nil
}

func (a *analyzer) inSubquery(s *scope, left expr, right *ast.SubQueryInCondition, n *ast.InExpr) (expr, error) {
	q, err := a.subquery(s, inSubquery, right.Query)
	if err != nil {
		return nil, err
	}
	col := &slotRef{slot: q.plan.cols[0].slot, t: q.plan.cols[0].t}
	list := []expr{left, col}
	t, err := a.unify(list, "operator IN", n.Pos())
	if err != nil || !comparable(t, true) {
		return nil, a.invalid(n.Pos(), "Cannot execute IN subquery with uncomparable types %s and %s", left.typ(), col.t)
	}
	q.left, q.not, q.t = list[0], n.Not, value.TypeBool
	if list[1] != expr(col) {
		slot := a.slot()
		q.plan.node = &projectNode{input: q.plan.node, exprs: []expr{list[1]}, slots: []int{slot}}
		q.plan.cols = []outColumn{{t: t, slot: slot}}
	}
	return q, nil
}

func (q *subquery) eval(e *env) (value.Value, error) {
	if q.kind == inSubquery {
		return q.evalIn(e)
	}
	if q.cache >= 0 && e.cached[q.cache].done {
		return e.cached[q.cache].v, nil
	}
	held := e.held
	v, err := q.run(e)
	e.held = held // what it sorted or grouped is gone
	if err == nil && q.cache >= 0 {
		e.cached[q.cache] = cachedRows{done: true, v: v}
	}
	return v, err
}

func (q *subquery) run(e *env) (value.Value, error) {
	in, err := q.plan.node.open(e)
	if err != nil {
		return value.Null(), err
	}
	defer in.close()
	ok, err := in.next()
	if err != nil {
		return value.Null(), err
	}
	if q.kind == existsSubquery {
		return value.Bool(ok), nil
	}
	slot := q.plan.cols[0].slot
	if q.kind == scalarSubquery {
		if !ok {
			return value.Null(), nil
		}
		v := e.slots[slot]
		if more, err := in.next(); err != nil || more {
			if err == nil {
				err = invalidArgument("A scalar subquery returned more than one row.")
			}
			return value.Null(), err
		}
		return v, nil
	}
	elems := []value.Value{}
	for ; ok; ok, err = in.next() {
		if err := e.hold("Subquery", []value.Value{e.slots[slot]}); err != nil {
			return value.Null(), err
		}
		elems = append(elems, e.slots[slot])
	}
	return value.Array(elems), err
}

func (q *subquery) evalIn(e *env) (value.Value, error) {
	left, err := q.left.eval(e)
	if err != nil {
		return left, err
	}
	rows := cachedRows{}
	if q.cache >= 0 {
		rows = e.cached[q.cache]
	}
	if !rows.done {
		if rows, err = q.readSet(e); err != nil {
			return value.Null(), err
		}
		if q.cache >= 0 {
			e.cached[q.cache] = rows
		}
	}
	if len(rows.list) > 0 && !left.IsNull() {
		found, known := isAmong(left, rows.list)
		return inResult(found, known && !rows.null, q.not), nil
	}
	if len(rows.set) == 0 && len(rows.list) == 0 && !rows.null {
		return value.Bool(q.not), nil // nothing is among nothing, not even NULL
	}
	if left.IsNull() {
		return value.Null(), nil
	}
	_, found := rows.set[string(value.AppendKey(nil, left, false))]
	found = found && !left.IsNaN()
	return inResult(found, !rows.null, q.not), nil
}

func (q *subquery) readSet(e *env) (cachedRows, error) {
	rows := cachedRows{done: true, set: map[string]struct{}{}}
	in, err := q.plan.node.open(e)
	if err != nil {
		return rows, err
	}
	defer in.close()
	slot := q.plan.cols[0].slot
	for {
		ok, err := in.next()
		if err != nil || !ok {
			return rows, err
		}
		v := e.slots[slot]
		if v.IsNull() {
			rows.null = true
			continue
		}
		if v.Code() == value.CodeStruct {
			if err := e.hold("Subquery", []value.Value{v}); err != nil {
				return rows, err
			}
			rows.list = append(rows.list, v)
			continue
		}
		key := string(value.AppendKey(nil, v, false))
		rows.set[key] = struct{}{}
		if err := e.holdBytes("Subquery", len(key)+rowBytes); err != nil {
			return rows, err
		}
	}
}
