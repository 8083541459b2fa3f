package query

import (
	"math"
	"math/big"
	"math/bits"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

var errTooLarge = status.Error(codes.ResourceExhausted, "the statement holds too much data in memory")

// comparison operators by their name in SQL.
var comparisons = map[ast.BinaryOp]func2{
	ast.OpEqual:        equalOp,
	ast.OpNotEqual:     notEqualOp,
	ast.OpLess:         ordered(func(c int) bool { return c < 0 }),
	ast.OpLessEqual:    ordered(func(c int) bool { return c <= 0 }),
	ast.OpGreater:      ordered(func(c int) bool { return c > 0 }),
	ast.OpGreaterEqual: ordered(func(c int) bool { return c >= 0 }),
}

func equalOp(a, b value.Value) (value.Value, error) {
	eq, known := value.Equal(a, b)
	if !known {
		return value.Null(), nil
	}
	return value.Bool(eq), nil
}

func notEqualOp(a, b value.Value) (value.Value, error) {
	eq, known := value.Equal(a, b)
	if !known {
		return value.Null(), nil
	}
	return value.Bool(!eq), nil
}

func ordered(holds func(int) bool) func2 {
	return func(a, b value.Value) (value.Value, error) {
		return value.Bool(!a.IsNaN() && !b.IsNaN() && holds(value.Compare(a, b))), nil
	}
}

// compare analyses a comparison of two operands.
func (a *analyzer) compare(op ast.BinaryOp, left, right expr, pos token.Pos) (expr, error) {
	list := []expr{left, right}
	t, err := a.unify(list, "operator "+string(op), pos)
	if err != nil {
		return nil, err
	}
	equality := op == ast.OpEqual || op == ast.OpNotEqual
	if !comparable(t, equality) {
		verb := "Less than"
		if equality {
			verb = "Equality"
		}
		return nil, a.invalid(pos, "%s is not defined for arguments of type %s", verb, t)
	}
	return &binary{name: string(op), a: list[0], b: list[1], t: value.TypeBool, fn: comparisons[op]}, nil
}

func comparable(t *value.Type, equality bool) bool {
	switch t.Code {
	case value.CodeJSON, value.CodeProto:
		return false
	case value.CodeArray:
		return false
	case value.CodeStruct:
		for _, f := range t.Fields {
			if !comparable(f.Type, true) {
				return false
			}
		}
		return equality
	}
	return true
}

// arithmetic analyses +, -, * and /.
func (a *analyzer) arithmetic(op ast.BinaryOp, left, right expr, pos token.Pos) (expr, error) {
	if e, ok, err := a.intervalArithmetic(op, left, right, pos); ok {
		return e, err
	}
	list := []expr{left, right}
	if op == ast.OpDiv && bothInt64(list) {
		for i := range list {
			c, _, err := a.coerce(list[i], value.TypeFloat64)
			if err != nil {
				return nil, err
			}
			list[i] = c
		}
	}
	t, ok := superType(list)
	if ok && t == nil {
		t = value.TypeInt64
	}
	if ok && isNumber(t) && op == ast.OpDiv && t.Code == value.CodeInt64 {
		t = value.TypeFloat64
	}
	if !ok || !isNumber(t) {
		return nil, a.invalid(pos, "No matching signature for operator %s for argument types: %s", op, typeList(list))
	}
	if t.Code == value.CodeFloat32 {
		t = value.TypeFloat64 // FLOAT32 arithmetic is done in FLOAT64
	}
	for i := range list {
		c, err := a.mustBe(list[i], t, "Operand of "+string(op), pos)
		if err != nil {
			return nil, err
		}
		list[i] = c
	}
	return &binary{name: string(op), a: list[0], b: list[1], t: t, fn: arithmeticFn(op, t)}, nil
}

func bothInt64(list []expr) bool {
	for _, e := range list {
		if t := e.typ(); t != nil && t.Code != value.CodeInt64 {
			return false
		}
	}
	return true
}

func arithmeticFn(op ast.BinaryOp, t *value.Type) func2 {
	switch t.Code {
	case value.CodeInt64:
		return func(x, y value.Value) (value.Value, error) { return int64Arithmetic(op, x.AsInt64(), y.AsInt64()) }
	case value.CodeNumeric:
		return func(x, y value.Value) (value.Value, error) { return numericArithmetic(op, x, y) }
	}
	return func(x, y value.Value) (value.Value, error) { return floatArithmetic(op, x.AsFloat64(), y.AsFloat64()) }
}

func int64Arithmetic(op ast.BinaryOp, x, y int64) (value.Value, error) {
	var r int64
	overflow := false
	switch op {
	case ast.OpAdd:
		r = x + y
		overflow = (r > x) != (y > 0) && y != 0
	case ast.OpSub:
		r = x - y
		overflow = (r < x) != (y > 0) && y != 0
	default:
		r = x * y
		overflow = x != 0 && (r/x != y || x == -1 && y == math.MinInt64)
	}
	if overflow {
		return value.Null(), outOfRange("int64 overflow: %d %s %d", x, op, y)
	}
	return value.Int64(r), nil
}

func floatArithmetic(op ast.BinaryOp, x, y float64) (value.Value, error) {
	var r float64
	switch op {
	case ast.OpAdd:
		r = x + y
	case ast.OpSub:
		r = x - y
	case ast.OpMul:
		r = x * y
	default:
		if y == 0 {
			return value.Null(), outOfRange("division by zero: %s / %s", value.FloatText(x, 64), value.FloatText(y, 64))
		}
		r = x / y
	}
	if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return value.Null(), outOfRange("double overflow: %s %s %s", value.FloatText(x, 64), op, value.FloatText(y, 64))
	}
	return value.Float64(r), nil
}

func numericArithmetic(op ast.BinaryOp, x, y value.Value) (value.Value, error) {
	unit := big.NewInt(1e9)
	n := new(big.Int)
	switch op {
	case ast.OpAdd:
		n.Add(x.Scaled(), y.Scaled())
	case ast.OpSub:
		n.Sub(x.Scaled(), y.Scaled())
	case ast.OpMul:
		n = value.DivideRounded(n.Mul(x.Scaled(), y.Scaled()), unit)
	default:
		if y.Scaled().Sign() == 0 {
			return value.Null(), outOfRange("division by zero: %s / %s", x.Text(), y.Text())
		}
		n = value.DivideRounded(n.Mul(x.Scaled(), unit), y.Scaled())
	}
	v, ok := value.NumericFromScaled(n)
	if !ok {
		return value.Null(), outOfRange("numeric overflow: %s %s %s", x.Text(), op, y.Text())
	}
	return v, nil
}

// negate analyses the unary minus.
func (a *analyzer) negate(operand expr, pos token.Pos) (expr, error) {
	t := operand.typ()
	if t == nil {
		c, _, err := a.coerce(operand, value.TypeInt64)
		if err != nil {
			return nil, err
		}
		operand, t = c, value.TypeInt64
	}
	if !isNumber(t) && t.Code != value.CodeInterval {
		return nil, a.invalid(pos, "No matching signature for operator - for argument types: %s", t)
	}
	n := &unary{name: "-", a: operand, t: t, fn: negateValue}
	if c, ok := operand.(*constant); ok && !c.v.IsNull() {
		v, err := negateValue(c.v)
		return &constant{v: v, t: t, literal: c.literal}, err
	}
	return n, nil
}

func negateValue(v value.Value) (value.Value, error) {
	switch v.Code() {
	case value.CodeInt64:
		if v.AsInt64() == math.MinInt64 {
			return value.Null(), outOfRange("int64 overflow: -(%d)", v.AsInt64())
		}
		return value.Int64(-v.AsInt64()), nil
	case value.CodeFloat32:
		return value.Float32(-v.AsFloat32()), nil
	case value.CodeNumeric:
		n, _ := value.NumericFromScaled(new(big.Int).Neg(v.Scaled()))
		return n, nil
	case value.CodeInterval:
		i := v.AsInterval().Negated()
		return checkedInterval(value.NewInterval(i.Months, i.Days, i.Nanos))
	}
	return value.Float64(-v.AsFloat64()), nil
}

// bitwise analyses &, |, ^, << and >> on INT64 and BYTES.
func (a *analyzer) bitwise(op ast.BinaryOp, left, right expr, pos token.Pos) (expr, error) {
	what := "operator " + string(op)
	if isBytes(left) || isBytes(right) {
		return a.bitwiseBytes(op, left, right, pos)
	}
	list := []expr{left, right}
	for i := range list {
		c, ok, err := a.coerce(list[i], value.TypeInt64)
		if err != nil || !ok {
			return nil, a.invalid(pos, "No matching signature for %s for argument types: %s", what, typeList(list))
		}
		list[i] = c
	}
	return &binary{name: string(op), a: list[0], b: list[1], t: value.TypeInt64, fn: bitwiseFn(op)}, nil
}

func bitwiseFn(op ast.BinaryOp) func2 {
	return func(x, y value.Value) (value.Value, error) {
		m, n := x.AsInt64(), y.AsInt64()
		switch op {
		case ast.OpBitAnd:
			return value.Int64(m & n), nil
		case ast.OpBitOr:
			return value.Int64(m | n), nil
		case ast.OpBitXor:
			return value.Int64(m ^ n), nil
		}
		if n < 0 {
			return value.Null(), outOfRange("Bitwise shift by negative offset: %d", n)
		}
		if n >= bits.UintSize {
			return value.Int64(0), nil
		}
		if op == ast.OpBitLeftShift {
			return value.Int64(m << uint(n)), nil
		}
		return value.Int64(int64(uint64(m) >> uint(n))), nil
	}
}

// concat analyses || on strings, bytes and arrays.
func (a *analyzer) concat(left, right expr, pos token.Pos) (expr, error) {
	list := []expr{left, right}
	if left.typ() == nil && right.typ() == nil {
		left, _, _ = a.coerce(left, value.TypeString)
		list[0] = left
	}
	t, err := a.unify(list, "operator ||", pos)
	if err != nil {
		return nil, err
	}
	b := &binary{name: "||", a: list[0], b: list[1], t: t}
	switch t.Code {
	case value.CodeString:
		b.fn = func(x, y value.Value) (value.Value, error) { return checkedString(x.AsString() + y.AsString()) }
	case value.CodeBytes:
		b.fn = func(x, y value.Value) (value.Value, error) { return checkedBytes(x.AsString() + y.AsString()) }
	case value.CodeArray:
		b.fn = func(x, y value.Value) (value.Value, error) {
			return checkedArray(append(append([]value.Value{}, x.Elems()...), y.Elems()...))
		}
	default:
		return nil, a.invalid(pos, "No matching signature for operator || for argument types: %s", typeList(list))
	}
	return b, nil
}

// maxStringBytes bounds what string functions may build.
const maxStringBytes = 10 << 20

func checkedBytes(s string) (value.Value, error) {
	if _, err := checkedString(s); err != nil {
		return value.Null(), err
	}
	return value.BytesOf(s), nil
}

func checkedString(s string) (value.Value, error) {
	if len(s) > maxStringBytes {
		return value.Null(), outOfRange("Output of string function exceeds the limit of %d bytes", maxStringBytes)
	}
	return value.String(s), nil
}

// likeMatch reports whether s matches a LIKE pattern. Work is bounded by the
// product of the lengths: on a mismatch only the last % moves.
func likeMatch(s, pattern string) (bool, error) {
	str, tokens, err := []rune(s), []likeToken(nil), error(nil)
	if tokens, err = likeTokens(pattern); err != nil {
		return false, err
	}
	i, j, star, mark := 0, 0, -1, 0
	for i < len(str) {
		switch {
		case j < len(tokens) && tokens[j].kind == '%':
			star, mark = j, i
			j++
		case j < len(tokens) && (tokens[j].kind == '_' || tokens[j].r == str[i]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false, nil
		}
	}
	for j < len(tokens) && tokens[j].kind == '%' {
		j++
	}
	return j == len(tokens), nil
}

type likeToken struct {
	kind byte // '%', '_' or 'c' for the character r
	r    rune
}

func likeTokens(pattern string) ([]likeToken, error) {
	var tokens []likeToken
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			tokens = append(tokens, likeToken{'c', r})
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%' || r == '_':
			tokens = append(tokens, likeToken{byte(r), -1})
		default:
			tokens = append(tokens, likeToken{'c', r})
		}
	}
	if escaped {
		return nil, outOfRange("LIKE pattern ends with a backslash: %s", pattern)
	}
	return tokens, nil
}

// likePrefix returns the literal text that everything matching the pattern begins with.
func likePrefix(pattern string) string {
	tokens, err := likeTokens(pattern)
	if err != nil {
		return ""
	}
	var prefix strings.Builder
	for _, t := range tokens {
		if t.kind != 'c' {
			break
		}
		prefix.WriteRune(t.r)
	}
	return prefix.String()
}
