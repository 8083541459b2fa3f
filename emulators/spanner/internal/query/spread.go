package query

import (
	"math"
	"math/big"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// spread is the sample variance, or with root the standard deviation. INT64 and
// NUMERIC are added up exactly.
type spread struct {
	root       bool
	n          int64
	sum, sumSq big.Rat // of INT64 and NUMERIC
	isFloat    bool
	mean, m2   float64 // of floats, by Welford's method
}

func (s *spread) add(v value.Value) error {
	s.n++
	if s.isFloat {
		f := floatOf(v)
		d := f - s.mean
		s.mean += d / float64(s.n)
		s.m2 += d * (f - s.mean)
		return nil
	}
	x := new(big.Rat)
	if v.Code() == value.CodeNumeric {
		x.Set(v.AsRat())
	} else {
		x.SetInt64(v.AsInt64())
	}
	s.sum.Add(&s.sum, x)
	s.sumSq.Add(&s.sumSq, x.Mul(x, x))
	return nil
}

func (s *spread) result() (value.Value, error) {
	if s.n < 2 {
		return value.Null(), nil
	}
	variance := s.m2 / float64(s.n-1)
	if !s.isFloat {
		mean := new(big.Rat).Quo(&s.sum, new(big.Rat).SetInt64(s.n))
		rest := new(big.Rat).Sub(&s.sumSq, mean.Mul(mean, &s.sum))
		variance, _ = rest.Quo(rest, new(big.Rat).SetInt64(s.n-1)).Float64()
	}
	if s.root {
		variance = math.Sqrt(variance)
	}
	return value.Float64(variance), nil
}

func spreadOf(root bool) func(*value.Type) (*value.Type, func() accumulator) {
	return func(t *value.Type) (*value.Type, func() accumulator) {
		if !isNumber(t) {
			return nil, nil
		}
		isFloat := t.Code == value.CodeFloat64 || t.Code == value.CodeFloat32
		return tFloat, func() accumulator { return &spread{root: root, isFloat: isFloat} }
	}
}
