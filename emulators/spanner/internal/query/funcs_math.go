package query

import (
	"math"
	"math/big"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	for name, fn := range map[string]func(float64) float64{
		"ACOS": math.Acos, "ACOSH": math.Acosh, "ASIN": math.Asin, "ASINH": math.Asinh, "ATAN": math.Atan, "ATANH": math.Atanh,
		"COS": math.Cos, "COSH": math.Cosh, "SIN": math.Sin, "SINH": math.Sinh, "TAN": math.Tan, "TANH": math.Tanh,
	} {
		define(name, signature{args: types(tFloat), ret: tFloat, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return finiteFloat(name, fn(a[0].AsFloat64()), a[0].AsFloat64())
		}})
	}
	define("ATAN2", signature{args: types(tFloat, tFloat), ret: tFloat, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.Float64(math.Atan2(a[0].AsFloat64(), a[1].AsFloat64())), nil
	}})
	define("LOG", signature{args: types(tFloat, tFloat), optional: 1, ret: tFloat, fn: logOf})
	for name, op := range map[string]ast.BinaryOp{
		"SAFE_ADD": ast.OpAdd, "SAFE_SUBTRACT": ast.OpSub, "SAFE_MULTIPLY": ast.OpMul, "SAFE_DIVIDE": ast.OpDiv,
	} {
		specials[name] = safeArithmetic(op)
	}
	specials["SAFE_NEGATE"] = safeNegate
	for name, round := range map[string]func(n, unit *big.Int) *big.Int{
		"ROUND": value.DivideRounded, "TRUNC": func(n, unit *big.Int) *big.Int { return new(big.Int).Quo(n, unit) },
	} {
		defineRounding(name, round)
	}
	defineDistances()
}

// finiteFloat is the result y of a function, which may be infinite or NaN only if one of its arguments is: else the
// function overflowed or is not defined for them.
func finiteFloat(name string, y float64, args ...float64) (value.Value, error) {
	finite := func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }
	if finite(y) {
		return value.Float64(y), nil
	}
	texts := make([]string, len(args))
	for i, x := range args {
		if !finite(x) {
			return value.Float64(y), nil
		}
		texts[i] = value.FloatText(x, 64)
	}
	if math.IsInf(y, 0) {
		return value.Null(), outOfRange("double overflow: %s(%s)", name, strings.Join(texts, ", "))
	}
	return value.Null(), outOfRange("%s is not defined for %s", name, strings.Join(texts, ", "))
}

func logOf(_ *env, a []value.Value) (value.Value, error) {
	x, base := a[0].AsFloat64(), math.E
	if len(a) == 2 {
		base = a[1].AsFloat64()
	}
	if x <= 0 || base <= 0 || base == 1 {
		return value.Null(), outOfRange("LOG is not defined for %s and base %s", value.FloatText(x, 64), value.FloatText(base, 64))
	}
	if len(a) == 1 {
		return value.Float64(math.Log(x)), nil
	}
	return value.Float64(math.Log(x) / math.Log(base)), nil
}

// safeArithmetic is an operator that yields NULL instead of an error.
func safeArithmetic(op ast.BinaryOp) special {
	return func(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
		if err := a.count(c, 2, 2); err != nil {
			return nil, err
		}
		args, err := a.args(s, c)
		if err != nil {
			return nil, err
		}
		e, err := a.arithmetic(op, args[0], args[1], c.Pos())
		if err != nil {
			return nil, err
		}
		return &safe{a: e}, nil
	}
}

func safeNegate(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	if err := a.count(c, 1, 1); err != nil {
		return nil, err
	}
	args, err := a.args(s, c)
	if err != nil {
		return nil, err
	}
	if args[0].typ() != nil && !isNumber(args[0].typ()) {
		return nil, a.invalid(c.Pos(), "No matching signature for function SAFE_NEGATE for argument types: %s", args[0].typ())
	}
	t := args[0].typ()
	if t == nil {
		t = tInt
	}
	return &safe{a: &unary{name: "SAFE_NEGATE", a: args[0], t: t, fn: negateValue}}, nil
}

// defineRounding defines ROUND and TRUNC to digits after the point, or before it.
func defineRounding(name string, round func(n, unit *big.Int) *big.Int) {
	define(name,
		signature{args: types(tNumeric, tInt), ret: tNumeric, fn: func(_ *env, a []value.Value) (value.Value, error) {
			digits := a[1].AsInt64()
			switch {
			case digits >= 9:
				return a[0], nil
			case digits < -38:
				return value.NumericFromInt64(0), nil
			}
			unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(9-digits), nil)
			v, ok := value.NumericFromScaled(new(big.Int).Mul(round(a[0].Scaled(), unit), unit))
			if !ok {
				return value.Null(), outOfRange("numeric overflow: %s(%s, %d)", name, a[0].Text(), digits)
			}
			return v, nil
		}},
		signature{args: types(tFloat, tInt), ret: tFloat, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return roundFloat(a[0].AsFloat64(), a[1].AsInt64(), round)
		}},
		signature{args: types(value.TypeFloat32, tInt), ret: value.TypeFloat32, fn: func(_ *env, a []value.Value) (value.Value, error) {
			v, err := roundFloat(float64(a[0].AsFloat32()), a[1].AsInt64(), round)
			if err != nil {
				return v, err
			}
			f := float32(v.AsFloat64())
			if math.IsInf(float64(f), 0) && !math.IsInf(v.AsFloat64(), 0) {
				return value.Null(), outOfRange("float overflow: %s(%s, %d)", name, a[0].Text(), a[1].AsInt64())
			}
			return value.Float32(f), nil
		}})
}

// roundFloat rounds the exact value of a FLOAT64.
func roundFloat(f float64, digits int64, round func(n, unit *big.Int) *big.Int) (value.Value, error) {
	r := new(big.Rat)
	if math.IsNaN(f) || math.IsInf(f, 0) || f == 0 || digits > 330 || r.SetFloat64(f) == nil {
		return value.Float64(f), nil
	}
	if digits < -310 {
		return value.Float64(0), nil
	}
	size := digits
	if size < 0 {
		size = -size
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(size), nil)
	scale := new(big.Rat).SetInt(power)
	if digits < 0 {
		scale.Inv(scale)
	}
	r.Mul(r, scale)
	r.Quo(new(big.Rat).SetInt(round(r.Num(), r.Denom())), scale)
	out, _ := r.Float64()
	if math.IsInf(out, 0) {
		return value.Null(), outOfRange("double overflow: rounding %s to %d digits", value.FloatText(f, 64), digits)
	}
	return value.Float64(out), nil
}

func defineDistances() {
	for name, fn := range map[string]func(x, y []float64) (float64, error){
		"EUCLIDEAN_DISTANCE": func(x, y []float64) (float64, error) {
			sum := 0.0
			for i := range x {
				sum += (x[i] - y[i]) * (x[i] - y[i])
			}
			return math.Sqrt(sum), nil
		},
		"DOT_PRODUCT": func(x, y []float64) (float64, error) { return dot(x, y), nil },
		"COSINE_DISTANCE": func(x, y []float64) (float64, error) {
			size := math.Sqrt(dot(x, x)) * math.Sqrt(dot(y, y))
			if size == 0 {
				return 0, outOfRange("Cannot compute cosine distance against zero vector.")
			}
			return 1 - dot(x, y)/size, nil
		},
	} {
		lists := types(tFloat, value.TypeFloat32)
		if name == "DOT_PRODUCT" {
			lists = types(tInt, tFloat, value.TypeFloat32)
		}
		for _, t := range lists {
			define(name, signature{args: types(value.ArrayOf(t), value.ArrayOf(t)), ret: tFloat, fn: func(_ *env, a []value.Value) (value.Value, error) {
				x, err := floats(name, a[0])
				if err != nil {
					return value.Null(), err
				}
				y, err := floats(name, a[1])
				if err == nil && len(x) != len(y) {
					err = outOfRange("Array arguments to %s must have equal length. The given arrays have lengths of %d and %d", name, len(x), len(y))
				}
				if err != nil {
					return value.Null(), err
				}
				d, err := fn(x, y)
				return value.Float64(d), err
			}})
		}
	}
}

func dot(x, y []float64) (sum float64) {
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}

func floats(name string, v value.Value) ([]float64, error) {
	out := make([]float64, len(v.Elems()))
	for i, e := range v.Elems() {
		if e.IsNull() {
			return nil, outOfRange("Cannot use array with NULL elements in %s", name)
		}
		out[i] = floatOf(e)
	}
	return out, nil
}
