package query

import (
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// expr is a typed expression.
type expr interface {
	typ() *value.Type // nil for a NULL or parameter whose type is not known yet
	eval(e *env) (value.Value, error)
	kids(visit func(*expr)) // calls visit with the place of each operand
}

type (
	func1 func(a value.Value) (value.Value, error)
	func2 func(a, b value.Value) (value.Value, error)
	funcN func(e *env, args []value.Value) (value.Value, error)
)

// constant is a value known when the statement is analysed.
type constant struct {
	v       value.Value
	t       *value.Type
	literal bool // written as a literal, which coerces to more types
}

func (c *constant) typ() *value.Type               { return c.t }
func (c *constant) eval(*env) (value.Value, error) { return c.v, nil }
func (c *constant) kids(func(*expr))               {}

// param is a query parameter. All mentions of one name share info.
type param struct {
	info *paramInfo
	t    *value.Type // of this mention, if not declared; nil until inferred
	pos  token.Pos
}

type paramInfo struct {
	name     string
	index    int
	t        *value.Type // nil until declared or inferred
	declared bool
	mentions []*param
}

func (p *param) typ() *value.Type {
	if p.info.declared {
		return p.info.t
	}
	return p.t
}

func (p *param) eval(e *env) (value.Value, error) { return e.params[p.info.index], nil }
func (p *param) kids(func(*expr))                 {}

// slotRef reads a slot.
type slotRef struct {
	slot int
	t    *value.Type
	name string
	pos  token.Pos
}

func (s *slotRef) typ() *value.Type                 { return s.t }
func (s *slotRef) eval(e *env) (value.Value, error) { return e.slots[s.slot], nil }
func (s *slotRef) kids(func(*expr))                 {}

// unary is an operator or function of one argument that yields NULL for NULL.
type unary struct {
	name string
	a    expr
	t    *value.Type
	fn   func1
}

func (u *unary) typ() *value.Type       { return u.t }
func (u *unary) kids(visit func(*expr)) { visit(&u.a) }
func (u *unary) eval(e *env) (value.Value, error) {
	a, err := u.a.eval(e)
	if err != nil || a.IsNull() {
		return value.Null(), err
	}
	return u.fn(a)
}

// binary is an operator or function of two arguments that yields NULL for NULL.
type binary struct {
	name string
	a, b expr
	t    *value.Type
	fn   func2
}

func (b *binary) typ() *value.Type       { return b.t }
func (b *binary) kids(visit func(*expr)) { visit(&b.a); visit(&b.b) }
func (b *binary) eval(e *env) (value.Value, error) {
	x, err := b.a.eval(e)
	if err != nil || x.IsNull() {
		return value.Null(), err
	}
	y, err := b.b.eval(e)
	if err != nil || y.IsNull() {
		return value.Null(), err
	}
	return b.fn(x, y)
}

// call is a function of any number of arguments.
type call struct {
	name     string
	args     []expr
	t        *value.Type
	fn       funcN
	lenient  bool // is called with NULLs too
	volatile bool // differs from call to call
}

func (c *call) typ() *value.Type                 { return c.t }
func (c *call) eval(e *env) (value.Value, error) { return e.call(c.fn, c.args, !c.lenient) }
func (c *call) kids(visit func(*expr)) {
	for i := range c.args {
		visit(&c.args[i])
	}
}

// logic is AND or OR over any number of operands, with three-valued logic.
type logic struct {
	or  bool
	ops []expr
}

func (l *logic) typ() *value.Type { return value.TypeBool }
func (l *logic) kids(visit func(*expr)) {
	for i := range l.ops {
		visit(&l.ops[i])
	}
}

func (l *logic) eval(e *env) (value.Value, error) {
	sawNull := false
	for _, op := range l.ops {
		v, err := op.eval(e)
		if err != nil {
			return v, err
		}
		if v.IsNull() {
			sawNull = true
		} else if v.AsBool() == l.or {
			return v, nil
		}
	}
	if sawNull {
		return value.Null(), nil
	}
	return value.Bool(!l.or), nil
}

// isNull is IS NULL, or IS NOT NULL.
type isNull struct {
	a   expr
	not bool
}

func (n *isNull) typ() *value.Type       { return value.TypeBool }
func (n *isNull) kids(visit func(*expr)) { visit(&n.a) }
func (n *isNull) eval(e *env) (value.Value, error) {
	v, err := n.a.eval(e)
	return value.Bool(v.IsNull() != n.not), err
}

// isBool is IS [NOT] TRUE or FALSE.
type isBool struct {
	a         expr
	not, want bool
}

func (b *isBool) typ() *value.Type       { return value.TypeBool }
func (b *isBool) kids(visit func(*expr)) { visit(&b.a) }
func (b *isBool) eval(e *env) (value.Value, error) {
	v, err := b.a.eval(e)
	is := !v.IsNull() && v.AsBool() == b.want
	return value.Bool(is != b.not), err
}

// choice is CASE WHEN and IF: the first arm whose condition is true.
type choice struct {
	conds, thens []expr
	otherwise    expr
	t            *value.Type
}

func (c *choice) typ() *value.Type { return c.t }
func (c *choice) kids(visit func(*expr)) {
	for i := range c.conds {
		visit(&c.conds[i])
		visit(&c.thens[i])
	}
	visit(&c.otherwise)
}

func (c *choice) eval(e *env) (value.Value, error) {
	for i, cond := range c.conds {
		v, err := cond.eval(e)
		if err != nil {
			return v, err
		}
		if !v.IsNull() && v.AsBool() {
			return c.thens[i].eval(e)
		}
	}
	return c.otherwise.eval(e)
}

// switchCase is CASE operand WHEN value: the operand is evaluated once.
type switchCase struct {
	operand   expr
	values    []expr
	thens     []expr
	otherwise expr
	t         *value.Type
}

func (c *switchCase) typ() *value.Type { return c.t }
func (c *switchCase) kids(visit func(*expr)) {
	visit(&c.operand)
	for i := range c.values {
		visit(&c.values[i])
		visit(&c.thens[i])
	}
	visit(&c.otherwise)
}

func (c *switchCase) eval(e *env) (value.Value, error) {
	operand, err := c.operand.eval(e)
	if err != nil {
		return operand, err
	}
	for i, candidate := range c.values {
		v, err := candidate.eval(e)
		if err != nil {
			return v, err
		}
		if eq, _ := value.Equal(operand, v); eq {
			return c.thens[i].eval(e)
		}
	}
	return c.otherwise.eval(e)
}

// coalesce is the first argument that is not NULL.
type coalesce struct {
	args []expr
	t    *value.Type
}

func (c *coalesce) typ() *value.Type { return c.t }
func (c *coalesce) kids(visit func(*expr)) {
	for i := range c.args {
		visit(&c.args[i])
	}
}

func (c *coalesce) eval(e *env) (value.Value, error) {
	for _, arg := range c.args {
		v, err := arg.eval(e)
		if err != nil || !v.IsNull() {
			return v, err
		}
	}
	return value.Null(), nil
}

// inList is IN over expressions, or over the elements of one array.
type inList struct {
	a     expr
	list  []expr
	array expr // instead of list
	not   bool
}

func (n *inList) typ() *value.Type { return value.TypeBool }
func (n *inList) kids(visit func(*expr)) {
	visit(&n.a)
	for i := range n.list {
		visit(&n.list[i])
	}
	if n.array != nil {
		visit(&n.array)
	}
}

func (n *inList) eval(e *env) (value.Value, error) {
	a, err := n.a.eval(e)
	if err != nil {
		return a, err
	}
	if n.array != nil {
		arr, err := n.array.eval(e)
		if err != nil {
			return arr, err
		}
		found, known := isAmong(a, arr.Elems())
		return inResult(found, known, n.not), nil
	}
	known := true
	for _, item := range n.list {
		v, err := item.eval(e)
		if err != nil {
			return v, err
		}
		eq, k := value.Equal(a, v)
		if eq {
			return value.Bool(!n.not), nil
		}
		known = known && k
	}
	return inResult(false, known, n.not), nil
}

func isAmong(a value.Value, elems []value.Value) (found, known bool) {
	known = true
	for _, v := range elems {
		eq, k := value.Equal(a, v)
		if eq {
			return true, true
		}
		known = known && k
	}
	return false, known
}

func inResult(found, known, not bool) value.Value {
	if !found && !known {
		return value.Null()
	}
	return value.Bool(found != not)
}

// walk calls visit for e and everything below it, stopping where visit returns false.
func walk(e expr, visit func(expr) bool) {
	if !visit(e) {
		return
	}
	e.kids(func(k *expr) { walk(*k, visit) })
}

// isVolatile reports whether e may differ between two evaluations on the same row.
func isVolatile(e expr) bool {
	found := false
	walk(e, func(x expr) bool {
		if c, ok := x.(*call); ok && c.volatile {
			found = true
		}
		return !found
	})
	return found
}
