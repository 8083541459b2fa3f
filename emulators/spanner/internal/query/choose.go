package query

import (
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
)

// maxAlternatives bounds how many disjuncts become ranges.
const maxAlternatives = 64

// choosePath finds the cheapest way to read a table under the conditions.
func (a *analyzer) choosePath(t *tableItem, conds []*cond, wanted *wantedOrder) (*path, error) {
	view := newRelationView(t.rel)
	var best *path
	try := func(x *schema.Index) {
		p := a.pathOver(t, view, x, conds, wanted)
		if p != nil && (best == nil || p.cost < best.cost) {
			best = p
		}
	}
	if t.forceIndex == nil {
		try(nil)
	}
	for _, x := range t.rel.table.Indexes {
		if !t.forceBase && (t.forceIndex == nil || t.forceIndex == x) {
			try(x)
		}
	}
	if best == nil {
		return nil, a.invalid(t.pos, "The null-filtered index %s cannot answer the query: it does not exclude NULLs of all columns of its key", t.forceIndex.Name)
	}
	return best, nil
}

func (a *analyzer) pathOver(t *tableItem, view *relationView, x *schema.Index, conds []*cond, wanted *wantedOrder) *path {
	table := t.rel.table
	p := &path{index: x, parts: table.Key, conds: conds, covering: true}
	keyLength := len(table.Key)
	if x != nil {
		if !indexHoldsAll(table, view, x, conds) {
			return nil
		}
		p.parts, p.covering = x.EntryKey(), covers(table, x, t.rel.used)
		keyLength = len(p.parts)
		if x.Unique {
			keyLength = len(x.Key)
		}
	}
	p.derive(view)
	rows := 0.0
	p.bounded = true
	for _, alt := range p.alts {
		rows += alt.rows(p.parts, keyLength)
		p.bounded = p.bounded && (alt.bounded() || len(alt.guards) > 0)
	}
	perRow := 1.0
	if x != nil {
		perRow = 1.05
		if !p.covering {
			perRow = 3
		}
	}
	if wanted != nil {
		p.deliver(view, wanted)
	}
	switch {
	case p.merged:
		p.cost = min(rows, 100*p.alts[0].values()) * perRow
	case p.ordered && wanted.limited:
		p.cost = min(rows, 100) * perRow
		if !p.bounded {
			p.cost = rows * perRow * 0.5
		}
	case wanted != nil && !p.ordered:
		p.cost = rows*perRow*1.2 + 2
	default:
		p.cost = rows * perRow
	}
	return p
}

// covers reports whether an index holds all columns that a statement reads.
func covers(t *schema.Table, x *schema.Index, used map[int]bool) bool {
	for ordinal := range used {
		inKey := slices.ContainsFunc(x.Key, func(k schema.KeyPart) bool { return k.Column == ordinal })
		if !inKey && !t.IsKey(ordinal) && !slices.Contains(x.Storing, ordinal) {
			return false
		}
	}
	return true
}

// indexHoldsAll reports whether no row that fulfils the conditions is missing from the index.
func indexHoldsAll(t *schema.Table, view *relationView, x *schema.Index, conds []*cond) bool {
	needed := slices.Clone(x.NotNull)
	if x.NullFiltered {
		for _, k := range x.Key {
			needed = append(needed, k.Column)
		}
	}
	for _, ordinal := range needed {
		if !t.Columns[ordinal].NotNull && !excludesNull(view, ordinal, conds) {
			return false
		}
	}
	return true
}

func excludesNull(view *relationView, ordinal int, conds []*cond) bool {
	for _, c := range conds {
		if l, ok := c.e.(*logic); ok && l.or {
			all := true
			for _, op := range l.ops {
				all = all && excludesNull(view, ordinal, newConds(conjuncts(op)))
			}
			if all {
				return true
			}
			continue
		}
		if m := view.match(c); m != nil && m.ordinal == ordinal && m.op != opNull {
			return true
		}
		if b, ok := c.e.(*binary); ok { // strict in both operands
			for _, side := range []expr{b.a, b.b} {
				if o, isColumn := view.column(side); isColumn && o == ordinal {
					return true
				}
			}
		}
	}
	return false
}

// reads reports whether the ranges depend on any of the slots.
func (p *path) reads(slots map[int]bool) bool {
	for _, alt := range p.alts {
		for _, m := range alt.uses() {
			if intersects(m.from.slots, slots) {
				return true
			}
		}
		for _, g := range alt.guards {
			if intersects(slotsOf(g), slots) {
				return true
			}
		}
	}
	return false
}

// scan makes the chosen path a step of the plan; the conditions are checked by it.
func (a *analyzer) scan(t *tableItem, p *path) *scanNode {
	n := &scanNode{
		table: t.rel.table, index: p.index, parts: p.parts, alts: p.alts, reverse: p.reverse,
		unbounded: !p.bounded,
	}
	for i, c := range t.rel.cols {
		if t.rel.used[i] {
			n.columns, n.slots = append(n.columns, i), append(n.slots, c.slot)
		}
	}
	for _, c := range p.conds {
		if !p.exact[c] {
			n.residual = append(n.residual, c.e)
		}
		c.done = true
	}
	a.scans = append(a.scans, n)
	return n
}
