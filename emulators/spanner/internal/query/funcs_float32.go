package query

import (
	"math"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// defineFloat32Math defines the overloads that keep FLOAT32; what they compute in FLOAT64 has an exact FLOAT32.
func defineFloat32Math() {
	for name, fn := range map[string]func(float64) float64{
		"ABS": math.Abs, "SIGN": signOf, "FLOOR": math.Floor, "CEIL": math.Ceil, "CEILING": math.Ceil, "TRUNC": math.Trunc, "ROUND": math.Round,
	} {
		define(name, signature{args: types(value.TypeFloat32), ret: value.TypeFloat32, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return value.Float32(float32(fn(float64(a[0].AsFloat32())))), nil
		}})
	}
	define("IEEE_DIVIDE", signature{args: types(value.TypeFloat32, value.TypeFloat32), ret: value.TypeFloat32, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.Float32(a[0].AsFloat32() / a[1].AsFloat32()), nil
	}})
}

// signOf is -1, 1, or what is neither: a zero or NaN.
func signOf(f float64) float64 {
	switch {
	case f > 0:
		return 1
	case f < 0:
		return -1
	}
	return f
}
