package query

import (
	"slices"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// limits are LIMIT and OFFSET; nil where not given.
type limits struct{ count, offset expr }

func (a *analyzer) limit(s *scope, n *ast.Limit) (*limits, error) {
	if n == nil {
		return nil, nil
	}
	count, err := a.intValue(s, n.Count, "LIMIT")
	if err != nil {
		return nil, err
	}
	out := &limits{count: count}
	if n.Offset != nil {
		out.offset, err = a.intValue(s, n.Offset.Value, "OFFSET")
	}
	return out, err
}

// intValue analyses an integer literal, a parameter or a CAST of one.
func (a *analyzer) intValue(s *scope, n ast.IntValue, what string) (expr, error) {
	node, ok := n.(ast.Expr)
	if c, isCast := n.(*ast.CastIntValue); isCast {
		node, ok = c.Expr.(ast.Expr)
	}
	if !ok {
		return nil, a.unsupported(n.Pos(), "this %s", what)
	}
	e, err := a.expr(s, node)
	if err != nil {
		return nil, err
	}
	return a.mustBe(e, value.TypeInt64, what, n.Pos())
}

// plan puts the steps of the block together: rows, groups, columns, distinct, order, limit.
func (b *block) plan(n *ast.Select, having expr, bounds *limits) (*queryPlan, error) {
	if err := b.wrapItems(n.As); err != nil {
		return nil, err
	}
	distinct := n.AllOrDistinct == ast.AllOrDistinctDistinct
	plan := &queryPlan{value: n.As != nil}
	project := &projectNode{}
	wanted := b.wantedOrder(bounds != nil)
	for _, it := range b.items {
		plan.cols = append(plan.cols, b.output(project, it, distinct))
		plan.literals = append(plan.literals, literalOf(it.e))
	}
	if distinct {
		if err := b.checkDistinct(n, plan); err != nil {
			return nil, err
		}
	}
	passed := b.passedSlots(plan.cols, distinct)
	if bounds != nil {
		passed = nil
	}
	return plan, b.a.keep(plan, passed, func(pushed []*cond, asked *wantedOrder) (node, bool, error) {
		if len(b.sort) == 0 && bounds == nil && !b.aggs.needed {
			return b.steps(plan, project, having, bounds, distinct, pushed, asked)
		}
		at, _, err := b.steps(plan, project, having, bounds, distinct, pushed, wanted)
		return at, false, err
	})
}

// steps plans FROM and WHERE, with more conditions, and puts the other steps on
// top. It reports whether rows come in the wanted order.
func (b *block) steps(plan *queryPlan, project *projectNode, having expr, bounds *limits, distinct bool, pushed []*cond, wanted *wantedOrder) (node, bool, error) {
	at, ordered, err := b.a.planRows(b.item, append(newConds(b.where), pushed...), wanted)
	if err != nil {
		return nil, false, err
	}
	if b.aggs.needed {
		at = &groupNode{input: at, aggs: b.aggs}
		if having != nil {
			at = &filterNode{input: at, conds: []expr{having}}
		}
	}
	if len(project.exprs) > 0 {
		at = &projectNode{input: at, exprs: project.exprs, slots: project.slots}
	}
	if distinct {
		at = &distinctNode{input: at, slots: keptSlots(plan.cols)}
	}
	if len(b.sort) > 0 && !ordered {
		at = &sortNode{input: at, keys: b.sort, keep: keptSlots(plan.cols), limit: bounds}
	}
	if bounds != nil {
		markLimited(at)
		at = &limitNode{input: at, limits: bounds}
	}
	return at, ordered, nil
}

// literalOf returns an expression that is a literal or a parameter, or nil.
func literalOf(e expr) expr {
	switch e.(type) {
	case *constant, *param:
		return e
	}
	return nil
}

// output gives a column of the select list its slot.
func (b *block) output(project *projectNode, it selectItem, distinct bool) outColumn {
	a := b.a
	named := it.e
	if _, later := it.e.(*param); !later && it.e.typ() == nil {
		it.e, _, _ = a.coerce(it.e, value.TypeInt64)
	}
	out := outColumn{name: it.name, t: it.e.typ()}
	if out.t == nil {
		out.t = value.TypeInt64 // of a parameter, unless a set operation infers another
	}
	out.mayBeNull = mayBeNull(it.e)
	ref, isRef := it.e.(*slotRef)
	if isRef {
		out.slot = ref.slot
		return out
	}
	out.slot = a.slot()
	project.exprs, project.slots = append(project.exprs, it.e), append(project.slots, out.slot)
	sig := signatureOf(it.e)
	for k := range b.sort { // what is computed already is not computed again
		if !distinct && signatureOf(b.sort[k].e) == sig {
			b.sort[k].e = &slotRef{slot: out.slot, t: out.t}
		}
		replaceAlias(&b.sort[k].e, named, &slotRef{slot: out.slot, t: out.t})
	}
	return out
}

// mayBeNull reports whether a parameter or a literal NULL may be the value of e.
func mayBeNull(e expr) bool {
	switch e := e.(type) {
	case *param:
		return true
	case *constant:
		return e.v.IsNull()
	case *choice:
		return slices.ContainsFunc(append(e.thens[:len(e.thens):len(e.thens)], e.otherwise), mayBeNull)
	case *switchCase:
		return slices.ContainsFunc(append(e.thens[:len(e.thens):len(e.thens)], e.otherwise), mayBeNull)
	}
	return false
}

// replaceAlias replaces an expression of the select list where ORDER BY mentions it.
func replaceAlias(at *expr, named expr, by *slotRef) {
	if *at == named {
		*at = by
		return
	}
	(*at).kids(func(k *expr) { replaceAlias(k, named, by) })
}

// wrapItems makes one column of all for SELECT AS STRUCT.
func (b *block) wrapItems(as ast.SelectAs) error {
	switch as := as.(type) {
	case nil:
		return nil
	case *ast.AsStruct:
		fields, names := make([]expr, len(b.items)), make([]string, len(b.items))
		for i, it := range b.items {
			fields[i], names[i] = it.e, it.name
		}
		b.items = []selectItem{{e: newStruct(fields, names)}}
		return nil
	case *ast.AsValue:
		if len(b.items) != 1 {
			return b.a.invalid(as.Pos(), "SELECT AS VALUE query must have exactly one column")
		}
		return nil
	}
	return b.a.unsupported(as.Pos(), "%s", nodeName(as))
}

func (b *block) checkDistinct(n *ast.Select, plan *queryPlan) error {
	visible := map[int]bool{}
	for i, c := range plan.cols {
		if !c.t.Groupable() {
			return b.a.invalid(n.Pos(), "Column %d of type %s cannot be used in SELECT DISTINCT", i+1, c.t)
		}
		visible[c.slot] = true
	}
	for _, k := range b.sort {
		for slot := range slotsOf(k.e) {
			if !visible[slot] && b.isLocal(slot) {
				return b.a.invalid(n.Pos(), "ORDER BY clause expression references a column which is not visible after SELECT DISTINCT")
			}
		}
	}
	return nil
}

func (b *block) isLocal(slot int) bool {
	for _, r := range b.scope.rels {
		for _, c := range r.cols {
			if c.slot == slot {
				return true
			}
		}
	}
	return false
}

func keptSlots(cols []outColumn) []int {
	slots := make([]int, len(cols))
	for i, c := range cols {
		slots[i] = c.slot
	}
	return slots
}

// wantedOrder returns the order that, if rows come in it, spares sorting.
func (b *block) wantedOrder(limited bool) *wantedOrder {
	if b.aggs.needed {
		return nil
	}
	if len(b.sort) == 0 {
		return nil
	}
	w := &wantedOrder{limited: limited, keys: b.sort}
	for _, k := range b.sort {
		ref, ok := k.e.(*slotRef)
		if !ok {
			return nil
		}
		w.slots, w.desc = append(w.slots, ref.slot), append(w.desc, k.desc)
	}
	return w
}

// markLimited tells the scan that a LIMIT stops, if nothing between them lets rows pass unseen.
func markLimited(n node) {
	switch n := n.(type) {
	case *projectNode:
		markLimited(n.input)
	case *limitNode:
		markLimited(n.input)
	case *loopJoin:
		if n.outer {
			markLimited(n.left)
		}
	case *hashJoin:
		if n.outer {
			markLimited(n.left)
		}
	case *scanNode:
		n.limited = len(n.residual) == 0
	}
}

// query analyses any query expression.
func (a *analyzer) query(s *scope, q ast.QueryExpr) (*queryPlan, error) {
	return a.orderedQuery(s, q, nil, nil)
}

func (a *analyzer) orderedQuery(s *scope, q ast.QueryExpr, order *ast.OrderBy, limit *ast.Limit) (*queryPlan, error) {
	if err := a.enter(q.Pos()); err != nil {
		return nil, err
	}
	defer a.leave()
	switch q := q.(type) {
	case *ast.Select:
		return a.selectBlock(s, q, order, limit)
	case *ast.SubQuery:
		if order == nil && limit == nil {
			return a.query(s, q.Query)
		}
		return a.orderedSet(s, q, order, limit, func() (*queryPlan, error) { return a.query(s, q.Query) })
	case *ast.CompoundQuery:
		return a.orderedSet(s, q, order, limit, func() (*queryPlan, error) { return a.compound(s, q) })
	case *ast.Query:
		return a.fullQuery(s, q, order, limit)
	}
	return nil, a.unsupported(q.Pos(), "%s", nodeName(q))
}

func (a *analyzer) fullQuery(s *scope, q *ast.Query, order *ast.OrderBy, limit *ast.Limit) (*queryPlan, error) {
	if len(q.PipeOperators) > 0 {
		return nil, a.invalid(q.PipeOperators[0].Pos(), "Pipe query syntax not supported")
	}
	if q.With != nil {
		inner := newScope(s)
		inner.ctes, inner.cteScope = map[string]*ast.CTE{}, map[string]*scope{}
		if err := a.declareCTEs(inner, q.With); err != nil {
			return nil, err
		}
		s = inner
	}
	if order == nil && limit == nil {
		return a.orderedQuery(s, q.Query, q.OrderBy, q.Limit)
	}
	plain := *q
	plain.With = nil
	return a.orderedSet(s, q, order, limit, func() (*queryPlan, error) { return a.query(s, &plain) })
}

// orderedSet sorts and limits rows of which only the columns are known by name.
func (a *analyzer) orderedSet(s *scope, q ast.QueryExpr, order *ast.OrderBy, limit *ast.Limit, inner func() (*queryPlan, error)) (*queryPlan, error) {
	plan, err := inner()
	if err != nil {
		return nil, err
	}
	r := &relation{}
	b := &block{a: a, scope: newScope(s), aggs: &aggregation{}}
	b.scope.rels = []*relation{r}
	for _, c := range plan.cols {
		r.cols = append(r.cols, &relColumn{name: c.name, slot: c.slot, t: c.t, rel: r})
		b.items = append(b.items, selectItem{e: &slotRef{slot: c.slot, t: c.t}, name: c.name})
	}
	clause, aggs := a.clause, a.aggs
	defer func() { a.clause, a.aggs = clause, aggs }()
	a.aggs = nil
	if err := b.orderBy(order); err != nil {
		return nil, err
	}
	bounds, err := a.limit(s, limit)
	if err != nil {
		return nil, err
	}
	if len(b.sort) > 0 || bounds != nil {
		plan.build = nil
	}
	if len(b.sort) > 0 {
		plan.node = &sortNode{input: plan.node, keys: b.sort, keep: keptSlots(plan.cols), limit: bounds}
	}
	if bounds != nil {
		if len(b.sort) == 0 {
			markLimited(plan.node)
		}
		plan.node = &limitNode{input: plan.node, limits: bounds}
	}
	return plan, nil
}
