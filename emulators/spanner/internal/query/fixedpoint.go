package query

import (
	"math/big"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Functions of NUMERIC are computed in fixed point numbers, integers in units of 2^-fixedBits. A power may multiply the
// error of a logarithm by 10^29 and the result again by 10^29, of which 9 digits after the point must be right.
const fixedBits = 512

var (
	numericOne = big.NewInt(1e9)
	fixedOne   = new(big.Int).Lsh(big.NewInt(1), fixedBits)
	fixedLn2   = atanhDoubled(new(big.Int).Quo(fixedOne, big.NewInt(3)))
)

// exponentLimit bounds what EXP is computed of: the largest NUMERIC is below e^68, and e^-68 is zero in NUMERIC.
const exponentLimit = 68

// toFixed turns units of NUMERIC into a fixed point number.
func toFixed(scaled *big.Int) *big.Int {
	return value.DivideRounded(new(big.Int).Lsh(scaled, fixedBits), numericOne)
}

// numericOf rounds a fixed point number, nil one that is too large, to a NUMERIC; the text says what was computed.
func numericOf(x *big.Int, format string, args ...any) (value.Value, error) {
	if x != nil {
		// Rounding to 60 digits first gives an exact half, which is that only nearly, its exact value.
		near := new(big.Int).Mul(x, tenTo60)
		near = value.DivideRounded(near, fixedOne)
		if v, ok := value.NumericFromScaled(value.DivideRounded(near, tenTo51)); ok {
			return v, nil
		}
	}
	return value.Null(), outOfRange("numeric overflow: "+format, args...)
}

var (
	tenTo60 = new(big.Int).Exp(big.NewInt(10), big.NewInt(60), nil)
	tenTo51 = new(big.Int).Exp(big.NewInt(10), big.NewInt(51), nil)
)

func fixedProduct(x, y *big.Int) *big.Int {
	p := new(big.Int).Mul(x, y)
	return p.Rsh(p, fixedBits)
}

// expFixed is e^x, nil if no NUMERIC is that large.
func expFixed(x *big.Int) *big.Int {
	limit := new(big.Int).Mul(fixedOne, big.NewInt(exponentLimit))
	if x.CmpAbs(limit) > 0 {
		if x.Sign() > 0 {
			return nil
		}
		return new(big.Int)
	}
	// e^x = 2^n e^rest with 0 <= rest < ln 2
	n, rest := new(big.Int).DivMod(x, fixedLn2, new(big.Int))
	sum, term := new(big.Int).Set(fixedOne), new(big.Int).Set(fixedOne)
	for k := int64(1); term.Sign() != 0; k++ {
		term = fixedProduct(term, rest)
		term.Quo(term, big.NewInt(k))
		sum.Add(sum, term)
	}
	if shift := n.Int64(); shift < 0 {
		return sum.Rsh(sum, uint(-shift))
	}
	return sum.Lsh(sum, uint(n.Int64()))
}

// lnFixed is the natural logarithm of a positive number.
func lnFixed(x *big.Int) *big.Int {
	// x = 2^n m with 1 <= m < 2, and ln m = 2 atanh((m-1)/(m+1))
	n := x.BitLen() - 1 - fixedBits
	m := new(big.Int).Lsh(x, uint(max(-n, 0)))
	m.Rsh(m, uint(max(n, 0)))
	ratio := new(big.Int).Lsh(new(big.Int).Sub(m, fixedOne), fixedBits)
	ratio.Quo(ratio, new(big.Int).Add(m, fixedOne))
	ln := new(big.Int).Mul(fixedLn2, big.NewInt(int64(n)))
	return ln.Add(ln, atanhDoubled(ratio))
}

// atanhDoubled is 2 atanh(x) = 2 (x + x³/3 + x⁵/5 + ...) for 0 <= x <= 1/3.
func atanhDoubled(x *big.Int) *big.Int {
	square := fixedProduct(x, x)
	sum, power := new(big.Int), new(big.Int).Set(x)
	for k := int64(1); power.Sign() != 0; k += 2 {
		sum.Add(sum, new(big.Int).Quo(power, big.NewInt(k)))
		power = fixedProduct(power, square)
	}
	return sum.Lsh(sum, 1)
}
