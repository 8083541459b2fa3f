package query

import (
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// groupNode computes aggregates over groups. Groups come in the order of their
// first rows; without GROUP BY there is one, of no rows if need be.
type groupNode struct {
	input node
	aggs  *aggregation
}

func (g *groupNode) inputs() []node { return []node{g.input} }
func (g *groupNode) writes() []int {
	out := slices.Clone(g.aggs.keySlots)
	for _, c := range g.aggs.calls {
		out = append(out, c.slot)
	}
	return out
}

type group struct {
	keys  []value.Value
	cells []*cell
}

// cellBytes is about what the state of an aggregate takes.
const cellBytes = 160

// cell is the state of one aggregate of one group.
type cell struct {
	acc     accumulator
	seen    map[string]struct{} // DISTINCT
	rows    []sortedRow         // ORDER BY
	extreme value.Value         // HAVING MAX and MIN
}

func (g *groupNode) open(e *env) (steps, error) {
	in, err := g.input.open(e)
	if err != nil {
		return nil, err
	}
	defer in.close()
	byKey := map[string]*group{}
	var groups []*group
	if len(g.aggs.keys) == 0 {
		groups = append(groups, g.newGroup(nil))
	}
	var key []byte
	for {
		ok, err := in.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return &groupSteps{e: e, g: g, groups: groups}, nil
		}
		if err := e.step(); err != nil {
			return nil, err
		}
		var current *group
		if len(g.aggs.keys) == 0 {
			current = groups[0]
		} else {
			keys, err := evalAll(e, g.aggs.keys)
			if err != nil {
				return nil, err
			}
			key = key[:0]
			for _, k := range keys {
				key = value.AppendKey(key, k, false)
			}
			if current = byKey[string(key)]; current == nil {
				current = g.newGroup(keys)
				byKey[string(key)] = current
				if err := e.holdBytes("Aggregate", len(key)+len(g.aggs.calls)*cellBytes); err != nil {
					return nil, err
				}
				groups = append(groups, current)
				if err := e.hold("Aggregate", keys); err != nil {
					return nil, err
				}
			}
		}
		if err := g.addRow(e, current); err != nil {
			return nil, err
		}
	}
}

func (g *groupNode) newGroup(keys []value.Value) *group {
	out := &group{keys: keys, cells: make([]*cell, len(g.aggs.calls))}
	for i, c := range g.aggs.calls {
		out.cells[i] = &cell{acc: c.state()}
		if c.distinct {
			out.cells[i].seen = map[string]struct{}{}
		}
	}
	return out
}

func (g *groupNode) addRow(e *env, to *group) error {
	for i, c := range g.aggs.calls {
		if err := c.add(e, to.cells[i]); err != nil {
			return err
		}
	}
	return nil
}

// keepsNulls reports whether the aggregate looks at NULLs.
func (c *aggregateCall) keepsNulls() bool {
	return (c.name == "ARRAY_AGG" || c.name == "ANY_VALUE") && !c.ignoreNulls
}

func (c *aggregateCall) add(e *env, to *cell) error {
	v := value.Bool(true)
	if c.arg != nil {
		var err error
		if v, err = c.arg.eval(e); err != nil {
			return err
		}
		if v.IsNull() && !c.keepsNulls() {
			return nil
		}
	}
	if c.having != nil {
		if skip, err := c.outdone(e, to); skip || err != nil {
			return err
		}
	}
	if to.seen != nil {
		key := string(value.AppendKey(nil, v, false))
		if _, dup := to.seen[key]; dup {
			return nil
		}
		to.seen[key] = struct{}{}
		if err := e.holdBytes("Aggregate", len(key)+rowBytes); err != nil {
			return err
		}
	}
	if err := c.setSeparator(e, to); err != nil {
		return err
	}
	if c.collects() {
		if err := e.hold("Aggregate", []value.Value{v}); err != nil {
			return err
		}
	}
	if c.order == nil && c.limit == nil {
		return to.acc.add(v)
	}
	r := sortedRow{row: []value.Value{v}, seq: len(to.rows)}
	for _, k := range c.order {
		kv, err := k.e.eval(e)
		if err != nil {
			return err
		}
		r.keys = append(r.keys, kv)
	}
	to.rows = append(to.rows, r)
	return e.hold("Aggregate", r.keys)
}

func (c *aggregateCall) collects() bool { return c.t.Code == value.CodeArray || c.name == "STRING_AGG" }

// outdone reports whether another row has the extreme of HAVING MAX or MIN, and
// begins anew if this row has it alone.
func (c *aggregateCall) outdone(e *env, to *cell) (bool, error) {
	h, err := c.having.eval(e)
	if err != nil || h.IsNull() {
		return true, err
	}
	sign := 1
	if c.havingMin {
		sign = -1
	}
	cmp := 1
	if !to.extreme.IsNull() {
		cmp = value.Compare(h, to.extreme) * sign
	}
	if cmp < 0 {
		return true, nil
	}
	if cmp > 0 {
		to.extreme, to.acc, to.rows = h, c.state(), nil
		if c.distinct {
			to.seen = map[string]struct{}{}
		}
	}
	return false, nil
}

func (c *aggregateCall) setSeparator(e *env, to *cell) error {
	agg, ok := to.acc.(*stringAgg)
	if !ok {
		return nil
	}
	agg.separator = ","
	if c.separator == nil {
		return nil
	}
	v, err := c.separator.eval(e)
	agg.separator = v.AsString()
	return err
}

func (c *aggregateCall) result(e *env, of *cell) (value.Value, error) {
	if c.order == nil && c.limit == nil {
		return of.acc.result()
	}
	h := &sortHeap{keys: c.order}
	slices.SortFunc(of.rows, h.compare)
	most := int64(len(of.rows))
	if c.limit != nil {
		n, err := evalLimit(e, c.limit, "LIMIT")
		if err != nil {
			return value.Null(), err
		}
		most = min(most, n)
	}
	for _, r := range of.rows[:most] {
		if err := of.acc.add(r.row[0]); err != nil {
			return value.Null(), err
		}
	}
	return of.acc.result()
}

type groupSteps struct {
	e      *env
	g      *groupNode
	groups []*group
	at     int
}

func (s *groupSteps) close() {}
func (s *groupSteps) next() (bool, error) {
	if s.at >= len(s.groups) {
		return false, nil
	}
	current := s.groups[s.at]
	s.groups[s.at] = nil
	s.at++
	for i, slot := range s.g.aggs.keySlots {
		s.e.slots[slot] = current.keys[i]
	}
	for i, c := range s.g.aggs.calls {
		v, err := c.result(s.e, current.cells[i])
		if err != nil {
			return false, err
		}
		s.e.slots[c.slot] = v
	}
	return true, nil
}
