package query

import (
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// node is a step of a plan. Plans are immutable and shared; open begins one run.
type node interface {
	open(e *env) (steps, error)
	inputs() []node
	writes() []int // slots that a step sets
}

// steps is a run of a node: each next puts one row into the slots.
type steps interface {
	next() (bool, error)
	close()
}

// oneRow is SELECT without FROM.
type oneRow struct{}

func (oneRow) open(*env) (steps, error) { return &oneStep{}, nil }
func (oneRow) inputs() []node           { return nil }
func (oneRow) writes() []int            { return nil }

type oneStep struct{ done bool }

func (o *oneStep) next() (bool, error) { first := !o.done; o.done = true; return first, nil }
func (o *oneStep) close()              {}

// filterNode lets the rows pass for which all conditions are true.
type filterNode struct {
	input node
	conds []expr
}

func (f *filterNode) inputs() []node { return []node{f.input} }
func (f *filterNode) writes() []int  { return f.input.writes() }
func (f *filterNode) open(e *env) (steps, error) {
	in, err := f.input.open(e)
	return &filterSteps{e: e, in: in, conds: f.conds}, err
}

type filterSteps struct {
	e     *env
	in    steps
	conds []expr
}

func (f *filterSteps) close() { f.in.close() }
func (f *filterSteps) next() (bool, error) {
	for {
		if ok, err := f.in.next(); !ok || err != nil {
			return false, err
		}
		if err := f.e.step(); err != nil {
			return false, err
		}
		if ok, err := allTrue(f.e, f.conds); ok || err != nil {
			return ok, err
		}
	}
}

func allTrue(e *env, conds []expr) (bool, error) {
	for _, c := range conds {
		v, err := c.eval(e)
		if err != nil || v.IsNull() || !v.AsBool() {
			return false, err
		}
	}
	return true, nil
}

// projectNode computes expressions into slots.
type projectNode struct {
	input node
	exprs []expr
	slots []int
}

func (p *projectNode) inputs() []node { return []node{p.input} }
func (p *projectNode) writes() []int  { return append(slices.Clone(p.input.writes()), p.slots...) }
func (p *projectNode) open(e *env) (steps, error) {
	in, err := p.input.open(e)
	return &projectSteps{e: e, in: in, p: p}, err
}

type projectSteps struct {
	e  *env
	in steps
	p  *projectNode
}

func (p *projectSteps) close() { p.in.close() }
func (p *projectSteps) next() (bool, error) {
	if ok, err := p.in.next(); !ok || err != nil {
		return false, err
	}
	size := 0
	for i, x := range p.p.exprs {
		v, err := x.eval(p.e)
		if err == nil {
			size += v.Size()
			err = p.e.fits(size)
		}
		if err != nil {
			return false, err
		}
		p.e.slots[p.p.slots[i]] = v
	}
	return true, nil
}

// limitNode is LIMIT and OFFSET.
type limitNode struct {
	input  node
	limits *limits
}

func (l *limitNode) inputs() []node { return []node{l.input} }
func (l *limitNode) writes() []int  { return l.input.writes() }

// eval returns both numbers; a missing OFFSET is 0.
func (l *limits) eval(e *env) (count, offset int64, err error) {
	if count, err = evalLimit(e, l.count, "LIMIT"); err != nil || l.offset == nil {
		return count, 0, err
	}
	offset, err = evalLimit(e, l.offset, "OFFSET")
	return count, offset, err
}

func evalLimit(e *env, x expr, what string) (int64, error) {
	v, err := x.eval(e)
	if err != nil {
		return 0, err
	}
	if v.IsNull() || v.AsInt64() < 0 {
		return 0, outOfRange("%s must not be NULL or negative", what)
	}
	return v.AsInt64(), nil
}

func (l *limitNode) open(e *env) (steps, error) {
	count, offset, err := l.limits.eval(e)
	if err != nil {
		return nil, err
	}
	in, err := l.input.open(e)
	return &limitSteps{in: in, count: count, offset: offset}, err
}

type limitSteps struct {
	in            steps
	count, offset int64
}

func (l *limitSteps) close() { l.in.close() }
func (l *limitSteps) next() (bool, error) {
	for ; l.offset > 0 && l.count > 0; l.offset-- {
		if ok, err := l.in.next(); !ok || err != nil {
			return false, err
		}
	}
	if l.count == 0 {
		return false, nil
	}
	l.count--
	return l.in.next()
}

// distinctNode lets the first of equal rows pass.
type distinctNode struct {
	input node
	slots []int
}

func (d *distinctNode) inputs() []node { return []node{d.input} }
func (d *distinctNode) writes() []int  { return d.input.writes() }
func (d *distinctNode) open(e *env) (steps, error) {
	in, err := d.input.open(e)
	return &distinctSteps{e: e, in: in, slots: d.slots, seen: map[string]struct{}{}}, err
}

type distinctSteps struct {
	e     *env
	in    steps
	slots []int
	seen  map[string]struct{}
	key   []byte
}

func (d *distinctSteps) close() { d.in.close() }
func (d *distinctSteps) next() (bool, error) {
	for {
		if ok, err := d.in.next(); !ok || err != nil {
			return false, err
		}
		d.key = rowKey(d.key[:0], d.e, d.slots)
		if _, dup := d.seen[string(d.key)]; !dup {
			d.seen[string(d.key)] = struct{}{}
			return true, d.e.holdBytes("Distinct", len(d.key)+rowBytes)
		}
		if err := d.e.step(); err != nil {
			return false, err
		}
	}
}

// rowKey encodes slots such that equal rows have equal keys.
func rowKey(dst []byte, e *env, slots []int) []byte {
	for _, s := range slots {
		dst = value.AppendKey(dst, e.slots[s], false)
	}
	return dst
}

// savedRows holds rows of some slots for an operator.
type savedRows struct {
	operator string
	slots    []int
	rows     [][]value.Value
}

// saveAll runs a node to its end and keeps its rows.
func saveAll(e *env, operator string, n node, slots []int) (*savedRows, error) {
	in, err := n.open(e)
	if err != nil {
		return nil, err
	}
	defer in.close()
	saved := &savedRows{operator: operator, slots: slots}
	for {
		ok, err := in.next()
		if err != nil || !ok {
			return saved, err
		}
		if err := saved.add(e); err != nil {
			return nil, err
		}
	}
}

func (s *savedRows) add(e *env) error {
	s.rows = append(s.rows, nil)
	if err := e.step(); err != nil {
		return err
	}
	return s.replace(e, len(s.rows)-1)
}

// replace keeps the present row in place of another.
func (s *savedRows) replace(e *env, i int) error {
	row := make([]value.Value, len(s.slots))
	for k, slot := range s.slots {
		row[k] = e.slots[slot]
	}
	s.rows[i] = row
	return e.hold(s.operator, row)
}

func (s *savedRows) restore(e *env, i int) {
	for k, slot := range s.slots {
		e.slots[slot] = s.rows[i][k]
	}
}

func setNull(e *env, slots []int) {
	for _, s := range slots {
		e.slots[s] = value.Null()
	}
}
