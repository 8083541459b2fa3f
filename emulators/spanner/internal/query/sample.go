package query

import (
	"math/rand/v2"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// sampleItem is an item of FROM with TABLESAMPLE: some of its rows, drawn before
// any condition is checked.
type sampleItem struct {
	of      fromItem
	size    expr
	percent bool      // BERNOULLI: each row with this chance; else RESERVOIR: so many rows
	pos     token.Pos // both uses of a common table expression draw the same rows
}

func (s *sampleItem) relations() []*relation { return s.of.relations() }

// sampled puts TABLESAMPLE on an item of FROM, if there is one.
func (a *analyzer) sampled(item fromItem, n *ast.TableSample) (fromItem, error) {
	if n == nil {
		return item, nil
	}
	out := &sampleItem{of: item, percent: n.Method == ast.BernoulliSampleMethod, pos: n.Pos()}
	if out.percent != (n.Size.Unit == ast.PercentTableSampleUnit) {
		return nil, a.invalid(n.Pos(), "%s/%s is not supported", n.Method, n.Size.Unit)
	}
	a.varies = true
	var err error
	out.size, err = a.sampleSize(n.Size, out.percent)
	return out, err
}

func (a *analyzer) sampleSize(n *ast.TableSampleSize, percent bool) (expr, error) {
	node, ok := n.Value.(ast.Expr)
	if c, isCast := n.Value.(*ast.CastNumValue); isCast {
		node, ok = c.Expr.(ast.Expr)
	}
	if !ok {
		return nil, a.unsupported(n.Pos(), "this size of TABLESAMPLE")
	}
	e, err := a.expr(newScope(nil), node)
	if err != nil {
		return nil, err
	}
	t := value.TypeInt64
	if percent && (e.typ() == nil || e.typ().Code == value.CodeFloat64) {
		t = value.TypeFloat64
	}
	if e, err = a.mustBe(e, t, "The size of TABLESAMPLE", n.Value.Pos()); err != nil {
		return nil, err
	}
	if c, isLiteral := e.(*constant); isLiteral {
		if _, err := sampleSizeOf(c.v, percent); err != nil {
			return nil, a.located(err, n.Value.Pos())
		}
	}
	return e, nil
}

// sampleSizeOf checks and returns how many rows, or percent of them, are drawn.
func sampleSizeOf(v value.Value, percent bool) (size float64, err error) {
	switch {
	case v.IsNull():
	case v.Code() == value.CodeFloat64:
		size = v.AsFloat64()
	default:
		size = float64(v.AsInt64())
	}
	switch {
	case percent && (v.IsNull() || !(size >= 0 && size <= 100)): // NaN neither
		return 0, outOfRange("PERCENT value must be in the range [0, 100]")
	case v.IsNull() || size < 0:
		return 0, outOfRange("TABLESAMPLE ROWS must not be NULL or negative")
	}
	return size, nil
}

// sampleNode draws rows of its input.
type sampleNode struct {
	input   node
	size    expr
	percent bool
	seed    uint64
}

func (s *sampleNode) inputs() []node { return []node{s.input} }
func (s *sampleNode) writes() []int  { return s.input.writes() }

func (s *sampleNode) open(e *env) (steps, error) {
	v, err := s.size.eval(e)
	if err != nil {
		return nil, err
	}
	size, err := sampleSizeOf(v, s.percent)
	if err != nil {
		return nil, err
	}
	draw := rand.New(rand.NewPCG(e.seed, s.seed))
	if !s.percent {
		return s.reservoir(e, draw, size)
	}
	in, err := s.input.open(e)
	return &bernoulli{e: e, in: in, draw: draw, chance: size / 100}, err
}

// bernoulli lets each row pass by chance.
type bernoulli struct {
	e      *env
	in     steps
	draw   *rand.Rand
	chance float64
}

func (b *bernoulli) close() { b.in.close() }
func (b *bernoulli) next() (bool, error) {
	for {
		if ok, err := b.in.next(); !ok || err != nil {
			return false, err
		}
		if b.draw.Float64() < b.chance {
			return true, nil
		}
		if err := b.e.step(); err != nil {
			return false, err
		}
	}
}

// reservoir draws size rows, or all if there are not so many.
func (s *sampleNode) reservoir(e *env, draw *rand.Rand, size float64) (steps, error) {
	in, err := s.input.open(e)
	if err != nil {
		return nil, err
	}
	defer in.close()
	kept := &savedRows{operator: "Sample", slots: s.input.writes()}
	for seen := int64(0); ; seen++ {
		ok, err := in.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return &reservoirSteps{e: e, kept: kept}, nil
		}
		if float64(len(kept.rows)) < size {
			if err := kept.add(e); err != nil {
				return nil, err
			}
			continue
		}
		if at := draw.Int64N(seen + 1); at < int64(len(kept.rows)) {
			if err := kept.replace(e, int(at)); err != nil {
				return nil, err
			}
		}
		if err := e.step(); err != nil {
			return nil, err
		}
	}
}

// reservoirSteps gives the rows that were drawn.
type reservoirSteps struct {
	e    *env
	kept *savedRows
	at   int
}

func (r *reservoirSteps) close() {}
func (r *reservoirSteps) next() (bool, error) {
	if r.at == len(r.kept.rows) {
		return false, nil
	}
	r.kept.restore(r.e, r.at)
	r.at++
	return true, r.e.step()
}
