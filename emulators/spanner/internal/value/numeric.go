package value

import (
	"fmt"
	"math/big"
	"strings"
)

// numericScale is the count of digits after the point that NUMERIC keeps.
const numericScale = 9

var (
	bigTen       = big.NewInt(10)
	numericUnit  = new(big.Int).Exp(bigTen, big.NewInt(numericScale), nil)
	numericBound = new(big.Int).Exp(bigTen, big.NewInt(38), nil) // exclusive, of the scaled value
)

// NumericFromScaled returns the NUMERIC n / 10^9, or false if it is out of range.
// n must not change afterwards.
func NumericFromScaled(n *big.Int) (Value, bool) {
	if n.CmpAbs(numericBound) >= 0 {
		return Value{}, false
	}
	return Value{code: CodeNumeric, ext: &extents{num: n}}, true
}

// NumericFromInt64 returns n as NUMERIC.
func NumericFromInt64(n int64) Value {
	scaled := new(big.Int).Mul(big.NewInt(n), numericUnit)
	return Value{code: CodeNumeric, ext: &extents{num: scaled}}
}

// NumericFromRat returns r as NUMERIC, rounded half away from zero to nine
// digits after the point, or false if it is out of range.
func NumericFromRat(r *big.Rat) (Value, bool) {
	num := new(big.Int).Mul(r.Num(), numericUnit)
	return NumericFromScaled(DivideRounded(num, r.Denom()))
}

// DivideRounded returns a / b rounded half away from zero; b must not be zero.
func DivideRounded(a, b *big.Int) *big.Int {
	quo, rem := new(big.Int).QuoRem(a, b, new(big.Int))
	if rem.Lsh(rem, 1).CmpAbs(b) >= 0 {
		step := int64(a.Sign() * b.Sign())
		quo.Add(quo, big.NewInt(step))
	}
	return quo
}

// ParseNumeric reads a NUMERIC from text such as "-12.5" or "1e3". More than
// nine digits after the point are refused.
func ParseNumeric(text string) (Value, error) {
	scaled, exact, err := parseScaled(text)
	if err != nil {
		return Value{}, err
	}
	if !exact {
		return Value{}, fmt.Errorf("%q has more than %d digits after the point", text, numericScale)
	}
	v, ok := NumericFromScaled(scaled)
	if !ok {
		return Value{}, fmt.Errorf("%q is out of the range of NUMERIC", text)
	}
	return v, nil
}

// ParseNumericRounded is ParseNumeric that rounds what it cannot keep, as CAST does.
func ParseNumericRounded(text string) (Value, error) {
	scaled, _, err := parseScaled(text)
	if err != nil {
		return Value{}, err
	}
	v, ok := NumericFromScaled(scaled)
	if !ok {
		return Value{}, fmt.Errorf("%q is out of the range of NUMERIC", text)
	}
	return v, nil
}

// parseScaled returns the value of decimal text times 10^9, rounded, and whether that is exact.
func parseScaled(text string) (scaled *big.Int, exact bool, err error) {
	bad := fmt.Errorf("%q is not a NUMERIC", text)
	s := text
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	mantissa, exponent, hasExponent := s, 0, false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, hasExponent = s[:i], true
		if exponent, err = parseExponent(s[i+1:]); err != nil {
			return nil, false, bad
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) > 1000 {
		return nil, false, bad
	}
	n, _ := new(big.Int).SetString(digits, 10)
	if negative {
		n.Neg(n)
	}
	shift := numericScale - len(fraction)
	if hasExponent {
		shift += exponent
	}
	return shiftDecimal(n, shift)
}

func shiftDecimal(n *big.Int, shift int) (*big.Int, bool, error) {
	if n.Sign() == 0 {
		return n, true, nil
	}
	if shift >= 0 {
		if shift > 60 {
			return new(big.Int).Set(numericBound), true, nil // out of range in any case
		}
		return n.Mul(n, new(big.Int).Exp(bigTen, big.NewInt(int64(shift)), nil)), true, nil
	}
	power := new(big.Int).Exp(bigTen, big.NewInt(int64(min(-shift, 1100))), nil)
	exact := new(big.Int).Rem(n, power).Sign() == 0
	return DivideRounded(n, power), exact, nil
}

func parseExponent(s string) (int, error) {
	var n int
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if digits == "" || len(digits) > 4 || strings.Trim(digits, "0123456789") != "" || len(s)-len(digits) > 1 {
		return 0, fmt.Errorf("bad exponent %q", s)
	}
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	if strings.HasPrefix(s, "-") {
		n = -n
	}
	return n, nil
}

// Scaled returns a NUMERIC times 10^9. Do not change it.
func (v Value) Scaled() *big.Int { return v.ext.num }

// AsRat returns a NUMERIC as a fraction.
func (v Value) AsRat() *big.Rat { return new(big.Rat).SetFrac(v.ext.num, numericUnit) }

// NumericText returns a NUMERIC as decimal text without needless zeros.
func (v Value) NumericText() string {
	quo, rem := new(big.Int).QuoRem(v.ext.num, numericUnit, new(big.Int))
	if rem.Sign() == 0 {
		return quo.String()
	}
	sign := ""
	if v.ext.num.Sign() < 0 {
		sign = "-"
	}
	fraction := strings.TrimRight(fmt.Sprintf("%09d", rem.Abs(rem)), "0")
	return sign + quo.Abs(quo).String() + "." + fraction
}
