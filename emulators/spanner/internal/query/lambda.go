package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// lambda is e -> body, or (e, i) -> body with the element's offset. It is
// evaluated by writing the slots that the body reads.
type lambda struct {
	body    expr
	element int
	offset  int // -1 without
}

// lambda analyses a lambda whose first argument has type elem.
func (a *analyzer) lambda(s *scope, n *ast.LambdaArg, elem *value.Type, withOffset bool) (*lambda, error) {
	if len(n.Args) > 1 && !withOffset || len(n.Args) > 2 {
		return nil, a.invalid(n.Pos(), "Lambda has too many arguments")
	}
	out := &lambda{element: a.slot(), offset: -1}
	inner := newScope(s)
	inner.lets = map[string]expr{strings.ToLower(n.Args[0].Name): &slotRef{slot: out.element, t: elem, name: n.Args[0].Name}}
	if len(n.Args) == 2 {
		if strings.EqualFold(n.Args[0].Name, n.Args[1].Name) {
			return nil, a.invalid(n.Args[1].NamePos, "Lambda argument name `%s` is already defined", n.Args[1].Name)
		}
		out.offset = a.slot()
		inner.lets[strings.ToLower(n.Args[1].Name)] = &slotRef{slot: out.offset, t: tInt, name: n.Args[1].Name}
	}
	body, err := a.expr(inner, n.Expr)
	out.body = body
	return out, err
}

// lambdaCall applies a lambda to each element of an array.
type lambdaCall struct {
	array  expr
	lambda *lambda
	t      *value.Type
	// collect takes the elements and what the lambda made of each.
	collect func(elems, results []value.Value) value.Value
}

func (c *lambdaCall) typ() *value.Type       { return c.t }
func (c *lambdaCall) kids(visit func(*expr)) { visit(&c.array); visit(&c.lambda.body) }
func (c *lambdaCall) eval(e *env) (value.Value, error) {
	arr, err := c.array.eval(e)
	if err != nil || arr.IsNull() {
		return value.Null(), err
	}
	results := make([]value.Value, len(arr.Elems()))
	for i, elem := range arr.Elems() {
		if err := e.step(); err != nil {
			return value.Null(), err
		}
		e.slots[c.lambda.element] = elem
		if c.lambda.offset >= 0 {
			e.slots[c.lambda.offset] = value.Int64(int64(i))
		}
		if results[i], err = c.lambda.body.eval(e); err != nil {
			return value.Null(), err
		}
	}
	return c.collect(arr.Elems(), results), nil
}

func init() {
	specials["ARRAY_FILTER"] = arrayFilter
	specials["ARRAY_TRANSFORM"] = arrayTransform
}

// arrayAndLambda analyses the arguments of a function of an array and a lambda.
func (a *analyzer) arrayAndLambda(s *scope, c *ast.CallExpr, withOffset bool) (expr, *lambda, error) {
	name := functionName(c.Func)
	if err := a.count(c, 2, 2); err != nil {
		return nil, nil, err
	}
	first, ok1 := c.Args[0].(*ast.ExprArg)
	second, ok2 := c.Args[1].(*ast.LambdaArg)
	if !ok1 || !ok2 {
		return nil, nil, a.invalid(c.Pos(), "No matching signature for function %s: it takes an array and a lambda", name)
	}
	array, err := a.expr(s, first.Expr)
	if err != nil {
		return nil, nil, err
	}
	if array.typ() == nil || array.typ().Code != value.CodeArray {
		return nil, nil, a.invalid(c.Pos(), "No matching signature for function %s for argument types: %s, LAMBDA", name, array.typ())
	}
	l, err := a.lambda(s, second, array.typ().Elem, withOffset)
	return array, l, err
}

func chosen(r value.Value) bool { return !r.IsNull() && r.AsBool() }

func arrayFilter(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	array, l, err := a.arrayAndLambda(s, c, true)
	if err != nil {
		return nil, err
	}
	if l.body, err = a.mustBe(l.body, tBool, "Lambda of ARRAY_FILTER", c.Pos()); err != nil {
		return nil, err
	}
	return &lambdaCall{array: array, lambda: l, t: array.typ(), collect: func(elems, results []value.Value) value.Value {
		kept := []value.Value{}
		for i, r := range results {
			if chosen(r) {
				kept = append(kept, elems[i])
			}
		}
		return value.Array(kept)
	}}, nil
}

func arrayTransform(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	array, l, err := a.arrayAndLambda(s, c, true)
	if err != nil {
		return nil, err
	}
	if l.body.typ() == nil {
		l.body, _, _ = a.coerce(l.body, tInt)
	}
	if l.body.typ().Code == value.CodeArray {
		return nil, a.invalid(c.Pos(), "ARRAY_TRANSFORM cannot make an array of arrays")
	}
	return &lambdaCall{array: array, lambda: l, t: value.ArrayOf(l.body.typ()), collect: func(_, results []value.Value) value.Value {
		return value.Array(results)
	}}, nil
}

// includesLambda is ARRAY_INCLUDES(array, e -> condition).
func includesLambda(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	array, l, err := a.arrayAndLambda(s, c, false)
	if err != nil {
		return nil, err
	}
	if l.body, err = a.mustBe(l.body, tBool, "Lambda of ARRAY_INCLUDES", c.Pos()); err != nil {
		return nil, err
	}
	return &lambdaCall{array: array, lambda: l, t: tBool, collect: func(_, results []value.Value) value.Value {
		for _, r := range results {
			if chosen(r) {
				return value.Bool(true)
			}
		}
		return value.Bool(false)
	}}, nil
}
