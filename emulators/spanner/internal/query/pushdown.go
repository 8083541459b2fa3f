package query

import (
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// A subquery in FROM is planned again when it is known what is asked of its rows:
// conditions on columns that it passes on as they are, and the order.

// keep makes the plan of build, which may be called again with conditions and an
// order. Slots are the columns that conditions may be on.
func (a *analyzer) keep(p *queryPlan, slots map[int]bool, build func([]*cond, *wantedOrder) (node, bool, error)) error {
	p.build, p.passed = build, slots
	_, _, err := a.planAgain(p, nil, nil)
	return err
}

// planAgain plans a query under more conditions, which it marks as done where
// they can be checked inside.
func (a *analyzer) planAgain(p *queryPlan, conds []*cond, wanted *wantedOrder) (node, bool, error) {
	for _, s := range p.scans {
		s.replaced = p.build != nil
	}
	if p.build == nil {
		return p.node, false, nil
	}
	first := len(a.scans)
	n, ordered, err := p.build(p.pushable(conds), wanted)
	p.node, p.scans = n, slices.Clone(a.scans[first:])
	return n, ordered, err
}

// liveScans returns the scans that are in the plan after all.
func (a *analyzer) liveScans() []*scanNode {
	return slices.DeleteFunc(a.scans, func(s *scanNode) bool { return s.replaced })
}

// pushable returns the conditions that can be checked inside.
func (p *queryPlan) pushable(conds []*cond) []*cond {
	var out []*cond
	for _, c := range conds {
		ok := !c.done && !isVolatile(c.e)
		for _, col := range p.cols {
			ok = ok && (!c.slots[col.slot] || p.passed[col.slot])
		}
		if ok && p.build != nil {
			out = append(out, c)
		}
	}
	return out
}

// passedSlots returns the columns that are columns of FROM, or of GROUP BY, and on
// which equal values are the same: a condition on them holds before as after.
func (b *block) passedSlots(cols []outColumn, distinct bool) map[int]bool {
	passed := map[int]bool{}
	if b.item == nil {
		return passed
	}
	from := itemSlots(b.item)
	for _, c := range cols {
		ok := from[c.slot]
		if b.aggs.needed {
			ok = ok && slices.Contains(b.aggs.keySlots, c.slot)
		}
		if b.aggs.needed || distinct {
			ok = ok && c.t.Code != value.CodeFloat64 && c.t.Code != value.CodeFloat32
		}
		if ok {
			passed[c.slot] = true
		}
	}
	return passed
}

// substituted returns e with other expressions in place of slots; false if e is of
// a kind that is not copied.
func substituted(e expr, by map[int]expr) (expr, bool) {
	ok := true
	one := func(x expr) expr {
		out, fine := substituted(x, by)
		ok = ok && fine
		return out
	}
	all := func(list []expr) []expr {
		out := make([]expr, len(list))
		for i, x := range list {
			out[i] = one(x)
		}
		return out
	}
	switch x := e.(type) {
	case *constant, *param:
		return e, true
	case *slotRef:
		if other, there := by[x.slot]; there {
			return other, true
		}
		return e, true
	case *binary:
		return &binary{name: x.name, a: one(x.a), b: one(x.b), t: x.t, fn: x.fn}, ok
	case *unary:
		return &unary{name: x.name, a: one(x.a), t: x.t, fn: x.fn}, ok
	case *logic:
		return &logic{or: x.or, ops: all(x.ops)}, ok
	case *isNull:
		return &isNull{a: one(x.a), not: x.not}, ok
	case *call:
		return &call{name: x.name, args: all(x.args), t: x.t, fn: x.fn, lenient: x.lenient}, ok && !x.volatile
	case *inList:
		out := &inList{a: one(x.a), list: all(x.list), not: x.not}
		if x.array != nil {
			out.array = one(x.array)
		}
		return out, ok
	}
	return nil, false
}

// planInputs plans the inputs of a set operation under conditions on its columns:
// each input checks them on its own columns.
func (a *analyzer) planInputs(union *unionNode, plans []*queryPlan, conds []*cond) (*unionNode, error) {
	out := &unionNode{slots: union.slots, inputList: slices.Clone(union.inputList)}
	done := make([]int, len(conds))
	for i, p := range plans {
		by := map[int]expr{}
		for c, slot := range union.slots {
			by[slot] = union.inputList[i].exprs[c]
		}
		var mine []*cond
		origin := map[*cond]int{}
		for k, c := range conds {
			if e, ok := substituted(c.e, by); ok {
				inner := &cond{e: e, slots: slotsOf(e)}
				origin[inner] = k
				mine = append(mine, inner)
			}
		}
		n, _, err := a.planAgain(p, mine, nil)
		if err != nil {
			return nil, err
		}
		for inner, k := range origin {
			if inner.done {
				done[k]++
			}
		}
		out.inputList[i].node = n
	}
	for k, c := range conds {
		c.done = done[k] == len(plans)
	}
	return out, nil
}
