package value

import (
	"cmp"
	"math"
	"strings"
)

// Compare orders two values of one type as ORDER BY does: NULL first, then NaN,
// then by value. NaN equals NaN and -0 equals 0. Arrays and structs compare
// element by element, JSON by its text; SQL does not order those.
func Compare(a, b Value) int {
	if a.code == CodeNull || b.code == CodeNull {
		return cmp.Compare(notNull(a), notNull(b))
	}
	switch a.code {
	case CodeBool, CodeInt64, CodeDate, CodeEnum:
		return cmp.Compare(a.n, b.n)
	case CodeFloat64:
		return cmp.Compare(a.AsFloat64(), b.AsFloat64()) // puts NaN first
	case CodeFloat32:
		return cmp.Compare(a.AsFloat32(), b.AsFloat32())
	case CodeTimestamp:
		if c := cmp.Compare(a.n, b.n); c != 0 {
			return c
		}
		return cmp.Compare(a.nanos, b.nanos)
	case CodeNumeric:
		return a.ext.num.Cmp(b.ext.num)
	case CodeInterval:
		return a.ext.span.compare(b.ext.span)
	case CodeArray, CodeStruct:
		return compareElems(a.ext.elems, b.ext.elems)
	}
	return strings.Compare(a.s, b.s)
}

func notNull(v Value) int {
	if v.code == CodeNull {
		return 0
	}
	return 1
}

func compareElems(a, b []Value) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// Identical reports whether both values are the same for GROUP BY and DISTINCT:
// NULL is NULL and NaN is NaN.
func Identical(a, b Value) bool { return Compare(a, b) == 0 }

// IsNaN reports whether the value is a floating point NaN.
func (v Value) IsNaN() bool {
	switch v.code {
	case CodeFloat64:
		return math.IsNaN(v.AsFloat64())
	case CodeFloat32:
		f := v.AsFloat32()
		return f != f
	}
	return false
}

// IsNegativeZero reports whether v is the floating-point number -0, which equals 0.
func (v Value) IsNegativeZero() bool {
	switch v.code {
	case CodeFloat64:
		return uint64(v.n) == 1<<63
	case CodeFloat32:
		return uint32(v.n) == 1<<31
	}
	return false
}

// Equal compares two values of one type as the operator = does. The answer is
// known only where no NULL decides it.
func Equal(a, b Value) (equal, known bool) {
	if a.code == CodeNull || b.code == CodeNull {
		return false, false
	}
	if a.code != CodeArray && a.code != CodeStruct {
		return !a.IsNaN() && !b.IsNaN() && Compare(a, b) == 0, true
	}
	x, y := a.Elems(), b.Elems()
	if len(x) != len(y) {
		return false, true
	}
	known = true
	for i := range x {
		eq, k := Equal(x[i], y[i])
		if k && !eq {
			return false, true
		}
		known = known && k
	}
	return known, known
}
