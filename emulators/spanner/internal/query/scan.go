package query

import (
	"bytes"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// scanNode reads a table by its key or an index.
type scanNode struct {
	table     *schema.Table
	index     *schema.Index
	parts     []schema.KeyPart
	alts      []*alternative
	reverse   bool
	residual  []expr
	columns   []int
	slots     []int // of columns
	unbounded bool
	replaced  bool // by another, when the plan was made again
	limited   bool // a LIMIT in the delivered order stops it
}

// maxRanges bounds the ranges that IN lists on several columns multiply to.
const maxRanges = 100_000

func (n *scanNode) inputs() []node { return nil }
func (n *scanNode) writes() []int  { return n.slots }

func (n *scanNode) errFullScan() error {
	return status.Errorf(codes.FailedPrecondition, "Full scan of table %s is refused: no key or index serves the statement", n.table.Name)
}

func (n *scanNode) open(e *env) (steps, error) {
	ranges, err := n.ranges(e)
	if err != nil {
		return nil, err
	}
	if e.rejectFullScans && !n.limited && isEverything(ranges) {
		return nil, n.errFullScan()
	}
	if len(ranges) == 0 {
		return noSteps{}, nil
	}
	return n.over(e, ranges), nil
}

// over reads ranges.
func (n *scanNode) over(e *env, ranges []KeyRange) *scanSteps {
	cur := e.src.Scan(e.ctx, Scan{Table: n.table, Index: n.index, Ranges: ranges, Reverse: n.reverse, Columns: n.columns})
	return &scanSteps{e: e, n: n, cur: cur}
}

func isEverything(ranges []KeyRange) bool {
	return len(ranges) == 1 && len(ranges[0].Start) == 0 && (ranges[0].End == nil || bytes.Equal(ranges[0].End, value.PrefixEnd(nil)))
}

type noSteps struct{}

func (noSteps) next() (bool, error) { return false, nil }
func (noSteps) close()              {}

type scanSteps struct {
	e   *env
	n   *scanNode
	cur Cursor
}

func (s *scanSteps) close() { s.cur.Close() }
func (s *scanSteps) next() (bool, error) {
	for s.cur.Next() {
		s.e.scanned++
		if err := s.e.step(); err != nil {
			return false, err
		}
		row := s.cur.Row()
		for i, ordinal := range s.n.columns {
			s.e.slots[s.n.slots[i]] = row[ordinal]
		}
		ok, err := allTrue(s.e, s.n.residual)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, s.cur.Err()
}

// ranges evaluates the alternatives to ranges, in order and disjoint.
func (n *scanNode) ranges(e *env) ([]KeyRange, error) {
	out, err := n.rawRanges(e)
	return mergeRanges(out), err
}

// rawRanges evaluates the alternatives to ranges, as they come.
func (n *scanNode) rawRanges(e *env) ([]KeyRange, error) {
	var out []KeyRange
	for _, alt := range n.alts {
		ok, err := allTrue(e, alt.guards)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if out, err = alt.appendRanges(e, n.parts, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (alt *alternative) appendRanges(e *env, parts []schema.KeyPart, out []KeyRange) ([]KeyRange, error) {
	prefixes := [][]byte{nil}
	for i, c := range alt.prefix {
		values, err := c.values(e)
		if err != nil {
			return nil, err
		}
		if len(values)*len(prefixes) > maxRanges {
			return nil, status.Errorf(codes.ResourceExhausted, "the conditions make more than %d key ranges", maxRanges)
		}
		next := make([][]byte, 0, len(values)*len(prefixes))
		for _, p := range prefixes {
			for _, v := range values {
				next = append(next, value.AppendKey(p[:len(p):len(p)], v, parts[i].Desc))
			}
		}
		prefixes = next
	}
	if len(prefixes) == 0 {
		return out, nil
	}
	if len(alt.prefix) == len(parts) {
		for _, p := range prefixes {
			out = append(out, KeyRange{Start: p, End: value.PrefixEnd(p), Point: true})
		}
		return out, nil
	}
	desc := parts[len(alt.prefix)].Desc
	start, end, some, err := alt.bounds(e, desc)
	if err != nil || !some {
		return out, err
	}
	for _, p := range prefixes {
		r := KeyRange{Start: append(p[:len(p):len(p)], start...), End: append(p[:len(p):len(p)], end...)}
		if bytes.Compare(r.Start, r.End) < 0 {
			out = append(out, r)
		}
	}
	return out, nil
}

// values returns what a column may be equal to.
func (c *columnCond) values(e *env) ([]value.Value, error) {
	switch {
	case c.op == opNull:
		return []value.Value{value.Null()}, nil
	case c.op == opIn && c.e != nil:
		v, err := c.e.eval(e)
		return withoutNulls(v.Elems()), err
	case c.op == opIn:
		values, err := evalAll(e, c.list)
		return withoutNulls(values), err
	}
	v, err := c.e.eval(e)
	return withoutNulls([]value.Value{v}), err
}

func withoutNulls(values []value.Value) []value.Value {
	out := make([]value.Value, 0, len(values))
	for _, v := range values {
		if !v.IsNull() && !v.IsNaN() {
			out = append(out, v)
		}
	}
	return out
}

// bounds returns the encoded range of the part after the prefix; some is false
// if nothing can be in it.
func (alt *alternative) bounds(e *env, desc bool) (start, end []byte, some bool, err error) {
	if len(alt.low) == 0 && len(alt.high) == 0 && alt.start == nil && alt.notNull == nil {
		return nil, value.PrefixEnd(nil), true, nil
	}
	null := value.AppendKey(nil, value.Null(), desc)
	low, high := value.PrefixEnd(null), value.PrefixEnd(nil) // in the order of an ascending key
	if desc {
		low, high = null, nil
	}
	tighterLow, tighterHigh := maxBytes, minBytes
	if desc {
		tighterLow, tighterHigh = minBytes, maxBytes
	}
	for _, c := range alt.low {
		edge, some, err := c.edge(e, desc, !c.inclusive)
		if !some {
			return nil, nil, false, err
		}
		low = tighterLow(low, edge)
	}
	for _, c := range alt.high {
		edge, some, err := c.edge(e, desc, c.inclusive)
		if !some {
			return nil, nil, false, err
		}
		high = tighterHigh(high, edge)
	}
	if desc {
		low, high = high, low
	}
	if alt.start == nil {
		return low, high, true, nil
	}
	s, err := alt.start.prefixText(e)
	if err != nil || s == nil {
		return nil, nil, false, err
	}
	first := value.AppendKeyStringPrefix(nil, *s, desc)
	return maxBytes(low, first), minBytes(high, successor(first)), true, nil
}

// edge returns the key before or, with after, behind all keys of the bound's
// value, in the order of values: for a descending part the other way round.
func (c *columnCond) edge(e *env, desc, after bool) ([]byte, bool, error) {
	v, err := c.e.eval(e)
	if err != nil || v.IsNull() {
		return nil, false, err
	}
	key := value.AppendKey(nil, v, desc)
	if after != desc {
		key = value.PrefixEnd(key)
	}
	return key, true, nil
}

// prefixText returns what the column must begin with; nil if nothing fits.
func (c *columnCond) prefixText(e *env) (*string, error) {
	v, err := c.e.eval(e)
	if err != nil || v.IsNull() {
		return nil, err
	}
	s := v.AsString()
	if c.op == opLike {
		s = likePrefix(s)
	}
	return &s, nil
}

// successor returns the first key after all that begin with the bytes, of which the first is not 0xFF.
func successor(prefix []byte) []byte {
	end := slices.Clone(prefix)
	for end[len(end)-1] == 0xFF {
		end = end[:len(end)-1]
	}
	end[len(end)-1]++
	return end
}

func maxBytes(a, b []byte) []byte {
	if bytes.Compare(a, b) < 0 {
		return b
	}
	return a
}

func minBytes(a, b []byte) []byte {
	if bytes.Compare(a, b) < 0 {
		return a
	}
	return b
}

// mergeRanges sorts ranges and joins those that touch.
func mergeRanges(ranges []KeyRange) []KeyRange {
	slices.SortFunc(ranges, func(a, b KeyRange) int { return bytes.Compare(a.Start, b.Start) })
	out := ranges[:0]
	for _, r := range ranges {
		if len(out) > 0 && bytes.Compare(r.Start, out[len(out)-1].End) <= 0 {
			last := &out[len(out)-1]
			last.Point = last.Point && r.Point && bytes.Equal(last.Start, r.Start)
			last.End = maxBytes(last.End, r.End)
			continue
		}
		out = append(out, r)
	}
	return out
}
