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
