package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	specials["ARRAY_FIRST"] = arrayEnd("ARRAY_FIRST", func(elems []value.Value) value.Value { return elems[0] })
	specials["ARRAY_LAST"] = arrayEnd("ARRAY_LAST", func(elems []value.Value) value.Value { return elems[len(elems)-1] })
	specials["ARRAY_MIN"] = arrayExtreme("ARRAY_MIN", -1)
	specials["ARRAY_MAX"] = arrayExtreme("ARRAY_MAX", 1)
	specials["ARRAY_SLICE"] = arraySlice
	specials["ARRAY_IS_DISTINCT"] = arrayIsDistinct
	specials["ARRAY_INCLUDES_ANY"] = arrayIncludesMany(func(found, all int) bool { return found > 0 })
	specials["ARRAY_INCLUDES_ALL"] = arrayIncludesMany(func(found, all int) bool { return found == all })
	specials["GENERATE_DATE_ARRAY"] = generateDateArray
	define("GENERATE_ARRAY",
		signature{args: types(tNumeric, tNumeric, tNumeric), optional: 1, ret: value.ArrayOf(tNumeric), fn: generateNumbers(tNumeric)},
		signature{args: types(tFloat, tFloat, tFloat), optional: 1, ret: value.ArrayOf(tFloat), fn: generateNumbers(tFloat)})
	define("ARRAY_TO_STRING", signature{args: types(value.ArrayOf(tBytes), tBytes, tBytes), optional: 1, ret: tBytes, fn: func(e *env, a []value.Value) (value.Value, error) {
		v, err := arrayToString(e, a)
		return value.BytesOf(v.AsString()), err
	}})
}

// arrayArgs analyses arguments of which the first must be an array.
func (a *analyzer) arrayArgs(s *scope, c *ast.CallExpr, count int) ([]expr, error) {
	if err := a.count(c, count, count); err != nil {
		return nil, err
	}
	args, err := a.args(s, c)
	if err != nil {
		return nil, err
	}
	if args[0].typ() == nil || args[0].typ().Code != value.CodeArray {
		return nil, a.invalid(c.Pos(), "No matching signature for function %s for argument types: %s", functionName(c.Func), typeList(args))
	}
	return args, nil
}

func arrayEnd(name string, end func([]value.Value) value.Value) special {
	return func(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
		args, err := a.arrayArgs(s, c, 1)
		if err != nil {
			return nil, err
		}
		return &unary{name: name, a: args[0], t: args[0].typ().Elem, fn: func(v value.Value) (value.Value, error) {
			if len(v.Elems()) == 0 {
				return value.Null(), outOfRange("%s cannot get the element of an empty array", name)
			}
			return end(v.Elems()), nil
		}}, nil
	}
}

func arrayExtreme(name string, sign int) special {
	return func(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
		args, err := a.arrayArgs(s, c, 1)
		if err != nil {
			return nil, err
		}
		if !args[0].typ().Elem.Orderable() {
			return nil, a.invalid(c.Pos(), "%s is not defined for arguments of type %s", name, args[0].typ())
		}
		return &unary{name: name, a: args[0], t: args[0].typ().Elem, fn: func(v value.Value) (value.Value, error) {
			x := extreme{sign: sign}
			for _, elem := range v.Elems() {
				if !elem.IsNull() {
					_ = x.add(elem) // which has no error
				}
			}
			return x.result()
		}}, nil
	}
}

// arraySlice counts from the end where an offset is negative; both ends belong to the slice.
func arraySlice(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	args, err := a.arrayArgs(s, c, 3)
	if err != nil {
		return nil, err
	}
	for i := 1; i < 3; i++ {
		if args[i], err = a.mustBe(args[i], tInt, "Offset of ARRAY_SLICE", c.Pos()); err != nil {
			return nil, err
		}
	}
	return &call{name: "ARRAY_SLICE", args: args, t: args[0].typ(), fn: func(_ *env, v []value.Value) (value.Value, error) {
		elems := v[0].Elems()
		size := int64(len(elems))
		at := func(n int64) int64 {
			if n < 0 {
				n += size
			}
			return n
		}
		start, end := max(at(v[1].AsInt64()), 0), min(at(v[2].AsInt64()), size-1)
		if start > end {
			return value.Array([]value.Value{}), nil
		}
		return value.Array(elems[start : end+1]), nil
	}}, nil
}

func arrayIsDistinct(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	args, err := a.arrayArgs(s, c, 1)
	if err != nil {
		return nil, err
	}
	if !args[0].typ().Elem.Groupable() {
		return nil, a.invalid(c.Pos(), "ARRAY_IS_DISTINCT cannot be used on argument of type %s", args[0].typ())
	}
	return &unary{name: "ARRAY_IS_DISTINCT", a: args[0], t: tBool, fn: func(v value.Value) (value.Value, error) {
		seen := map[string]bool{}
		for _, elem := range v.Elems() {
			seen[string(value.AppendKey(nil, elem, false))] = true
		}
		return value.Bool(len(seen) == len(v.Elems())), nil
	}}, nil
}

func arrayIncludesMany(holds func(found, all int) bool) special {
	return func(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
		if err := a.count(c, 2, 2); err != nil {
			return nil, err
		}
		args, err := a.args(s, c)
		if err != nil {
			return nil, err
		}
		name := functionName(c.Func)
		t, err := a.unify(args, "function "+name, c.Pos())
		if err != nil {
			return nil, err
		}
		if t.Code != value.CodeArray || !comparable(t.Elem, true) {
			return nil, a.invalid(c.Pos(), "No matching signature for function %s for argument types: %s", name, typeList(args))
		}
		return &binary{name: name, a: args[0], b: args[1], t: tBool, fn: func(x, y value.Value) (value.Value, error) {
			found := 0
			for _, elem := range y.Elems() {
				if in, _ := isAmong(elem, x.Elems()); in {
					found++
				}
			}
			return value.Bool(holds(found, len(y.Elems()))), nil
		}}, nil
	}
}

// generateNumbers is GENERATE_ARRAY of numbers with a fraction.
func generateNumbers(t *value.Type) funcN {
	plus := arithmeticFn(ast.OpAdd, t)
	return func(_ *env, a []value.Value) (value.Value, error) {
		step, _ := castValue(value.Int64(1), tInt, t, nil)
		if len(a) == 3 {
			step = a[2]
		}
		zero, _ := castValue(value.Int64(0), tInt, t, nil)
		sign := value.Compare(step, zero)
		if sign == 0 || step.IsNaN() || a[0].IsNaN() || a[1].IsNaN() {
			return value.Null(), outOfRange("Sequence step cannot be 0, and no argument NaN")
		}
		elems := []value.Value{}
		for at := a[0]; value.Compare(at, a[1])*sign <= 0; {
			if len(elems) == maxGenerated {
				return value.Null(), outOfRange("Cannot generate arrays with more than %d elements", maxGenerated)
			}
			elems = append(elems, at)
			next, err := plus(at, step)
			if err != nil {
				return value.Array(elems), nil //nolint:nilerr // beyond the range is beyond the end
			}
			at = next
		}
		return value.Array(elems), nil
	}
}

func generateDateArray(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	nodes, err := a.argNodes(c)
	if err != nil {
		return nil, err
	}
	if err := a.count(c, 2, 3); err != nil {
		return nil, err
	}
	args, err := a.typedArgs(s, nodes[:2], tDate, tDate)
	if err != nil {
		return nil, err
	}
	var count expr = &constant{v: value.Int64(1), t: tInt}
	part := "DAY"
	if len(nodes) == 3 {
		if count, part, err = a.interval(s, nodes[2]); err != nil {
			return nil, err
		}
	}
	if !strings.Contains(" DAY WEEK MONTH QUARTER YEAR ", " "+part+" ") {
		return nil, a.invalid(c.Pos(), "GENERATE_DATE_ARRAY does not support the %s date part", part)
	}
	return &call{name: "GENERATE_DATE_ARRAY " + part, args: append(args, count), t: value.ArrayOf(tDate), fn: func(_ *env, v []value.Value) (value.Value, error) {
		step := v[2].AsInt64()
		if step == 0 {
			return value.Null(), outOfRange("Sequence step cannot be 0")
		}
		elems := []value.Value{}
		for i := int64(0); ; i++ {
			at, err := addDate(v[0], i*step, part)
			if err != nil || step > 0 && at.AsDays() > v[1].AsDays() || step < 0 && at.AsDays() < v[1].AsDays() {
				return value.Array(elems), nil //nolint:nilerr // beyond the range is beyond the end
			}
			if len(elems) == maxGenerated {
				return value.Null(), outOfRange("Cannot generate arrays with more than %d elements", maxGenerated)
			}
			elems = append(elems, at)
		}
	}}, nil
}
