package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// declareCTEs makes the queries of WITH known; each sees those before it.
func (a *analyzer) declareCTEs(s *scope, n *ast.With) error {
	outside := s.parent
	for _, cte := range n.CTEs {
		key := strings.ToLower(cte.Name.Name)
		if _, dup := s.ctes[key]; dup {
			return a.invalid(cte.Name.NamePos, "Duplicate alias %s for WITH subquery", cte.Name.Name)
		}
		before := newScope(outside)
		before.ctes, before.cteScope = map[string]*ast.CTE{}, map[string]*scope{}
		for k, c := range s.ctes {
			before.ctes[k], before.cteScope[k] = c, s.cteScope[k]
		}
		s.ctes[key], s.cteScope[key] = cte, before
		if _, err := a.checkOnly(before, cte.QueryExpr); err != nil {
			return err
		}
	}
	return nil
}

// checkOnly analyses a query for its errors alone: a CTE that nobody mentions must be right too.
func (a *analyzer) checkOnly(s *scope, q ast.QueryExpr) (*queryPlan, error) {
	scans := len(a.scans)
	plan, err := a.query(s, q)
	a.scans = a.scans[:scans]
	return plan, err
}

// compound analyses UNION, INTERSECT and EXCEPT.
func (a *analyzer) compound(s *scope, n *ast.CompoundQuery) (*queryPlan, error) {
	plans := make([]*queryPlan, len(n.Queries))
	for i, q := range n.Queries {
		var err error
		if plans[i], err = a.query(s, q); err != nil {
			return nil, err
		}
		if len(plans[i].cols) != len(plans[0].cols) {
			return nil, a.invalid(q.Pos(), "Queries in %s %s have mismatched column count; query 1 has %d columns, query %d has %d columns",
				n.Op, n.AllOrDistinct, len(plans[0].cols), i+1, len(plans[i].cols))
		}
	}
	union := &unionNode{}
	out := &queryPlan{}
	for c := range plans[0].cols {
		col, err := a.unionColumn(n, plans, c)
		if err != nil {
			return nil, err
		}
		out.cols = append(out.cols, col)
	}
	union.slots = keptSlots(out.cols)
	out.value = plans[0].value
	for _, p := range plans {
		in := unionInput{node: p.node}
		for c, col := range p.cols {
			var e expr = &slotRef{slot: col.slot, t: col.t}
			if !col.t.Equal(out.cols[c].t) {
				e = &cast{a: e, from: col.t, t: out.cols[c].t}
			}
			in.exprs = append(in.exprs, e)
		}
		union.inputList = append(union.inputList, in)
	}
	return a.setOperation(n, union, plans, out)
}

func (a *analyzer) setOperation(n *ast.CompoundQuery, union *unionNode, plans []*queryPlan, out *queryPlan) (*queryPlan, error) {
	distinct := n.AllOrDistinct == ast.AllOrDistinctDistinct
	if distinct || n.Op != ast.SetOpUnion {
		for i, c := range out.cols {
			if !c.t.Groupable() {
				return nil, a.invalid(n.Pos(), "Column %d in %s %s has type that does not support set operation comparisons: %s", i+1, n.Op, n.AllOrDistinct, c.t)
			}
		}
	}
	if n.Op != ast.SetOpUnion && n.Op != ast.SetOpIntersect && n.Op != ast.SetOpExcept {
		return nil, a.unsupported(n.Pos(), "%s", n.Op)
	}
	passed := map[int]bool{}
	for _, c := range out.cols {
		isFloat := c.t.Code == value.CodeFloat64 || c.t.Code == value.CodeFloat32
		passed[c.slot] = !isFloat || n.Op == ast.SetOpUnion && !distinct
	}
	return out, a.keep(out, passed, func(pushed []*cond, _ *wantedOrder) (node, bool, error) {
		planned, err := a.planInputs(union, plans, pushed)
		switch {
		case err != nil:
			return nil, false, err
		case n.Op != ast.SetOpUnion:
			return &setNode{union: planned, except: n.Op == ast.SetOpExcept, distinct: distinct}, false, nil
		case distinct:
			return &distinctNode{input: planned, slots: planned.slots}, false, nil
		}
		return planned, false, nil
	})
}

// unionColumn finds the common type of a column of all inputs. Columns that are
// literals coerce as such.
func (a *analyzer) unionColumn(n *ast.CompoundQuery, plans []*queryPlan, c int) (outColumn, error) {
	list := make([]expr, len(plans))
	for i, p := range plans {
		list[i] = &slotRef{t: p.cols[c].t}
		if lit := p.literal(c); lit != nil {
			list[i] = lit // a NULL has no type of its own
		}
	}
	t, ok := superType(list)
	if !ok {
		return outColumn{}, a.invalid(n.Pos(), "Column %d in %s %s has incompatible types: %s", c+1, n.Op, n.AllOrDistinct, typeList(list))
	}
	if t == nil {
		t = value.TypeInt64
	}
	for i, e := range list {
		if p, isParam := e.(*param); isParam && p.typ() == nil {
			plans[i].cols[c].t = t
		}
		if _, _, err := a.coerce(e, t); err != nil {
			return outColumn{}, a.located(err, n.Queries[i].Pos())
		}
	}
	return outColumn{name: plans[0].cols[c].name, t: t, slot: a.slot()}, nil
}

// literal returns the literal or parameter that column i is, or nil.
func (p *queryPlan) literal(i int) expr {
	if i < len(p.literals) {
		return p.literals[i]
	}
	return nil
}
