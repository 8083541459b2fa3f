package query

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"math"
	"math/big"
	"math/bits"
	"unicode/utf8"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/google/uuid"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	defineHashes()
	defineMath()
	define("GENERATE_UUID", signature{ret: tString, volatile: true, fn: func(*env, []value.Value) (value.Value, error) {
		return value.String(uuid.NewString()), nil
	}})
	define("NEW_UUID", signature{ret: value.TypeUUID, volatile: true, fn: func(*env, []value.Value) (value.Value, error) {
		return value.UUID(uuid.New()), nil
	}})
	define("ERROR", signature{args: types(tString), fn: func(_ *env, a []value.Value) (value.Value, error) { // of any type
		return value.Null(), outOfRange("%s", a[0].AsString())
	}})
	specials["ARRAY_LENGTH"] = arrayFunction(tInt, func(elems []value.Value) value.Value { return value.Int64(int64(len(elems))) })
	specials["ARRAY_REVERSE"] = arrayFunction(nil, func(elems []value.Value) value.Value {
		out := make([]value.Value, len(elems))
		for i, e := range elems {
			out[len(out)-1-i] = e
		}
		return value.Array(out)
	})
	specials["ARRAY_CONCAT"] = arrayConcatCall
	specials["ARRAY_INCLUDES"] = arrayIncludes
	define("ARRAY_TO_STRING", signature{args: types(value.ArrayOf(tString), tString, tString), optional: 1, ret: tString, fn: arrayToString})
	define("GENERATE_ARRAY", signature{args: types(tInt, tInt, tInt), optional: 1, ret: value.ArrayOf(tInt), fn: generateArray})
}

func defineHashes() {
	sums := map[string]func(string) []byte{
		"SHA256": func(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] },
		"SHA512": func(s string) []byte { h := sha512.Sum512([]byte(s)); return h[:] },
		"SHA1":   func(s string) []byte { h := sha1.Sum([]byte(s)); return h[:] },
		"MD5":    func(s string) []byte { h := md5.Sum([]byte(s)); return h[:] },
	}
	for name, sum := range sums {
		for _, t := range types(tString, tBytes) {
			define(name, signature{args: types(t), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
				return value.Bytes(sum(a[0].AsString())), nil
			}})
		}
	}
	for _, t := range types(tString, tBytes) {
		define("FARM_FINGERPRINT", signature{args: types(t), ret: tInt, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return value.Int64(int64(farmFingerprint64([]byte(a[0].AsString())))), nil
		}})
	}
	define("TO_HEX", signature{args: types(tBytes), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.String(hex.EncodeToString(a[0].AsBytes())), nil
	}})
	define("FROM_HEX", signature{args: types(tString), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		s := a[0].AsString()
		if len(s)%2 == 1 {
			s = "0" + s
		}
		b, err := hex.DecodeString(s)
		if err != nil {
			return value.Null(), outOfRange("Failed to decode invalid hexadecimal string: %s", a[0].AsString())
		}
		return value.Bytes(b), nil
	}})
	define("TO_BASE64", signature{args: types(tBytes), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.String(base64.StdEncoding.EncodeToString(a[0].AsBytes())), nil
	}})
	define("FROM_BASE64", signature{args: types(tString), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		b, err := base64.StdEncoding.DecodeString(a[0].AsString())
		if err != nil {
			return value.Null(), outOfRange("Failed to decode invalid base64 string")
		}
		return value.Bytes(b), nil
	}})
	define("SAFE_CONVERT_BYTES_TO_STRING", signature{args: types(tBytes), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		out := make([]rune, 0, len(a[0].AsString()))
		for _, r := range a[0].AsString() {
			if r == utf8.RuneError {
				r = '\uFFFD'
			}
			out = append(out, r)
		}
		return value.String(string(out)), nil
	}})
	define("BIT_COUNT",
		signature{args: types(tInt), ret: tInt, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return value.Int64(int64(bits.OnesCount64(uint64(a[0].AsInt64())))), nil
		}},
		signature{args: types(tBytes), ret: tInt, fn: func(_ *env, a []value.Value) (value.Value, error) {
			count := 0
			for _, b := range a[0].AsBytes() {
				count += bits.OnesCount8(b)
			}
			return value.Int64(int64(count)), nil
		}})
}

// onNumbers defines a function for INT64, NUMERIC and FLOAT64; a nil one is left out.
func onNumbers(name string, onInt func(int64) (value.Value, error), onNumeric func(value.Value) (value.Value, error), onFloat func(float64) float64) {
	if onInt != nil {
		define(name, signature{args: types(tInt), ret: tInt, fn: func(_ *env, a []value.Value) (value.Value, error) { return onInt(a[0].AsInt64()) }})
	}
	if onNumeric != nil {
		define(name, signature{args: types(tNumeric), ret: tNumeric, fn: func(_ *env, a []value.Value) (value.Value, error) { return onNumeric(a[0]) }})
	}
	define(name, signature{args: types(tFloat), ret: tFloat, fn: func(_ *env, a []value.Value) (value.Value, error) {
		x := a[0].AsFloat64()
		y := onFloat(x)
		if math.IsNaN(y) && !math.IsNaN(x) {
			return value.Null(), outOfRange("%s is not defined for %s", name, value.FloatText(x, 64))
		}
		return finiteFloat(name, y, x)
	}})
}

func defineMath() {
	onNumbers("ABS", func(n int64) (value.Value, error) {
		if n < 0 {
			return negateValue(value.Int64(n))
		}
		return value.Int64(n), nil
	}, func(v value.Value) (value.Value, error) {
		if v.Scaled().Sign() < 0 {
			return negateValue(v)
		}
		return v, nil
	}, math.Abs)
	onNumbers("SIGN", func(n int64) (value.Value, error) { return value.Int64(int64(big.NewInt(n).Sign())), nil },
		func(v value.Value) (value.Value, error) { return value.NumericFromInt64(int64(v.Scaled().Sign())), nil },
		signOf)
	whole := func(round func(n, unit *big.Int) *big.Int) func(value.Value) (value.Value, error) {
		return func(v value.Value) (value.Value, error) {
			unit := big.NewInt(1e9)
			n, ok := value.NumericFromScaled(new(big.Int).Mul(round(v.Scaled(), unit), unit))
			if !ok {
				return value.Null(), outOfRange("numeric out of range")
			}
			return n, nil
		}
	}
	onNumbers("FLOOR", nil, whole(func(n, u *big.Int) *big.Int { return new(big.Int).Div(n, u) }), math.Floor)
	ceil := whole(func(n, u *big.Int) *big.Int { return new(big.Int).Neg(new(big.Int).Div(new(big.Int).Neg(n), u)) })
	onNumbers("CEIL", nil, ceil, math.Ceil)
	onNumbers("CEILING", nil, ceil, math.Ceil)
	onNumbers("TRUNC", nil, whole(func(n, u *big.Int) *big.Int { return new(big.Int).Quo(n, u) }), math.Trunc)
	onNumbers("ROUND", nil, whole(value.DivideRounded), math.Round)
	onNumbers("SQRT", nil, nil, math.Sqrt)
	onNumbers("EXP", nil, nil, math.Exp)
	onNumbers("LN", nil, nil, logarithm(math.Log))
	onNumbers("LOG10", nil, nil, logarithm(math.Log10))
	define("MOD",
		signature{args: types(tInt, tInt), ret: tInt, fn: intDivision("MOD", func(x, y int64) int64 { return x % y })},
		signature{args: types(tNumeric, tNumeric), ret: tNumeric, fn: func(_ *env, a []value.Value) (value.Value, error) {
			if a[1].Scaled().Sign() == 0 {
				return value.Null(), outOfRange("division by zero: MOD(%s, 0)", a[0].Text())
			}
			v, _ := value.NumericFromScaled(new(big.Int).Rem(a[0].Scaled(), a[1].Scaled()))
			return v, nil
		}})
	define("DIV",
		signature{args: types(tInt, tInt), ret: tInt, fn: intDivision("DIV", func(x, y int64) int64 { return x / y })},
		signature{args: types(tNumeric, tNumeric), ret: tNumeric, fn: numericDiv})
	for _, name := range []string{"POW", "POWER"} {
		define(name, signature{args: types(tFloat, tFloat), ret: tFloat, fn: func(_ *env, a []value.Value) (value.Value, error) {
			x, y := a[0].AsFloat64(), a[1].AsFloat64()
			return finiteFloat(name, math.Pow(x, y), x, y)
		}})
	}
	define("IS_NAN", signature{args: types(tFloat), ret: tBool, fn: func(_ *env, a []value.Value) (value.Value, error) { return value.Bool(a[0].IsNaN()), nil }})
	define("IS_INF", signature{args: types(tFloat), ret: tBool, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.Bool(math.IsInf(a[0].AsFloat64(), 0)), nil
	}})
	define("IEEE_DIVIDE", signature{args: types(tFloat, tFloat), ret: tFloat, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.Float64(a[0].AsFloat64() / a[1].AsFloat64()), nil
	}})
	defineFloat32Math()
	defineNumericMath()
}

func logarithm(fn func(float64) float64) func(float64) float64 {
	return func(f float64) float64 {
		if f <= 0 {
			return math.NaN() // refused by the caller
		}
		return fn(f)
	}
}

func intDivision(name string, fn func(x, y int64) int64) funcN {
	return func(_ *env, a []value.Value) (value.Value, error) {
		x, y := a[0].AsInt64(), a[1].AsInt64()
		if y == 0 {
			return value.Null(), outOfRange("division by zero: %s(%d, 0)", name, x)
		}
		if y == -1 { // the least INT64 has no opposite
			if name == "MOD" {
				return value.Int64(0), nil
			}
			return negateValue(a[0])
		}
		return value.Int64(fn(x, y)), nil
	}
}

// arrayFunction is a function of one array of any type; without ret the result has the array's type.
func arrayFunction(ret *value.Type, fn func([]value.Value) value.Value) special {
	return func(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
		if err := a.count(c, 1, 1); err != nil {
			return nil, err
		}
		args, err := a.args(s, c)
		if err != nil {
			return nil, err
		}
		name := functionName(c.Func)
		if args[0].typ() == nil {
			args[0], _, _ = a.coerce(args[0], value.ArrayOf(tInt))
		}
		t := args[0].typ()
		if t.Code != value.CodeArray {
			return nil, a.invalid(c.Pos(), "No matching signature for function %s for argument types: %s", name, t)
		}
		result := ret
		if result == nil {
			result = t
		}
		return &unary{name: name, a: args[0], t: result, fn: func(v value.Value) (value.Value, error) { return fn(v.Elems()), nil }}, nil
	}
}

func arrayConcatCall(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	if err := a.count(c, 1, len(c.Args)); err != nil {
		return nil, err
	}
	args, err := a.args(s, c)
	if err != nil {
		return nil, err
	}
	e := args[0]
	if len(args) == 1 {
		return a.concat(e, &arrayLiteral{}, c.Pos())
	}
	for _, arg := range args[1:] {
		if e, err = a.concat(e, arg, c.Pos()); err != nil {
			return nil, err
		}
	}
	if e.typ().Code != value.CodeArray {
		return nil, a.invalid(c.Pos(), "No matching signature for function ARRAY_CONCAT for argument types: %s", typeList(args))
	}
	return e, nil
}

func arrayIncludes(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	if len(c.Args) == 2 {
		if _, ok := c.Args[1].(*ast.LambdaArg); ok {
			return includesLambda(a, s, c)
		}
	}
	if err := a.count(c, 2, 2); err != nil {
		return nil, err
	}
	args, err := a.args(s, c)
	if err != nil {
		return nil, err
	}
	if args[0].typ() == nil || args[0].typ().Code != value.CodeArray || !comparable(args[0].typ().Elem, true) {
		return nil, a.invalid(c.Pos(), "No matching signature for function ARRAY_INCLUDES for argument types: %s", typeList(args))
	}
	item, err := a.mustBe(args[1], args[0].typ().Elem, "Second argument of ARRAY_INCLUDES", c.Pos())
	if err != nil {
		return nil, err
	}
	return &binary{name: "ARRAY_INCLUDES", a: args[0], b: item, t: tBool, fn: func(arr, v value.Value) (value.Value, error) {
		found, _ := isAmong(v, arr.Elems())
		return value.Bool(found), nil
	}}, nil
}

func arrayToString(_ *env, a []value.Value) (value.Value, error) {
	var out []value.Value
	for _, v := range a[0].Elems() {
		if v.IsNull() {
			if len(a) < 3 {
				continue
			}
			v = a[2]
		}
		if len(out) > 0 {
			out = append(out, a[1])
		}
		out = append(out, v)
	}
	return checkedString(joined(out))
}

// maxGenerated bounds the elements of GENERATE_ARRAY.
const maxGenerated = 16_000

func generateArray(_ *env, a []value.Value) (value.Value, error) {
	start, end, step := a[0].AsInt64(), a[1].AsInt64(), int64(1)
	if len(a) == 3 {
		step = a[2].AsInt64()
	}
	if step == 0 {
		return value.Null(), outOfRange("Sequence step cannot be 0")
	}
	elems := []value.Value{}
	for n := start; step > 0 && n <= end || step < 0 && n >= end; n += step {
		if len(elems) == maxGenerated {
			return value.Null(), outOfRange("Cannot generate arrays with more than %d elements", maxGenerated)
		}
		elems = append(elems, value.Int64(n))
		if step > 0 && n > math.MaxInt64-step || step < 0 && n < math.MinInt64-step {
			break
		}
	}
	return value.Array(elems), nil
}
