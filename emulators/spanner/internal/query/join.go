package query

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func (a *analyzer) join(s *scope, n *ast.Join) (fromItem, error) {
	if err := a.checkHints(n.Hint, joinHints); err != nil {
		return nil, err
	}
	first := len(s.rels)
	left, err := a.from(s, n.Left)
	if err != nil {
		return nil, err
	}
	before := len(s.rels)
	right, err := a.from(s, n.Right)
	if err != nil {
		return nil, err
	}
	j := &joinItem{op: n.Op, left: left, right: right, forceOrder: a.hints.forceJoinOrder || joinOrderHint(n.Hint)}
	_, lateral := right.(*unnestItem)
	if lateral && (n.Op == ast.RightOuterJoin || n.Op == ast.FullOuterJoin) {
		return nil, a.unsupported(n.Pos(), "%s with UNNEST", n.Op)
	}
	switch cond := n.Cond.(type) {
	case nil:
		if n.Op != ast.CrossJoin && n.Op != ast.CommaJoin && !lateral {
			return nil, a.invalid(n.Pos(), "%s must have an immediately following ON or USING clause", n.Op)
		}
		return j, nil
	case *ast.On:
		clause, aggs := a.clause, a.aggs
		a.clause, a.aggs = "JOIN ON clause", nil
		sides := &scope{parent: s.parent, rels: s.rels[first:], ctes: s.ctes, cteScope: s.cteScope}
		e, err := a.condition(sides, cond.Expr, "ON clause")
		a.clause, a.aggs = clause, aggs
		if err != nil {
			return nil, err
		}
		j.on = conjuncts(e)
		return j, nil
	case *ast.Using:
		return j, a.using(s, j, cond, first, before)
	}
	return nil, a.unsupported(n.Pos(), "this join condition")
}

func joinOrderHint(h *ast.Hint) bool {
	if h == nil {
		return false
	}
	for _, rec := range h.Records {
		if strings.EqualFold(rec.Key.SQL(), "FORCE_JOIN_ORDER") && strings.EqualFold(rec.Value.SQL(), "TRUE") {
			return true
		}
	}
	return false
}

// using joins on columns of one name and makes each of them one column.
func (a *analyzer) using(s *scope, j *joinItem, n *ast.Using, first, split int) error {
	leftScope := &scope{rels: s.rels[first:split]}
	rightScope := &scope{rels: s.rels[split:]}
	shared := &relation{}
	for _, id := range n.Idents {
		l, err := a.usingColumn(leftScope, id, "left")
		if err != nil {
			return err
		}
		r, err := a.usingColumn(rightScope, id, "right")
		if err != nil {
			return err
		}
		eq, err := a.compare(ast.OpEqual, l.ref(id.NamePos), r.ref(id.NamePos), id.NamePos)
		if err != nil {
			return err
		}
		j.on = append(j.on, eq)
		l.merged, r.merged = true, true
		slot, t := l.slot, l.t
		switch j.op {
		case ast.RightOuterJoin:
			slot, t = r.slot, r.t
		case ast.FullOuterJoin:
			if !l.t.Equal(r.t) {
				return a.unsupported(id.NamePos, "FULL JOIN USING columns of types %s and %s", l.t, r.t)
			}
			slot = a.slot()
			j.merge = append(j.merge, mergedColumn{slot: slot, left: l.slot, right: r.slot})
		}
		shared.cols = append(shared.cols, &relColumn{name: id.Name, slot: slot, t: t, rel: shared})
	}
	s.rels = slices.Insert(s.rels, first, shared)
	return nil
}

func (a *analyzer) usingColumn(s *scope, id *ast.Ident, side string) (*relColumn, error) {
	f, err := a.lookupHere(s, id.Name, id.NamePos)
	if err != nil {
		return nil, err
	}
	if f.col == nil {
		return nil, a.invalid(id.NamePos, "Column %s in USING clause not found on %s side of join", id.Name, side)
	}
	return f.col, nil
}

// conjuncts splits a condition at its ANDs.
func conjuncts(e expr) []expr {
	if l, ok := e.(*logic); ok && !l.or {
		return l.ops
	}
	if c, ok := e.(*constant); ok && !c.v.IsNull() && c.t.Code == value.CodeBool && c.v.AsBool() {
		return nil
	}
	return []expr{e}
}
