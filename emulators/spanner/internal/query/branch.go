package query

import "slices"

// branch is one way to fulfil all conditions on a table: it takes one disjunct
// of each disjunction that was expanded.
type branch struct {
	guards []expr // conditions of disjuncts that read no row
	conds  []*columnCond
	taken  []taken
}

// taken is a disjunct within a branch.
type taken struct {
	or    *cond
	conds []*columnCond
	whole bool // conds and guards are all that the disjunct says
}

// derive finds the ranges of the key: those of all conditions together, and of
// a disjunction the union of what each disjunct says with the other conditions.
func (p *path) derive(view *relationView) {
	all := branch{}
	var ors []*cond
	for _, c := range p.conds {
		if m := view.match(c); m != nil {
			all.conds = append(all.conds, m)
		} else if l, ok := c.e.(*logic); ok && l.or && len(l.ops) <= maxAlternatives {
			ors = append(ors, c)
		}
	}
	branches := []branch{all}
	p.alts = []*alternative{derive(p.parts, all.conds)}
	for _, or := range ors {
		if next, alts := p.expand(view, branches, or); alts != nil {
			branches, p.alts = next, alts
		}
	}
	p.exact = map[*cond]bool{}
	for _, c := range p.conds {
		p.exact[c] = p.expresses(branches, c)
	}
}

// expand makes branches of each disjunct; none if that does not narrow the
// ranges, or makes too many.
func (p *path) expand(view *relationView, branches []branch, or *cond) (next []branch, alts []*alternative) {
	disjuncts := or.e.(*logic).ops
	if len(branches)*len(disjuncts) > maxAlternatives {
		return nil, nil
	}
	split := make([]branch, len(disjuncts))
	for i, d := range disjuncts {
		split[i] = view.disjunct(or, d)
	}
	for i, from := range branches {
		for k, d := range split {
			own := slices.Concat(d.conds, tied(split, k, from.conds))
			b := branch{
				guards: slices.Concat(from.guards, d.guards),
				conds:  slices.Concat(own, from.conds),
				taken:  slices.Concat(from.taken, d.taken),
			}
			alt := derive(p.parts, b.conds)
			alt.guards = b.guards
			if len(d.guards) == 0 && alt.detail() <= p.alts[i].detail() {
				return nil, nil
			}
			next, alts = append(next, b), append(alts, alt)
		}
	}
	return next, alts
}

// disjunct splits a disjunct into what it says of columns and what reads no row.
func (v *relationView) disjunct(or *cond, e expr) branch {
	t := taken{or: or, whole: true}
	var b branch
	for _, c := range newConds(conjuncts(e)) {
		if v.outside(c.e) {
			b.guards = append(b.guards, c.e)
			continue
		}
		if m := v.match(c); m != nil {
			t.conds = append(t.conds, m)
		} else {
			t.whole = false
		}
	}
	b.conds, b.taken = t.conds, []taken{t}
	return b
}

// tied understands pages of rows of which several may have one value of x,
//
//	x <= @x AND (x < @x OR y > @y)
//
// such that they do not read the rows with x = @x from the first again: what the
// first disjunct leaves to the others has x = @x.
func tied(split []branch, k int, conds []*columnCond) []*columnCond {
	for i, d := range split {
		if len(d.conds) != 1 || len(d.guards) > 0 || !d.taken[0].whole {
			continue
		}
		strict := d.conds[0]
		if strict.op != opLow && strict.op != opHigh || strict.inclusive {
			continue
		}
		for _, c := range conds {
			if c.op == strict.op && c.inclusive && c.ordinal == strict.ordinal && signatureOf(c.e) == signatureOf(strict.e) {
				if i == k {
					return nil
				}
				return []*columnCond{{from: c.from, ordinal: c.ordinal, op: opEqual, e: c.e, exact: c.exact}}
			}
		}
	}
	return nil
}

// detail orders alternatives by how much they say about the key.
func (alt *alternative) detail() int {
	return len(alt.prefix)*1000 + len(alt.uses())
}

// values guesses how many equal values the alternative has.
func (alt *alternative) values() float64 {
	values := 1.0
	for _, c := range alt.prefix {
		if c.op == opIn {
			values *= 5
		}
	}
	return values
}

// expresses reports whether the ranges hold only rows that fulfil c.
func (p *path) expresses(branches []branch, c *cond) bool {
	for i, alt := range p.alts {
		used := alt.uses()
		if slices.ContainsFunc(used, func(m *columnCond) bool { return m.from == c && m.exact }) {
			continue
		}
		k := slices.IndexFunc(branches[i].taken, func(t taken) bool { return t.or == c })
		if k < 0 || !branches[i].taken[k].whole {
			return false
		}
		for _, m := range branches[i].taken[k].conds {
			if !m.exact || !slices.Contains(used, m) {
				return false
			}
		}
	}
	return true
}

// deliver finds out whether reading the path, forwards or backwards, gives the
// wanted order, for a LIMIT also if the ranges of IN are merged.
func (p *path) deliver(view *relationView, wanted *wantedOrder) {
	fixed := map[int]bool{} // columns that have one value in all rows
	for _, c := range p.conds {
		if m := view.match(c); m != nil && m.exact && (m.op == opEqual || m.op == opNull) {
			fixed[m.ordinal] = true
		}
	}
	if p.ordered, p.reverse = p.follows(view, wanted, fixed); p.ordered {
		return
	}
	if !wanted.limited || len(p.alts) > 1 {
		return
	}
	for _, m := range p.alts[0].prefix { // they have one value in each range
		fixed[m.ordinal] = true
	}
	p.merged, p.reverse = p.follows(view, wanted, fixed)
	p.ordered = p.merged
}

// follows reports whether rows in the order of the key, or of its reverse, have
// the wanted order, where the fixed columns do not differ.
func (p *path) follows(view *relationView, wanted *wantedOrder, fixed map[int]bool) (ordered, reverse bool) {
	next, directed := 0, false
	for i, slot := range wanted.slots {
		if !view.slots[slot] {
			return false, false
		}
		ordinal := view.ordinals[slot]
		if fixed[ordinal] {
			continue
		}
		for next < len(p.parts) && fixed[p.parts[next].Column] {
			next++
		}
		if next >= len(p.parts) { // the key is complete: one row at most
			return true, reverse
		}
		part := p.parts[next]
		if part.Column != ordinal {
			return false, false
		}
		backwards := part.Desc != wanted.desc[i]
		if directed && backwards != reverse {
			return false, false
		}
		reverse, directed = backwards, true
		next++
	}
	return true, reverse
}
