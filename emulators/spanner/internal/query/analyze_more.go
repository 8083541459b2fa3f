package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func (a *analyzer) caseExpr(s *scope, n *ast.CaseExpr) (expr, error) {
	var conds, thens []expr
	for _, w := range n.Whens {
		pair, err := a.exprs(s, []ast.Expr{w.Cond, w.Then})
		if err != nil {
			return nil, err
		}
		conds, thens = append(conds, pair[0]), append(thens, pair[1])
	}
	var otherwise expr = &constant{}
	if n.Else != nil {
		var err error
		if otherwise, err = a.expr(s, n.Else.Expr); err != nil {
			return nil, err
		}
	}
	results := append(thens, otherwise)
	t, err := a.unify(results, "operator CASE", n.Case)
	if err != nil {
		return nil, err
	}
	thens, otherwise = results[:len(results)-1], results[len(results)-1]
	if n.Expr == nil {
		for i := range conds {
			if conds[i], err = a.mustBe(conds[i], value.TypeBool, "WHEN clause", n.Whens[i].When); err != nil {
				return nil, err
			}
		}
		return &choice{conds: conds, thens: thens, otherwise: otherwise, t: t}, nil
	}
	operand, err := a.expr(s, n.Expr)
	if err != nil {
		return nil, err
	}
	compared := append([]expr{operand}, conds...)
	ct, err := a.unify(compared, "operator CASE", n.Case)
	if err != nil {
		return nil, err
	}
	if !comparable(ct, true) {
		return nil, a.invalid(n.Case, "Equality is not defined for arguments of type %s", ct)
	}
	return &switchCase{operand: compared[0], values: compared[1:], thens: thens, otherwise: otherwise, t: t}, nil
}

func (a *analyzer) ifExpr(s *scope, n *ast.IfExpr) (expr, error) {
	cond, err := a.condition(s, n.Expr, "Condition of IF")
	if err != nil {
		return nil, err
	}
	arms, err := a.exprs(s, []ast.Expr{n.TrueResult, n.ElseResult})
	if err != nil {
		return nil, err
	}
	t, err := a.unify(arms, "function IF", n.If)
	if err != nil {
		return nil, err
	}
	return &choice{conds: []expr{cond}, thens: arms[:1], otherwise: arms[1], t: t}, nil
}

func (a *analyzer) castExpr(s *scope, n *ast.CastExpr) (expr, error) {
	t, err := a.typeOf(n.Type)
	if err != nil {
		return nil, err
	}
	e, err := a.expr(s, n.Expr)
	if err != nil {
		return nil, err
	}
	if e.typ() == nil || isEmptyArray(e) {
		e, err = a.mustBe(e, t, "Operand of CAST", n.Cast)
		return unliteral(e), err
	}
	if !castable(e.typ(), t) {
		return nil, a.invalid(n.Cast, "Invalid cast from %s to %s", e.typ(), t)
	}
	return &cast{a: e, from: e.typ(), t: t, safe: n.Safe}, nil
}

// unliteral makes a literal lose its ability to coerce.
func unliteral(e expr) expr {
	if c, ok := e.(*constant); ok {
		return &constant{v: c.v, t: c.t}
	}
	return e
}

// typeOf turns a type as written into a type.
func (a *analyzer) typeOf(n ast.Type) (*value.Type, error) {
	if err := a.enter(n.Pos()); err != nil {
		return nil, err
	}
	defer a.leave()
	switch n := n.(type) {
	case *ast.SimpleType:
		for _, c := range []value.Code{
			value.CodeBool, value.CodeInt64, value.CodeFloat64, value.CodeFloat32, value.CodeString, value.CodeBytes,
			value.CodeTimestamp, value.CodeDate, value.CodeNumeric, value.CodeJSON, value.CodeInterval,
		} {
			if strings.EqualFold(string(n.Name), c.String()) {
				return value.ScalarType(c), nil
			}
		}
	case *ast.NamedType:
		if len(n.Path) == 1 && strings.EqualFold(n.Path[0].Name, value.TypeUUID.String()) {
			return value.TypeUUID, nil
		}
		return a.protoType(n)
	case *ast.ArrayType:
		elem, err := a.typeOf(n.Item)
		if err != nil {
			return nil, err
		}
		if elem.Code == value.CodeArray {
			return nil, a.invalid(n.Array, "Arrays of arrays are not supported")
		}
		return value.ArrayOf(elem), nil
	case *ast.StructType:
		fields, err := a.fieldTypes(n.Fields)
		return value.StructOf(fields...), err
	}
	return nil, a.invalid(n.Pos(), "Type not found: %s", nodeName(n))
}

func (a *analyzer) fieldTypes(list []*ast.StructField) ([]value.Field, error) {
	fields := make([]value.Field, len(list))
	for i, f := range list {
		t, err := a.typeOf(f.Type)
		if err != nil {
			return nil, err
		}
		fields[i].Type = t
		if f.Ident != nil {
			fields[i].Name = f.Ident.Name
		}
	}
	return fields, nil
}

// arrayLiteral is [a, b, c].
type arrayLiteral struct {
	items []expr
	t     *value.Type
	typed bool // the type was written
}

func (l *arrayLiteral) typ() *value.Type { return l.t }
func (l *arrayLiteral) kids(visit func(*expr)) {
	for i := range l.items {
		visit(&l.items[i])
	}
}

func (l *arrayLiteral) eval(e *env) (value.Value, error) {
	elems, err := evalAll(e, l.items)
	return value.Array(elems), err
}

func evalAll(e *env, list []expr) ([]value.Value, error) {
	out := make([]value.Value, len(list))
	size := 0
	for i, item := range list {
		v, err := item.eval(e)
		if err == nil {
			size += v.Size()
			err = e.fits(size)
		}
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (a *analyzer) arrayLiteral(s *scope, n *ast.ArrayLiteral) (expr, error) {
	items, err := a.exprs(s, n.Values)
	if err != nil {
		return nil, err
	}
	lit := &arrayLiteral{items: items}
	if n.Type != nil {
		elem, err := a.typeOf(n.Type)
		if err != nil {
			return nil, err
		}
		if elem.Code == value.CodeArray {
			return nil, a.invalid(n.Array, "Arrays of arrays are not supported")
		}
		for i := range items {
			if items[i], err = a.mustBe(items[i], elem, "Array element", n.Values[i].Pos()); err != nil {
				return nil, err
			}
		}
		lit.t, lit.typed = value.ArrayOf(elem), true
		return lit, nil
	}
	elem, err := a.unify(items, "array", n.Lbrack)
	if err != nil {
		return nil, a.invalid(n.Lbrack, "Array elements of types {%s} do not have a common supertype", typeList(items))
	}
	if elem.Code == value.CodeArray {
		return nil, a.invalid(n.Lbrack, "Cannot construct array with element type %s because nested arrays are not supported", elem)
	}
	lit.t = value.ArrayOf(elem)
	return lit, nil
}

// structLiteral is STRUCT(a, b) and (a, b).
type structLiteral struct {
	fields []expr
	t      *value.Type
}

func (l *structLiteral) typ() *value.Type { return l.t }
func (l *structLiteral) kids(visit func(*expr)) {
	for i := range l.fields {
		visit(&l.fields[i])
	}
}

func (l *structLiteral) eval(e *env) (value.Value, error) {
	fields, err := evalAll(e, l.fields)
	return value.Struct(fields), err
}

func newStruct(fields []expr, names []string) *structLiteral {
	t := &value.Type{Code: value.CodeStruct, Fields: make([]value.Field, len(fields))}
	for i, f := range fields {
		t.Fields[i].Type = f.typ()
		if t.Fields[i].Type == nil {
			t.Fields[i].Type = value.TypeInt64
		}
		if names != nil {
			t.Fields[i].Name = names[i]
		}
	}
	return &structLiteral{fields: fields, t: t}
}

func (a *analyzer) tuple(s *scope, n *ast.TupleStructLiteral) (expr, error) {
	fields, err := a.exprs(s, n.Values)
	if err != nil {
		return nil, err
	}
	return newStruct(fields, nil), nil
}

func (a *analyzer) typelessStruct(s *scope, n *ast.TypelessStructLiteral) (expr, error) {
	var fields []expr
	var names []string
	for _, arg := range n.Values {
		var node ast.Expr
		name := ""
		switch arg := arg.(type) {
		case *ast.ExprArg:
			node, name = arg.Expr, inferredName(arg.Expr)
		case *ast.Alias:
			node, name = arg.Expr, arg.As.Alias.Name
		default:
			return nil, a.unsupported(arg.Pos(), "%s", nodeName(arg))
		}
		e, err := a.expr(s, node)
		if err != nil {
			return nil, err
		}
		fields, names = append(fields, e), append(names, name)
	}
	return newStruct(fields, names), nil
}

func (a *analyzer) typedStruct(s *scope, n *ast.TypedStructLiteral) (expr, error) {
	types, err := a.fieldTypes(n.Fields)
	if err != nil {
		return nil, err
	}
	fields, err := a.exprs(s, n.Values)
	if err != nil {
		return nil, err
	}
	if len(types) != len(fields) {
		return nil, a.invalid(n.Struct, "STRUCT type has %d fields but constructor call has %d fields", len(types), len(fields))
	}
	for i := range fields {
		if fields[i], err = a.mustBe(fields[i], types[i].Type, "Struct field", n.Values[i].Pos()); err != nil {
			return nil, err
		}
	}
	return &structLiteral{fields: fields, t: value.StructOf(types...)}, nil
}

func (a *analyzer) withExpr(s *scope, n *ast.WithExpr) (expr, error) {
	inner := newScope(s)
	inner.lets = map[string]expr{}
	for _, v := range n.Vars {
		e, err := a.expr(inner, v.Expr)
		if err != nil {
			return nil, err
		}
		if isVolatile(e) {
			return nil, a.unsupported(v.Pos(), "A volatile function in WITH")
		}
		inner.lets[strings.ToLower(v.Name.Name)] = e
	}
	return a.expr(inner, n.Expr)
}
