package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// signature is one overload of a function. It yields NULL for a NULL argument
// unless it is lenient.
type signature struct {
	args     []*value.Type
	optional int         // how many of the last args may be left out
	rest     *value.Type // type of any number of further arguments
	ret      *value.Type
	fn       funcN
	lenient  bool
	volatile bool
	moment   bool // depends on when the statement is run
	fixed    int  // how many of the last args must be literals or parameters
}

// special functions analyse their arguments themselves.
type special func(a *analyzer, s *scope, c *ast.CallExpr) (expr, error)

var (
	functions = map[string][]signature{}
	specials  = map[string]special{}
)

func define(name string, sigs ...signature) { functions[name] = append(functions[name], sigs...) }

func types(list ...*value.Type) []*value.Type { return list }

// functionName joins and capitalises the name of a call.
func functionName(p *ast.Path) string {
	parts := make([]string, len(p.Idents))
	for i, id := range p.Idents {
		parts[i] = strings.ToUpper(id.Name)
	}
	return strings.Join(parts, ".")
}

func (a *analyzer) callExpr(s *scope, n *ast.CallExpr) (expr, error) {
	name := functionName(n.Func)
	pos := n.Pos()
	if bare, ok := strings.CutPrefix(name, "SAFE."); ok {
		return a.safeCall(s, n, bare)
	}
	if _, ok := aggregates[name]; ok {
		return a.aggregate(s, n, name)
	}
	if n.Distinct || n.NullHandling != nil || n.Having != nil || n.OrderBy != nil || n.Limit != nil {
		return nil, a.invalid(pos, "Only aggregate functions take DISTINCT, IGNORE NULLS, HAVING, ORDER BY and LIMIT: %s", name)
	}
	if len(n.NamedArgs) > 0 && !takesNames[name] {
		return nil, a.unsupported(pos, "A named argument of %s", name)
	}
	if fn, ok := specials[name]; ok {
		return fn(a, s, n)
	}
	sigs, ok := functions[name]
	if !ok {
		if notImplemented[name] {
			return nil, a.unsupported(pos, "Function %s", name)
		}
		return nil, a.invalid(pos, "Function not found: %s", name)
	}
	args, err := a.args(s, n)
	if err != nil {
		return nil, err
	}
	return a.resolve(name, sigs, args, pos)
}

// safeCall is SAFE.f(...): NULL instead of an error of evaluation.
func (a *analyzer) safeCall(s *scope, n *ast.CallExpr, name string) (expr, error) {
	plain := *n
	plain.Func = &ast.Path{Idents: n.Func.Idents[1:]}
	if _, ok := aggregates[name]; ok {
		return nil, a.unsupported(n.Pos(), "SAFE with the aggregate %s", name)
	}
	e, err := a.callExpr(s, &plain)
	if err != nil {
		return nil, err
	}
	return &safe{a: e}, nil
}

// safe turns errors of evaluation into NULL.
type safe struct{ a expr }

func (f *safe) typ() *value.Type       { return f.a.typ() }
func (f *safe) kids(visit func(*expr)) { visit(&f.a) }
func (f *safe) eval(e *env) (value.Value, error) {
	v, err := f.a.eval(e)
	if err != nil && e.ctx.Err() == nil {
		return value.Null(), nil
	}
	return v, err
}

// argNodes returns the argument expressions of a call.
func (a *analyzer) argNodes(n *ast.CallExpr) ([]ast.Expr, error) {
	nodes := make([]ast.Expr, len(n.Args))
	for i, arg := range n.Args {
		plain, ok := arg.(*ast.ExprArg)
		if !ok {
			return nil, a.unsupported(arg.Pos(), "Argument %s", nodeName(arg))
		}
		nodes[i] = plain.Expr
	}
	return nodes, nil
}

func (a *analyzer) args(s *scope, n *ast.CallExpr) ([]expr, error) {
	nodes, err := a.argNodes(n)
	if err != nil {
		return nil, err
	}
	return a.exprs(s, nodes)
}

// resolve picks the overload that the arguments need the least coercion for.
func (a *analyzer) resolve(name string, sigs []signature, args []expr, pos token.Pos) (expr, error) {
	var best *signature
	bestCost := noCoercion
	for i := range sigs {
		if cost := sigs[i].cost(args); cost < bestCost {
			best, bestCost = &sigs[i], cost
		}
	}
	if best == nil {
		return nil, a.invalid(pos, "No matching signature for function %s for argument types: %s", name, typeList(args))
	}
	coerced := make([]expr, len(args))
	for i, arg := range args {
		if best.fixed > 0 && i >= len(best.args)-best.fixed && !isFixed(arg) {
			return nil, a.invalid(pos, "Argument %d to %s must be a literal or query parameter", i+1, name)
		}
		c, _, err := a.coerce(arg, best.arg(i))
		if err != nil {
			return nil, a.located(err, pos)
		}
		coerced[i] = c
	}
	a.varies = a.varies || best.volatile || best.moment
	return &call{name: name, args: coerced, t: best.ret, fn: best.fn, lenient: best.lenient, volatile: best.volatile}, nil
}

// isFixed reports whether e is a literal or a parameter.
func isFixed(e expr) bool {
	switch e.(type) {
	case *constant, *param:
		return true
	}
	return false
}

func (g *signature) arg(i int) *value.Type {
	if i < len(g.args) {
		return g.args[i]
	}
	return g.rest
}

func (g *signature) cost(args []expr) int {
	if len(args) < len(g.args)-g.optional || len(args) > len(g.args) && g.rest == nil {
		return noCoercion
	}
	if g.needsNumeric(args) {
		return noCoercion
	}
	total := 0
	for i, arg := range args {
		total = min(total+coercionCost(arg, g.arg(i)), noCoercion)
	}
	return total
}

// needsNumeric reports whether the overload takes NUMERIC and no argument is one: literals
// become NUMERIC beside one only.
func (g *signature) needsNumeric(args []expr) bool {
	takes := false
	for i, arg := range args {
		if g.arg(i).Code == value.CodeNumeric {
			if t := arg.typ(); t != nil && t.Code == value.CodeNumeric {
				return false
			}
			takes = true
		}
	}
	return takes
}

// count checks the number of arguments of a special function.
func (a *analyzer) count(n *ast.CallExpr, least, most int) error {
	if len(n.Args) < least || len(n.Args) > most {
		return a.invalid(n.Pos(), "Number of arguments does not match for function %s", functionName(n.Func))
	}
	return nil
}

func init() {
	specials["COALESCE"] = coalesceCall
	specials["IFNULL"] = coalesceCall
	specials["NULLIF"] = nullIf
	specials["GREATEST"] = extremes(1)
	specials["LEAST"] = extremes(-1)
}

func coalesceCall(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	name := functionName(c.Func)
	least, most := 1, len(c.Args)
	if name == "IFNULL" {
		least, most = 2, 2
	}
	if err := a.count(c, least, most); err != nil {
		return nil, err
	}
	args, err := a.args(s, c)
	if err != nil {
		return nil, err
	}
	t, err := a.unify(args, "function "+name, c.Pos())
	if err != nil {
		return nil, err
	}
	return &coalesce{args: args, t: t}, nil
}

func nullIf(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	if err := a.count(c, 2, 2); err != nil {
		return nil, err
	}
	args, err := a.args(s, c)
	if err != nil {
		return nil, err
	}
	t, err := a.unify(args, "function NULLIF", c.Pos())
	if err != nil {
		return nil, err
	}
	if !comparable(t, true) {
		return nil, a.invalid(c.Pos(), "NULLIF is not defined for arguments of type %s", t)
	}
	return &call{name: "NULLIF", args: args, t: t, lenient: true, fn: func(_ *env, v []value.Value) (value.Value, error) {
		if eq, _ := value.Equal(v[0], v[1]); eq {
			return value.Null(), nil
		}
		return v[0], nil
	}}, nil
}

// extremes is GREATEST, with sign 1, and LEAST, with sign -1. A NaN decides both.
func extremes(sign int) special {
	return func(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
		name := functionName(c.Func)
		if err := a.count(c, 1, len(c.Args)); err != nil {
			return nil, err
		}
		args, err := a.args(s, c)
		if err != nil {
			return nil, err
		}
		t, err := a.unify(args, "function "+name, c.Pos())
		if err != nil {
			return nil, err
		}
		if !t.Orderable() {
			return nil, a.invalid(c.Pos(), "%s is not defined for arguments of type %s", name, t)
		}
		return &call{name: name, args: args, t: t, fn: func(_ *env, v []value.Value) (value.Value, error) {
			best := v[0]
			for _, x := range v[1:] {
				if best.IsNaN() {
					return best, nil
				}
				if x.IsNaN() || value.Compare(x, best) == sign {
					best = x
				}
			}
			return best, nil
		}}, nil
	}
}
