package query

import (
	"math"
	"strconv"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// expr analyses an expression in a scope.
func (a *analyzer) expr(s *scope, n ast.Expr) (expr, error) {
	if err := a.enter(n.Pos()); err != nil {
		return nil, err
	}
	defer a.leave()
	if e, ok, err := a.literal(s, n); ok || err != nil {
		return e, err
	}
	switch n := n.(type) {
	case *ast.Ident:
		if isCurrent(n) {
			return a.callExpr(s, &ast.CallExpr{Func: &ast.Path{Idents: []*ast.Ident{n}}})
		}
		return a.path(s, []*ast.Ident{n})
	case *ast.Path:
		return a.path(s, n.Idents)
	case *ast.SelectorExpr:
		return a.selector(s, n)
	case *ast.IndexExpr:
		return a.subscript(s, n)
	case *ast.ParenExpr:
		return a.expr(s, n.Expr)
	case *ast.Param:
		return a.mention(n.Name, n.Atmark), nil
	case *ast.BinaryExpr:
		return a.binary(s, n)
	case *ast.UnaryExpr:
		return a.unary(s, n)
	case *ast.IsNullExpr:
		return a.isNull(s, n)
	case *ast.IsBoolExpr:
		return a.isBool(s, n)
	case *ast.BetweenExpr:
		return a.between(s, n)
	case *ast.InExpr:
		return a.in(s, n)
	case *ast.CaseExpr:
		return a.caseExpr(s, n)
	case *ast.IfExpr:
		return a.ifExpr(s, n)
	case *ast.CastExpr:
		return a.castExpr(s, n)
	case *ast.ExtractExpr:
		return a.extract(s, n)
	case *ast.CallExpr:
		return a.callExpr(s, n)
	case *ast.CountStarExpr:
		return a.aggregate(s, &ast.CallExpr{Func: &ast.Path{Idents: []*ast.Ident{{Name: "COUNT", NamePos: n.Count}}}}, "$COUNT_STAR")
	case *ast.WithExpr:
		return a.withExpr(s, n)
	case *ast.NewConstructor:
		return a.newProto(s, n)
	case *ast.BracedNewConstructor:
		t, err := a.messageType(n.Type)
		if err != nil {
			return nil, err
		}
		return a.bracedProto(s, t, n.Body)
	case *ast.ReplaceFieldsExpr:
		return a.replaceFields(s, n)
	case *ast.IntervalLiteralSingle:
		return a.intervalSingle(s, n)
	case *ast.IntervalLiteralRange:
		return a.intervalRange(n)
	case *ast.ScalarSubQuery, *ast.ArraySubQuery, *ast.ExistsSubQuery:
		return a.subqueryExpr(s, n)
	case *ast.BadExpr:
		return nil, a.invalid(n.Pos(), "Syntax error")
	}
	return nil, a.unsupported(n.Pos(), "%s", nodeName(n))
}

// isCurrent reports whether a name is one of the functions that need no parentheses.
func isCurrent(n *ast.Ident) bool {
	quoted := int(n.NameEnd-n.NamePos) != len(n.Name)
	return !quoted && (strings.EqualFold(n.Name, "CURRENT_TIMESTAMP") || strings.EqualFold(n.Name, "CURRENT_DATE"))
}

// exprs analyses a list of expressions.
func (a *analyzer) exprs(s *scope, list []ast.Expr) ([]expr, error) {
	out := make([]expr, len(list))
	for i, n := range list {
		var err error
		if out[i], err = a.expr(s, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// condition analyses an expression that must be BOOL.
func (a *analyzer) condition(s *scope, n ast.Expr, what string) (expr, error) {
	e, err := a.expr(s, n)
	if err != nil {
		return nil, err
	}
	return a.mustBe(e, value.TypeBool, what, n.Pos())
}

// literal analyses what is known at once; the second result says whether n is such.
func (a *analyzer) literal(s *scope, n ast.Expr) (expr, bool, error) {
	lit := func(v value.Value, t *value.Type) (expr, bool, error) {
		return &constant{v: v, t: t, literal: true}, true, nil
	}
	switch n := n.(type) {
	case *ast.NullLiteral:
		return &constant{literal: true}, true, nil
	case *ast.BoolLiteral:
		return lit(value.Bool(n.Value), value.TypeBool)
	case *ast.IntLiteral:
		i, err := strconv.ParseInt(n.Value, 0, 64)
		if err != nil {
			return nil, true, a.invalid(n.ValuePos, "Invalid integer literal: %s", n.Value)
		}
		return lit(value.Int64(i), value.TypeInt64)
	case *ast.FloatLiteral:
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil && !math.IsInf(f, 0) { // what is too large is infinite
			return nil, true, a.invalid(n.ValuePos, "Invalid floating point literal: %s", n.Value)
		}
		return lit(value.Float64(f), value.TypeFloat64)
	case *ast.StringLiteral:
		return lit(value.String(n.Value), value.TypeString)
	case *ast.BytesLiteral:
		return lit(value.Bytes(n.Value), value.TypeBytes)
	case *ast.DateLiteral:
		return a.castLiteral(n.Value, value.TypeDate)
	case *ast.TimestampLiteral:
		return a.castLiteral(n.Value, value.TypeTimestamp)
	case *ast.NumericLiteral:
		v, err := value.ParseNumeric(n.Value.Value)
		if err != nil {
			return nil, true, a.invalid(n.Numeric, "Invalid NUMERIC literal: %s", n.Value.Value)
		}
		return &constant{v: v, t: value.TypeNumeric}, true, nil // its type was written: it stays
	case *ast.JSONLiteral:
		text, err := value.NormalizeJSON(n.Value.Value)
		if err != nil {
			return nil, true, a.invalid(n.JSON, "Invalid JSON literal: %v", err)
		}
		return lit(value.JSON(text), value.TypeJSON)
	case *ast.ArrayLiteral:
		e, err := a.arrayLiteral(s, n)
		return e, true, err
	case *ast.TupleStructLiteral:
		e, err := a.tuple(s, n)
		return e, true, err
	case *ast.TypedStructLiteral:
		e, err := a.typedStruct(s, n)
		return e, true, err
	case *ast.TypelessStructLiteral:
		e, err := a.typelessStruct(s, n)
		return e, true, err
	}
	return nil, false, nil
}

func (a *analyzer) castLiteral(text *ast.StringLiteral, t *value.Type) (expr, bool, error) {
	v, err := castValue(value.String(text.Value), value.TypeString, t, a.zone)
	if err != nil {
		return nil, true, a.invalid(text.ValuePos, "Invalid %s literal: '%s'", t, text.Value)
	}
	return &constant{v: v, t: t}, true, nil
}

func (a *analyzer) binary(s *scope, n *ast.BinaryExpr) (expr, error) {
	switch n.Op {
	case ast.OpAnd, ast.OpOr:
		return a.logic(s, n)
	}
	for _, operand := range []ast.Expr{n.Left, n.Right} {
		if err := a.notNull(operand, string(n.Op)); err != nil {
			return nil, err
		}
	}
	left, err := a.expr(s, n.Left)
	if err != nil {
		return nil, err
	}
	right, err := a.expr(s, n.Right)
	if err != nil {
		return nil, err
	}
	pos := n.Pos()
	switch n.Op {
	case ast.OpEqual, ast.OpNotEqual, ast.OpLess, ast.OpLessEqual, ast.OpGreater, ast.OpGreaterEqual:
		return a.compare(n.Op, left, right, pos)
	case ast.OpAdd, ast.OpSub, ast.OpMul, ast.OpDiv:
		return a.arithmetic(n.Op, left, right, pos)
	case ast.OpConcat:
		return a.concat(left, right, pos)
	case ast.OpLike:
		return a.like(left, right, pos)
	case ast.OpNotLike:
		e, err := a.like(left, right, pos)
		return not(e), err
	case ast.OpBitAnd, ast.OpBitOr, ast.OpBitXor, ast.OpBitLeftShift, ast.OpBitRightShift:
		return a.bitwise(n.Op, left, right, pos)
	}
	return nil, a.unsupported(pos, "operator %s", n.Op)
}

// logic flattens chains of one operator, which parse as deep left-leaning trees.
func (a *analyzer) logic(s *scope, n *ast.BinaryExpr) (expr, error) {
	out := &logic{or: n.Op == ast.OpOr}
	var nodes []ast.Expr
	var at ast.Expr = n
	for {
		b, ok := at.(*ast.BinaryExpr)
		if !ok || b.Op != n.Op {
			nodes = append(nodes, at)
			break
		}
		nodes = append(nodes, b.Right)
		at = b.Left
	}
	for i := len(nodes) - 1; i >= 0; i-- {
		e, err := a.condition(s, nodes[i], "Operand of "+string(n.Op))
		if err != nil {
			return nil, err
		}
		if inner, ok := e.(*logic); ok && inner.or == out.or {
			out.ops = append(out.ops, inner.ops...)
			continue
		}
		out.ops = append(out.ops, e)
	}
	return out, nil
}

// not negates a condition, or passes nil through.
func not(e expr) expr {
	if e == nil {
		return nil
	}
	return &unary{name: "NOT", a: e, t: value.TypeBool, fn: func(v value.Value) (value.Value, error) {
		return value.Bool(!v.AsBool()), nil
	}}
}

func (a *analyzer) like(left, right expr, pos token.Pos) (expr, error) {
	list := []expr{left, right}
	t := value.TypeString
	if isBytes(left) || isBytes(right) {
		t = value.TypeBytes
	}
	for i := range list {
		c, err := a.mustBe(list[i], t, "Operand of LIKE", pos)
		if err != nil {
			return nil, err
		}
		list[i] = c
	}
	if t == value.TypeBytes { // a name of its own: prefixes of text say nothing of it
		return &binary{name: "LIKE BYTES", a: list[0], b: list[1], t: value.TypeBool, fn: likeBytes}, nil
	}
	return &binary{name: "LIKE", a: list[0], b: list[1], t: value.TypeBool, fn: func(x, y value.Value) (value.Value, error) {
		ok, err := likeMatch(x.AsString(), y.AsString())
		return value.Bool(ok), err
	}}, nil
}

// notNull refuses the literal NULL as an operand.
func (a *analyzer) notNull(n ast.Expr, operator string) error {
	if p, ok := n.(*ast.ParenExpr); ok {
		return a.notNull(p.Expr, operator)
	}
	if _, ok := n.(*ast.NullLiteral); ok {
		return a.invalid(n.Pos(), "Operands of %s cannot be literal NULL", operator)
	}
	return nil
}

func (a *analyzer) unary(s *scope, n *ast.UnaryExpr) (expr, error) {
	if err := a.notNull(n.Expr, string(n.Op)); err != nil {
		return nil, err
	}
	if lit, ok := n.Expr.(*ast.IntLiteral); ok && n.Op == ast.OpMinus {
		if i, err := strconv.ParseInt("-"+lit.Value, 0, 64); err == nil { // the least INT64 too
			return &constant{v: value.Int64(i), t: value.TypeInt64, literal: true}, nil
		}
	}
	if n.Op == ast.OpNot {
		e, err := a.condition(s, n.Expr, "Operand of NOT")
		if err != nil {
			return nil, err
		}
		return not(e), nil
	}
	e, err := a.expr(s, n.Expr)
	if err != nil {
		return nil, err
	}
	switch n.Op {
	case ast.OpMinus:
		return a.negate(e, n.OpPos)
	case ast.OpPlus:
		if e.typ() != nil && !isNumber(e.typ()) {
			return nil, a.invalid(n.OpPos, "No matching signature for operator + for argument types: %s", e.typ())
		}
		return e, nil
	case ast.OpBitNot:
		if isBytes(e) {
			return &unary{name: "~", a: e, t: value.TypeBytes, fn: invertBytes}, nil
		}
		e, err := a.mustBe(e, value.TypeInt64, "Operand of ~", n.OpPos)
		if err != nil {
			return nil, err
		}
		return &unary{name: "~", a: e, t: value.TypeInt64, fn: func(v value.Value) (value.Value, error) {
			return value.Int64(^v.AsInt64()), nil
		}}, nil
	}
	return nil, a.unsupported(n.OpPos, "operator %s", n.Op)
}

func (a *analyzer) isNull(s *scope, n *ast.IsNullExpr) (expr, error) {
	e, err := a.expr(s, n.Left)
	return &isNull{a: e, not: n.Not}, err
}

func (a *analyzer) isBool(s *scope, n *ast.IsBoolExpr) (expr, error) {
	e, err := a.condition(s, n.Left, "Operand of IS")
	return &isBool{a: e, not: n.Not, want: n.Right}, err
}

func (a *analyzer) between(s *scope, n *ast.BetweenExpr) (expr, error) {
	list, err := a.exprs(s, []ast.Expr{n.Left, n.RightStart, n.RightEnd})
	if err != nil {
		return nil, err
	}
	if _, err := a.unify(list, "operator BETWEEN", n.Pos()); err != nil {
		return nil, err
	}
	low, err := a.compare(ast.OpGreaterEqual, list[0], list[1], n.Pos())
	if err != nil {
		return nil, err
	}
	high, err := a.compare(ast.OpLessEqual, list[0], list[2], n.Pos())
	if err != nil {
		return nil, err
	}
	var e expr = &logic{ops: []expr{low, high}}
	if n.Not {
		e = not(e)
	}
	return e, nil
}

func (a *analyzer) in(s *scope, n *ast.InExpr) (expr, error) {
	left, err := a.expr(s, n.Left)
	if err != nil {
		return nil, err
	}
	switch right := n.Right.(type) {
	case *ast.ValuesInCondition:
		list, err := a.exprs(s, right.Exprs)
		if err != nil {
			return nil, err
		}
		all := append([]expr{left}, list...)
		t, err := a.unify(all, "operator IN", n.Pos())
		if err != nil {
			return nil, err
		}
		if !comparable(t, true) {
			return nil, a.invalid(n.Pos(), "IN is not defined for arguments of type %s", t)
		}
		return &inList{a: all[0], list: all[1:], not: n.Not}, nil
	case *ast.UnnestInCondition:
		return a.inUnnest(s, left, right, n)
	case *ast.SubQueryInCondition:
		return a.inSubquery(s, left, right, n)
	}
	return nil, a.unsupported(n.Pos(), "this form of IN")
}

func (a *analyzer) inUnnest(s *scope, left expr, right *ast.UnnestInCondition, n *ast.InExpr) (expr, error) {
	arr, err := a.expr(s, right.Expr)
	if err != nil {
		return nil, err
	}
	if _, isNull := right.Expr.(*ast.NullLiteral); isNull {
		return nil, a.invalid(right.Unnest, "Second argument of IN UNNEST must be an array but was NULL")
	}
	if arr.typ() == nil || isEmptyArray(arr) {
		t := left.typ()
		if t == nil {
			t = value.TypeInt64
		}
		if arr, err = a.mustBe(arr, value.ArrayOf(t), "Operand of UNNEST", right.Unnest); err != nil {
			return nil, err
		}
	}
	if arr.typ().Code != value.CodeArray {
		return nil, a.invalid(right.Unnest, "Values referenced in UNNEST must be arrays. UNNEST contains expression of type %s", arr.typ())
	}
	elem := arr.typ().Elem
	if c, ok, err := a.coerce(left, elem); err != nil {
		return nil, a.located(err, n.Pos())
	} else if ok {
		left = c
	} else {
		return nil, a.invalid(n.Pos(), "Cannot execute IN subquery with uncomparable types %s and %s", left.typ(), elem)
	}
	if !comparable(left.typ(), true) {
		return nil, a.invalid(n.Pos(), "IN is not defined for arguments of type %s", left.typ())
	}
	return &inList{a: left, array: arr, not: n.Not}, nil
}

func isEmptyArray(e expr) bool {
	lit, ok := e.(*arrayLiteral)
	return ok && !lit.typed && len(lit.items) == 0
}

// nodeName names a construct of SQL after its node.
func nodeName(n ast.Node) string {
	text := n.SQL()
	if len(text) > 40 {
		text = text[:40] + "..."
	}
	return strings.ReplaceAll(text, "\n", " ")
}
