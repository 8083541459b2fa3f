package query

import (
	"math/big"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// numericDiv is DIV of NUMERIC: the quotient without its fraction.
func numericDiv(_ *env, a []value.Value) (value.Value, error) {
	if a[1].Scaled().Sign() == 0 {
		return value.Null(), outOfRange("division by zero: DIV(%s, 0)", a[0].Text())
	}
	whole := new(big.Int).Quo(a[0].Scaled(), a[1].Scaled())
	v, ok := value.NumericFromScaled(whole.Mul(whole, big.NewInt(1e9)))
	if !ok {
		return value.Null(), outOfRange("numeric overflow: DIV(%s, %s)", a[0].Text(), a[1].Text())
	}
	return v, nil
}

func defineNumericMath() {
	for name, fn := range map[string]func(value.Value) (value.Value, error){
		"SQRT": numericSqrt, "EXP": numericExp,
		"LN":    func(x value.Value) (value.Value, error) { return numericLog("LN", x, nil) },
		"LOG10": func(x value.Value) (value.Value, error) { return numericLog("LOG10", x, big.NewInt(10e9)) },
	} {
		define(name, signature{args: types(tNumeric), ret: tNumeric, fn: func(_ *env, a []value.Value) (value.Value, error) { return fn(a[0]) }})
	}
	define("LOG", signature{args: types(tNumeric, tNumeric), optional: 1, ret: tNumeric, fn: func(_ *env, a []value.Value) (value.Value, error) {
		if len(a) == 1 {
			return numericLog("LOG", a[0], nil)
		}
		return numericLog("LOG", a[0], a[1].Scaled())
	}})
	for _, name := range []string{"POW", "POWER"} {
		define(name, signature{args: types(tNumeric, tNumeric), ret: tNumeric, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return numericPow(name, a[0], a[1])
		}})
	}
}

func numericSqrt(x value.Value) (value.Value, error) {
	if x.Scaled().Sign() < 0 {
		return value.Null(), outOfRange("SQRT is not defined for %s", x.Text())
	}
	// One digit more than a NUMERIC has decides how the root is rounded: no root lies on a half.
	root := new(big.Int).Mul(x.Scaled(), big.NewInt(1e11))
	v, _ := value.NumericFromScaled(value.DivideRounded(root.Sqrt(root), big.NewInt(10)))
	return v, nil
}

func numericExp(x value.Value) (value.Value, error) {
	return numericOf(expFixed(toFixed(x.Scaled())), "EXP(%s)", x.Text())
}

// numericLog is the logarithm to a base in units of NUMERIC, or the natural one with nil.
func numericLog(name string, x value.Value, base *big.Int) (value.Value, error) {
	if x.Scaled().Sign() <= 0 || base != nil && (base.Sign() <= 0 || base.Cmp(numericOne) == 0) {
		return value.Null(), outOfRange("%s is not defined for %s and this base", name, x.Text())
	}
	y := lnFixed(toFixed(x.Scaled()))
	if base != nil {
		y.Quo(y.Lsh(y, fixedBits), lnFixed(toFixed(base)))
	}
	return numericOf(y, "%s(%s)", name, x.Text())
}

func numericPow(name string, x, y value.Value) (value.Value, error) {
	base, power := x.Scaled(), y.Scaled()
	whole, rest := new(big.Int).QuoRem(power, numericOne, new(big.Int))
	switch {
	case power.Sign() == 0:
		return value.NumericFromInt64(1), nil
	case base.Sign() == 0 && power.Sign() < 0:
		return value.Null(), outOfRange("division by zero: %s(%s, %s)", name, x.Text(), y.Text())
	case base.Sign() == 0:
		return x, nil
	case base.Sign() < 0 && rest.Sign() != 0:
		return value.Null(), outOfRange("%s is not defined for %s and %s", name, x.Text(), y.Text())
	}
	log := lnFixed(toFixed(new(big.Int).Abs(base)))
	result := expFixed(fixedProduct(log, toFixed(power)))
	if result != nil && base.Sign() < 0 && whole.Bit(0) == 1 {
		result.Neg(result)
	}
	return numericOf(result, "%s(%s, %s)", name, x.Text(), y.Text())
}
