package query

import (
	"github.com/cloudspannerecosystem/memefish/ast"
)

// cond is a conjunct of WHERE or ON on its way to where it is checked.
type cond struct {
	e     expr
	slots map[int]bool
	done  bool
}

func newConds(list []expr) []*cond {
	out := make([]*cond, len(list))
	for i, e := range list {
		out[i] = &cond{e: e, slots: slotsOf(e)}
	}
	return out
}

// slotsOf returns the slots that an expression reads.
func slotsOf(e expr) map[int]bool {
	slots, own := map[int]bool{}, []int(nil)
	walk(e, func(x expr) bool {
		switch x := x.(type) {
		case *slotRef:
			slots[x.slot] = true
		case *subquery:
			for slot := range x.captured {
				slots[slot] = true
			}
		case *lambdaCall:
			own = append(own, x.lambda.element, x.lambda.offset)
		}
		return true
	})
	for _, slot := range own {
		delete(slots, slot)
	}
	return slots
}

func intersects(a, b map[int]bool) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}

// itemSlots returns all slots that an item of FROM sets.
func itemSlots(item fromItem) map[int]bool {
	slots := map[int]bool{}
	for _, r := range item.relations() {
		for _, c := range r.cols {
			slots[c.slot] = true
		}
		if r.self != nil {
			slots[r.self.slot] = true
		}
	}
	addOwnSlots(slots, item)
	return slots
}

func addOwnSlots(slots map[int]bool, item fromItem) {
	switch item := item.(type) {
	case *unnestItem:
		if item.offset >= 0 {
			slots[item.offset] = true
		}
	case *joinItem:
		for _, m := range item.merge {
			slots[m.slot] = true
		}
		addOwnSlots(slots, item.left)
		addOwnSlots(slots, item.right)
	case *sampleItem:
		addOwnSlots(slots, item.of)
	}
}

// lateralSlots returns what UNNESTs within an item read.
func lateralSlots(item fromItem, into map[int]bool) map[int]bool {
	switch item := item.(type) {
	case *unnestItem:
		for s := range slotsOf(item.array) {
			into[s] = true
		}
	case *joinItem:
		lateralSlots(item.left, into)
		lateralSlots(item.right, into)
	case *sampleItem:
		lateralSlots(item.of, into)
	}
	return into
}

// wantedOrder is the order in which a query wants its rows.
type wantedOrder struct {
	slots   []int
	desc    []bool
	keys    []sortKey // the same
	limited bool
}

// planFrom plans FROM and WHERE. It reports whether rows come in the wanted order.
func (a *analyzer) planFrom(item fromItem, where []expr, wanted *wantedOrder) (node, bool, error) {
	return a.planRows(item, newConds(where), wanted)
}

func (a *analyzer) planRows(item fromItem, conds []*cond, wanted *wantedOrder) (node, bool, error) {
	if item == nil {
		return filtered(oneRow{}, pending(conds)), false, nil
	}
	n, ordered, err := a.planItem(item, conds, wanted)
	if err != nil {
		return nil, false, err
	}
	return filtered(n, pending(conds)), ordered, nil
}

// pending takes the conditions that nothing checks yet.
func pending(conds []*cond) []expr {
	var out []expr
	for _, c := range conds {
		if !c.done {
			out = append(out, c.e)
			c.done = true
		}
	}
	return out
}

func filtered(n node, conds []expr) node {
	if len(conds) == 0 {
		return n
	}
	return &filterNode{input: n, conds: conds}
}

// planItem plans a tree of joins. Conditions that it checks are marked done.
func (a *analyzer) planItem(item fromItem, conds []*cond, wanted *wantedOrder) (node, bool, error) {
	leaves, on, forced := flatten(item)
	conds = append(conds[:len(conds):len(conds)], newConds(on)...)
	n, ordered, err := a.joinLeaves(leaves, conds, wanted, forced)
	if err != nil {
		return nil, false, err
	}
	var mine []*cond // conditions of ON must be checked here
	for _, c := range conds[len(conds)-len(on):] {
		if !c.done {
			mine = append(mine, c)
		}
	}
	return filtered(n, pending(mine)), ordered, nil
}

// flatten returns the items that inner joins connect, and their conditions.
func flatten(item fromItem) (leaves []fromItem, on []expr, forced bool) {
	j, ok := item.(*joinItem)
	if !ok {
		return []fromItem{item}, nil, false
	}
	switch j.op {
	case ast.InnerJoin, ast.CrossJoin, ast.CommaJoin:
	default:
		return []fromItem{item}, nil, j.forceOrder
	}
	left, leftOn, f1 := flatten(j.left)
	right, rightOn, f2 := flatten(j.right)
	leaves = append(left, right...)
	on = append(append(leftOn, rightOn...), j.on...)
	return leaves, on, j.forceOrder || f1 || f2
}

// joinLeaves joins greedily: next always the item that costs least given those joined.
func (a *analyzer) joinLeaves(leaves []fromItem, conds []*cond, wanted *wantedOrder, forced bool) (node, bool, error) {
	slots := make([]map[int]bool, len(leaves))
	for i, l := range leaves {
		slots[i] = itemSlots(l)
	}
	joined := make([]bool, len(leaves))
	bound := map[int]bool{}
	var at node
	ordered := false
	for range leaves {
		pick, err := a.pickLeaf(leaves, slots, joined, conds, wanted, at == nil, forced)
		if err != nil {
			return nil, false, err
		}
		usable := available(conds, slots, joined, pick)
		if at == nil {
			at, ordered, err = a.firstLeaf(leaves[pick], usable, wanted)
		} else {
			at, err = a.joinRight(at, bound, leaves[pick], slots[pick], usable, false)
		}
		if err != nil {
			return nil, false, err
		}
		joined[pick] = true
		for s := range slots[pick] {
			bound[s] = true
		}
		at = filtered(at, pending(available(conds, slots, joined, -1)))
	}
	return at, ordered, nil
}

// available returns the conditions that read, of the items, only joined ones and pick.
func available(conds []*cond, slots []map[int]bool, joined []bool, pick int) []*cond {
	var out []*cond
	for _, c := range conds {
		ok := !c.done
		for i := range slots {
			if ok && i != pick && !joined[i] && intersects(c.slots, slots[i]) {
				ok = false
			}
		}
		if ok {
			out = append(out, c)
		}
	}
	return out
}

func (a *analyzer) pickLeaf(leaves []fromItem, slots []map[int]bool, joined []bool, conds []*cond, wanted *wantedOrder, first, forced bool) (int, error) {
	best, bestCost := -1, 0.0
	for i, l := range leaves {
		if joined[i] || !placeable(l, slots, joined, i) {
			continue
		}
		if forced {
			return i, nil
		}
		var w *wantedOrder
		if first {
			w = wanted
		}
		cost, err := a.leafCost(l, available(conds, slots, joined, i), w)
		if err != nil {
			return 0, err
		}
		if best < 0 || cost < bestCost {
			best, bestCost = i, cost
		}
	}
	return best, nil
}

// placeable reports whether all that an item's UNNESTs read is joined.
func placeable(l fromItem, slots []map[int]bool, joined []bool, i int) bool {
	reads := lateralSlots(l, map[int]bool{})
	for k := range slots {
		if k != i && !joined[k] && intersects(reads, slots[k]) {
			return false
		}
	}
	return true
}

// Costs of what is no table: guesses that only need to sort well.
const (
	costUnnest   = 10
	costSubquery = 5_000
	costRows     = 1_000_000.0
)

func (a *analyzer) leafCost(l fromItem, conds []*cond, wanted *wantedOrder) (float64, error) {
	switch l := l.(type) {
	case *tableItem:
		p, err := a.choosePath(l, conds, wanted)
		if err != nil {
			return 0, err
		}
		return p.cost, nil
	case *unnestItem:
		return costUnnest, nil
	case *sampleItem:
		return costRows, nil
	case *subqueryItem:
		if len(l.plan.pushable(conds)) > 0 {
			return costSubquery / 10, nil
		}
	case *joinItem:
		if l.op == ast.FullOuterJoin {
			return costRows, nil
		}
		preserved := l.left
		if l.op == ast.RightOuterJoin {
			preserved = l.right
		}
		leaves, _, _ := flatten(preserved)
		least := costRows * 10
		for _, inner := range leaves {
			c, err := a.leafCost(inner, conds, wanted)
			if err != nil {
				return 0, err
			}
			least = min(least, c)
		}
		return least * 2, nil
	}
	return costSubquery, nil
}

// firstLeaf plans the item that drives the joins.
func (a *analyzer) firstLeaf(l fromItem, conds []*cond, wanted *wantedOrder) (node, bool, error) {
	switch l := l.(type) {
	case *tableItem:
		p, err := a.choosePath(l, conds, wanted)
		if err != nil {
			return nil, false, err
		}
		n := a.scan(l, p)
		if p.merged {
			return &mergeNode{scan: n, keys: wanted.keys}, true, nil
		}
		return n, p.ordered, nil
	case *unnestItem:
		return l.node(), false, nil
	case *subqueryItem:
		return a.planAgain(l.plan, conds, wanted)
	case *joinItem:
		return a.outerJoin(l, conds, wanted)
	case *sampleItem:
		n, _, err := a.planItem(l.of, nil, nil)
		return &sampleNode{input: n, size: l.size, percent: l.percent, seed: uint64(l.pos)}, false, err
	}
	return nil, false, a.unsupported(0, "this item of FROM")
}

func (u *unnestItem) node() node {
	n := &unnestNode{array: u.array, self: u.rel.self.slot, offset: u.offset}
	for _, c := range u.rel.cols {
		if c != u.rel.self {
			n.fields = append(n.fields, c.slot)
		}
	}
	return n
}

// outerJoin plans LEFT, RIGHT and FULL joins.
func (a *analyzer) outerJoin(j *joinItem, conds []*cond, wanted *wantedOrder) (node, bool, error) {
	left, right := j.left, j.right
	if j.op == ast.RightOuterJoin {
		left, right = right, left
	}
	on := newConds(j.on)
	if j.op == ast.FullOuterJoin {
		return a.fullJoin(j, on)
	}
	rightSlots := itemSlots(right)
	var pushed []*cond
	for _, c := range conds {
		if !c.done && !intersects(c.slots, rightSlots) {
			pushed = append(pushed, c)
		}
	}
	at, ordered, err := a.planItem(left, pushed, wanted)
	if err != nil {
		return nil, false, err
	}
	n, err := a.joinRight(at, itemSlots(left), right, rightSlots, on, true)
	return n, ordered, err
}

func (a *analyzer) fullJoin(j *joinItem, on []*cond) (node, bool, error) {
	left, _, err := a.planItem(j.left, nil, nil)
	if err != nil {
		return nil, false, err
	}
	right, _, err := a.planItem(j.right, nil, nil)
	if err != nil {
		return nil, false, err
	}
	return &loopJoin{left: left, right: right, conds: pending(on), outer: true, kept: true, full: true, merge: j.merge}, false, nil
}

// joinRight joins one more item to what is joined: by key if one fits, else by
// hash, else each row with each.
func (a *analyzer) joinRight(left node, bound map[int]bool, right fromItem, rightSlots map[int]bool, conds []*cond, outer bool) (node, error) {
	if t, ok := right.(*tableItem); ok {
		p, err := a.choosePath(t, conds, nil)
		if err != nil {
			return nil, err
		}
		if p.bounded && p.reads(bound) { // else it is read once, below
			n := a.scan(t, p)
			return &loopJoin{left: left, right: n, conds: pending(conds), outer: outer}, nil
		}
	}
	if intersects(lateralSlots(right, map[int]bool{}), bound) {
		n, _, err := a.planItem(right, conds, nil)
		return &loopJoin{left: left, right: n, conds: pending(conds), outer: outer}, err
	}
	var own, shared []*cond
	for _, c := range conds {
		if intersects(c.slots, bound) {
			shared = append(shared, c)
		} else {
			own = append(own, c)
		}
	}
	n, _, err := a.planItem(right, own, nil)
	if err != nil {
		return nil, err
	}
	h := &hashJoin{left: left, right: n, outer: outer}
	for _, c := range shared {
		if l, r, ok := equiJoin(c.e, bound, rightSlots); ok {
			h.leftKeys, h.rightKeys = append(h.leftKeys, l), append(h.rightKeys, r)
			c.done = true
		}
	}
	rest := pending(conds)
	if len(h.leftKeys) == 0 {
		return &loopJoin{left: left, right: n, conds: rest, outer: outer, kept: true}, nil
	}
	h.conds = rest
	return h, nil
}

// equiJoin splits left = right.
func equiJoin(e expr, bound, right map[int]bool) (l, r expr, ok bool) {
	b, isBinary := e.(*binary)
	if !isBinary || b.name != "=" || !b.a.typ().Orderable() {
		return nil, nil, false
	}
	x, y := slotsOf(b.a), slotsOf(b.b)
	switch {
	case !intersects(x, right) && intersects(y, right) && !intersects(y, bound):
		return b.a, b.b, true
	case !intersects(y, right) && intersects(x, right) && !intersects(x, bound):
		return b.b, b.a, true
	}
	return nil, nil, false
}
