package query

import (
	"math"
	"math/big"
	"strings"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// The executor of groups leaves NULLs out before accumulators see them, but
// for ARRAY_AGG, COUNT(*) and ANY_VALUE.

type counter struct{ n int64 }

func newCount() accumulator                     { return &counter{} }
func (c *counter) add(value.Value) error        { c.n++; return nil }
func (c *counter) result() (value.Value, error) { return value.Int64(c.n), nil }

type countIf struct{ n int64 }

func (c *countIf) add(v value.Value) error {
	if v.AsBool() {
		c.n++
	}
	return nil
}
func (c *countIf) result() (value.Value, error) { return value.Int64(c.n), nil }

type logical struct {
	or, seen, v bool
}

func (l *logical) add(v value.Value) error {
	switch {
	case !l.seen:
		l.seen, l.v = true, v.AsBool()
	case l.or:
		l.v = l.v || v.AsBool()
	default:
		l.v = l.v && v.AsBool()
	}
	return nil
}

func (l *logical) result() (value.Value, error) {
	if !l.seen {
		return value.Null(), nil
	}
	return value.Bool(l.v), nil
}

func ofBool(ret *value.Type, state func() accumulator) func(*value.Type) (*value.Type, func() accumulator) {
	return func(t *value.Type) (*value.Type, func() accumulator) {
		if t.Code != value.CodeBool {
			return nil, nil
		}
		return ret, state
	}
}

type bitFold struct {
	fold func(x, y int64) int64
	v    value.Value
}

func (b *bitFold) add(v value.Value) error {
	if b.v.IsNull() {
		b.v = v
	} else {
		b.v = value.Int64(b.fold(b.v.AsInt64(), v.AsInt64()))
	}
	return nil
}
func (b *bitFold) result() (value.Value, error) { return b.v, nil }

func ofInt64(fold func(x, y int64) int64) func(*value.Type) (*value.Type, func() accumulator) {
	return func(t *value.Type) (*value.Type, func() accumulator) {
		if t.Code != value.CodeInt64 {
			return nil, nil
		}
		return value.TypeInt64, func() accumulator { return &bitFold{fold: fold} }
	}
}

// sum adds exactly for INT64 and NUMERIC, so that only the total can be out of range.
type sum struct {
	code  value.Code
	exact big.Int
	float float64
	n     int64
	mean  bool
	// infinite says that an infinity or NaN was among the values: only then may the result be one.
	infinite bool
}

func (s *sum) add(v value.Value) error {
	s.n++
	switch s.code {
	case value.CodeInt64:
		s.exact.Add(&s.exact, big.NewInt(v.AsInt64()))
	case value.CodeNumeric:
		s.exact.Add(&s.exact, v.Scaled())
	default:
		f := floatOf(v)
		s.float += f
		s.infinite = s.infinite || math.IsInf(f, 0) || math.IsNaN(f)
	}
	return nil
}

func (s *sum) result() (value.Value, error) {
	if s.n == 0 {
		return value.Null(), nil
	}
	switch {
	case s.code == value.CodeInt64 && s.mean:
		f, _ := new(big.Rat).SetFrac(&s.exact, big.NewInt(s.n)).Float64()
		return value.Float64(f), nil
	case s.code == value.CodeInt64:
		if !s.exact.IsInt64() {
			return value.Null(), outOfRange("int64 overflow in SUM")
		}
		return value.Int64(s.exact.Int64()), nil
	case s.code == value.CodeNumeric:
		total := &s.exact
		if s.mean {
			total = value.DivideRounded(total, big.NewInt(s.n))
		}
		v, ok := value.NumericFromScaled(total)
		if !ok {
			return value.Null(), outOfRange("numeric overflow in SUM")
		}
		return v, nil
	case math.IsInf(s.float, 0) && !s.infinite:
		return value.Null(), outOfRange("double overflow in SUM")
	case s.mean:
		return value.Float64(s.float / float64(s.n)), nil
	}
	return value.Float64(s.float), nil
}

func sumOf(t *value.Type) (*value.Type, func() accumulator) {
	if t.Code == value.CodeInterval {
		return t, func() accumulator { return &intervalTotal{} }
	}
	ret := t
	if t.Code == value.CodeFloat32 {
		ret = value.TypeFloat64
	}
	if !isNumber(t) {
		return nil, nil
	}
	return ret, func() accumulator { return &sum{code: t.Code} }
}

func averageOf(t *value.Type) (*value.Type, func() accumulator) {
	if t.Code == value.CodeInterval {
		return t, func() accumulator { return &intervalTotal{mean: true} }
	}
	if !isNumber(t) {
		return nil, nil
	}
	ret := value.TypeFloat64
	if t.Code == value.CodeNumeric {
		ret = t
	}
	return ret, func() accumulator { return &sum{code: t.Code, mean: true} }
}

// extreme is MIN and MAX; a NaN decides both.
type extreme struct {
	sign int
	v    value.Value
}

func (x *extreme) add(v value.Value) error {
	if x.v.IsNull() || !x.v.IsNaN() && (v.IsNaN() || value.Compare(v, x.v) == x.sign) {
		x.v = v
	}
	return nil
}
func (x *extreme) result() (value.Value, error) { return x.v, nil }

func extremeOf(sign int) func(*value.Type) (*value.Type, func() accumulator) {
	return func(t *value.Type) (*value.Type, func() accumulator) {
		if !t.Orderable() {
			return nil, nil
		}
		return t, func() accumulator { return &extreme{sign: sign} }
	}
}

type anyValue struct {
	seen bool
	v    value.Value
}

func (x *anyValue) add(v value.Value) error {
	if !x.seen {
		x.seen, x.v = true, v
	}
	return nil
}
func (x *anyValue) result() (value.Value, error) { return x.v, nil }

type arrayAgg struct{ elems []value.Value }

func (x *arrayAgg) add(v value.Value) error { x.elems = append(x.elems, v); return nil }
func (x *arrayAgg) result() (value.Value, error) {
	if len(x.elems) == 0 {
		return value.Null(), nil
	}
	return value.Array(x.elems), nil
}

type arrayConcat struct {
	seen  bool
	elems []value.Value
}

func (x *arrayConcat) add(v value.Value) error {
	x.seen, x.elems = true, append(x.elems, v.Elems()...)
	return nil
}

func (x *arrayConcat) result() (value.Value, error) {
	if !x.seen {
		return value.Null(), nil
	}
	return value.Array(x.elems), nil
}

type stringAgg struct {
	code      value.Code
	separator string
	seen      bool
	text      strings.Builder
}

func (x *stringAgg) add(v value.Value) error {
	if x.seen {
		x.text.WriteString(x.separator)
	}
	x.seen = true
	x.text.WriteString(v.AsString())
	if x.text.Len() > maxStringBytes {
		return errTooLarge
	}
	return nil
}

func (x *stringAgg) result() (value.Value, error) {
	switch {
	case !x.seen:
		return value.Null(), nil
	case x.code == value.CodeBytes:
		return value.BytesOf(x.text.String()), nil
	}
	return value.String(x.text.String()), nil
}
