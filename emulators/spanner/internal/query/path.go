package query

import (
	"slices"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// path is a way to read a table: by its key or an index, within ranges.
type path struct {
	index    *schema.Index // nil: by primary key
	parts    []schema.KeyPart
	alts     []*alternative // the union of their ranges is read
	exact    map[*cond]bool // conditions that the ranges express wholly
	conds    []*cond
	cost     float64
	bounded  bool
	covering bool
	ordered  bool
	merged   bool // ordered if its ranges are merged
	reverse  bool
}

// alternative is one set of ranges: equal values for the first parts of a key,
// then a range of the next.
type alternative struct {
	guards    []expr // it counts only where these, which read no row, are true
	prefix    []*columnCond
	low, high []*columnCond // the tightest of them bounds the range
	start     *columnCond   // STARTS_WITH and LIKE
	notNull   *columnCond
}

type columnOp int

const (
	opEqual columnOp = iota
	opIn
	opLow
	opHigh
	opStart
	opLike
	opNull
	opNotNull
)

// columnCond is a condition on one column against what does not read the table.
type columnCond struct {
	from      *cond
	ordinal   int
	op        columnOp
	e         expr
	inclusive bool
	list      []expr // of IN
	exact     bool   // the key range expresses it wholly
}

// relationView answers what conditions say about one table.
type relationView struct {
	slots    map[int]bool
	ordinals map[int]int // by slot
	table    *schema.Table
}

func newRelationView(r *relation) *relationView {
	v := &relationView{slots: map[int]bool{}, ordinals: map[int]int{}, table: r.table}
	for _, c := range r.cols {
		v.slots[c.slot] = true
		v.ordinals[c.slot] = c.ordinal
	}
	return v
}

// column returns the ordinal if e is a column of the table.
func (v *relationView) column(e expr) (int, bool) {
	ref, ok := e.(*slotRef)
	if !ok || !v.slots[ref.slot] {
		return 0, false
	}
	return v.ordinals[ref.slot], true
}

// outside reports whether e is the same for all rows of the table.
func (v *relationView) outside(list ...expr) bool {
	for _, e := range list {
		if intersects(slotsOf(e), v.slots) || isVolatile(e) {
			return false
		}
	}
	return true
}

var mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// match understands a condition as one on a column, or returns nil.
func (v *relationView) match(c *cond) *columnCond {
	switch e := c.e.(type) {
	case *binary:
		if e.name == "LIKE" {
			if o, ok := v.column(e.a); ok && v.outside(e.b) {
				return &columnCond{from: c, ordinal: o, op: opLike, e: e.b}
			}
			return nil
		}
		op, other := e.name, e.b
		o, ok := v.column(e.a)
		if !ok {
			op, other = mirrored[op], e.a
			o, ok = v.column(e.b)
		}
		if ok && v.outside(other) {
			return v.comparison(c, o, op, other)
		}
	case *call:
		if o, ok := v.startsWith(e); ok {
			return &columnCond{from: c, ordinal: o, op: opStart, e: e.args[1], exact: true}
		}
	case *isNull:
		if o, ok := v.column(e.a); ok && e.not {
			return &columnCond{from: c, ordinal: o, op: opNotNull, exact: true}
		} else if ok {
			return &columnCond{from: c, ordinal: o, op: opNull, exact: true}
		}
	case *inList:
		o, ok := v.column(e.a)
		if !ok || e.not || !v.outside(e.list...) || e.array != nil && !v.outside(e.array) {
			return nil
		}
		return &columnCond{from: c, ordinal: o, op: opIn, e: e.array, list: e.list, exact: !v.isFloat(o)}
	case *slotRef: // a BOOL column by itself
		if o, ok := v.column(e); ok {
			return &columnCond{from: c, ordinal: o, op: opEqual, e: &constant{v: value.Bool(true), t: value.TypeBool}, exact: true}
		}
	}
	return nil
}

func (v *relationView) startsWith(e *call) (int, bool) {
	if e.name != "STARTS_WITH" || !v.outside(e.args[1]) {
		return 0, false
	}
	return v.column(e.args[0])
}

// isFloat: a NaN sorts before all and equals none, so ranges of floats say a bit too much.
func (v *relationView) isFloat(ordinal int) bool {
	c := v.table.Columns[ordinal].Type.Code
	return c == value.CodeFloat64 || c == value.CodeFloat32
}

func (v *relationView) comparison(c *cond, ordinal int, op string, other expr) *columnCond {
	out := &columnCond{from: c, ordinal: ordinal, e: other, exact: !v.isFloat(ordinal)}
	switch ast.BinaryOp(op) {
	case ast.OpEqual:
		out.op = opEqual
	case ast.OpGreater, ast.OpGreaterEqual:
		out.op, out.inclusive = opLow, op == ">="
	case ast.OpLess, ast.OpLessEqual:
		out.op, out.inclusive = opHigh, op == "<="
	default:
		return nil
	}
	return out
}

// derive finds what the conditions say about a key.
func derive(parts []schema.KeyPart, conds []*columnCond) *alternative {
	alt := &alternative{}
	for _, part := range parts {
		var eq *columnCond
		for _, c := range conds {
			if c.ordinal != part.Column {
				continue
			}
			switch c.op {
			case opEqual, opNull:
				if eq == nil || eq.op == opIn {
					eq = c
				}
			case opIn:
				if eq == nil {
					eq = c
				}
			}
		}
		if eq != nil {
			alt.prefix = append(alt.prefix, eq)
			continue
		}
		for _, c := range conds {
			if c.ordinal == part.Column {
				alt.bound(c)
			}
		}
		break
	}
	return alt
}

// bound takes all bounds, and of the other kinds the first: more of those are
// checked row by row.
func (alt *alternative) bound(c *columnCond) {
	switch {
	case c.op == opLow:
		alt.low = append(alt.low, c)
	case c.op == opHigh:
		alt.high = append(alt.high, c)
	case (c.op == opStart || c.op == opLike) && alt.start == nil:
		alt.start = c
	case c.op == opNotNull && alt.notNull == nil:
		alt.notNull = c
	}
}

// uses returns the conditions that the alternative is made of.
func (alt *alternative) uses() []*columnCond {
	out := slices.Concat(alt.prefix, alt.low, alt.high)
	for _, c := range []*columnCond{alt.start, alt.notNull} {
		if c != nil {
			out = append(out, c)
		}
	}
	return out
}

func (alt *alternative) bounded() bool { return len(alt.uses()) > 0 }

// rows guesses how many rows the alternative reads.
func (alt *alternative) rows(parts []schema.KeyPart, keyLength int) float64 {
	rows, values := costRows, 1.0
	for _, c := range alt.prefix {
		if c.op == opIn {
			rows, values = rows/20, values*5
		} else {
			rows /= 100
		}
	}
	if len(alt.prefix) >= keyLength {
		return values
	}
	switch {
	case alt.start != nil, len(alt.low) > 0 && len(alt.high) > 0:
		rows /= 10
	case len(alt.low) > 0, len(alt.high) > 0:
		rows /= 4
	case alt.notNull != nil:
		rows /= 1.5
	}
	if len(alt.guards) > 0 && !alt.bounded() {
		rows /= 4
	}
	return max(rows, 2*values)
}
