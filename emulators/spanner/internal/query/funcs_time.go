package query

import (
	"fmt"
	"strings"
	"time"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/syntax"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

var (
	tBool, tInt, tFloat = value.TypeBool, value.TypeInt64, value.TypeFloat64
	tString, tBytes     = value.TypeString, value.TypeBytes
	tTime, tDate        = value.TypeTimestamp, value.TypeDate
	tNumeric, tJSON     = value.TypeNumeric, value.TypeJSON
)

func init() {
	define("CURRENT_TIMESTAMP", signature{ret: tTime, moment: true, fn: func(e *env, _ []value.Value) (value.Value, error) {
		return value.Timestamp(e.now), nil
	}})
	define("CURRENT_DATE", signature{args: types(tString), optional: 1, ret: tDate, moment: true, fn: func(e *env, a []value.Value) (value.Value, error) {
		loc, err := zoneArg(e, a, 0)
		if err != nil {
			return value.Null(), err
		}
		return value.DateOf(e.now.In(loc)), nil
	}})
	specials[pendingName] = pendingTimestamp
	for _, name := range []string{"TIMESTAMP_ADD", "TIMESTAMP_SUB", "DATE_ADD", "DATE_SUB"} {
		specials[name] = addInterval
	}
	specials["TIMESTAMP_DIFF"], specials["DATE_DIFF"] = timestampDiff, dateDiff
	specials["TIMESTAMP_TRUNC"], specials["DATE_TRUNC"] = timestampTrunc, dateTrunc
	defineConversions()
	defineEpoch("SECONDS", time.Second)
	defineEpoch("MILLIS", time.Millisecond)
	defineEpoch("MICROS", time.Microsecond)
}

func zoneArg(e *env, a []value.Value, i int) (*time.Location, error) {
	if i >= len(a) {
		return e.zone, nil
	}
	return zoneOf(a[i])
}

func defineEpoch(plural string, unit time.Duration) {
	define("UNIX_"+plural, signature{args: types(tTime), ret: tInt, fn: func(_ *env, a []value.Value) (value.Value, error) {
		t := a[0].AsTime()
		perSecond := int64(time.Second / unit)
		return value.Int64(t.Unix()*perSecond + int64(t.Nanosecond())/int64(unit)), nil
	}})
	define("TIMESTAMP_"+plural, signature{args: types(tInt), ret: tTime, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return addTime(value.Timestamp(time.Unix(0, 0)), a[0].AsInt64(), unit)
	}})
}

func defineConversions() {
	define("DATE",
		signature{args: types(tInt, tInt, tInt), ret: tDate, fn: func(_ *env, a []value.Value) (value.Value, error) {
			y, m, d := a[0].AsInt64(), a[1].AsInt64(), a[2].AsInt64()
			v, ok := parseDate(fmt.Sprintf("%04d-%d-%d", y, m, d))
			if !ok {
				return value.Null(), outOfRange("Input calculates to invalid date: %04d-%02d-%02d", y, m, d)
			}
			return v, nil
		}},
		signature{args: types(tTime, tString), optional: 1, ret: tDate, fn: func(e *env, a []value.Value) (value.Value, error) {
			loc, err := zoneArg(e, a, 1)
			if err != nil {
				return value.Null(), err
			}
			return value.DateOf(a[0].AsTime().In(loc)), nil
		}})
	define("TIMESTAMP",
		signature{args: types(tString, tString), optional: 1, ret: tTime, fn: func(e *env, a []value.Value) (value.Value, error) {
			loc, err := zoneArg(e, a, 1)
			if err != nil {
				return value.Null(), err
			}
			v, ok := parseTimestamp(a[0].AsString(), loc)
			if !ok {
				return value.Null(), outOfRange("Invalid timestamp: '%s'", a[0].AsString())
			}
			return v, nil
		}},
		signature{args: types(tDate, tString), optional: 1, ret: tTime, fn: func(e *env, a []value.Value) (value.Value, error) {
			loc, err := zoneArg(e, a, 1)
			if err != nil {
				return value.Null(), err
			}
			return dateToTimestamp(a[0], loc)
		}})
	define("STRING", signature{args: types(tTime, tString), optional: 1, ret: tString, fn: func(e *env, a []value.Value) (value.Value, error) {
		loc, err := zoneArg(e, a, 1)
		if err != nil {
			return value.Null(), err
		}
		return value.String(timestampTextIn(a[0], loc)), nil
	}})
	define("FORMAT_TIMESTAMP", signature{args: types(tString, tTime, tString), optional: 1, ret: tString, fn: func(e *env, a []value.Value) (value.Value, error) {
		loc, err := zoneArg(e, a, 2)
		if err != nil {
			return value.Null(), err
		}
		return formatTime(a[0].AsString(), a[1].AsTime().In(loc))
	}})
	define("FORMAT_DATE", signature{args: types(tString, tDate), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return formatTime(a[0].AsString(), a[1].AsDate())
	}})
	define("DATE_FROM_UNIX_DATE", signature{args: types(tInt), ret: tDate, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return checkedDate(a[0].AsInt64())
	}})
	define("UNIX_DATE", signature{args: types(tDate), ret: tInt, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.Int64(a[0].AsDays()), nil
	}})
}

func pendingTimestamp(a *analyzer, _ *scope, c *ast.CallExpr) (expr, error) {
	if err := a.count(c, 0, 0); err != nil {
		return nil, err
	}
	if !a.dmlOnly {
		return nil, a.invalid(c.Pos(), "The PENDING_COMMIT_TIMESTAMP() function may only be used as a value for INSERT or UPDATE of an appropriately typed column")
	}
	return &call{name: pendingName, t: tTime, fn: func(*env, []value.Value) (value.Value, error) {
		return value.CommitTimestamp(), nil
	}}, nil
}

// interval reads INTERVAL n PART.
func (a *analyzer) interval(s *scope, n ast.Expr) (expr, string, error) {
	lit, ok := n.(*ast.IntervalLiteralSingle)
	if !ok {
		return nil, "", a.invalid(n.Pos(), "Expected INTERVAL expression")
	}
	e, err := a.intervalCount(s, lit)
	return e, strings.ToUpper(string(lit.DateTimePart)), err
}

func (a *analyzer) intervalCount(s *scope, lit *ast.IntervalLiteralSingle) (expr, error) {
	node, ok := lit.Value.(ast.Expr)
	if v, isExpr := lit.Value.(*syntax.Interval); isExpr {
		node, ok = v.Expr, true
	}
	if !ok {
		return nil, a.unsupported(lit.Pos(), "this INTERVAL")
	}
	e, err := a.expr(s, node)
	if err != nil {
		return nil, err
	}
	return a.mustBe(e, tInt, "INTERVAL", lit.Pos())
}

func addInterval(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	name := functionName(c.Func)
	nodes, err := a.argNodes(c)
	if err != nil {
		return nil, err
	}
	if err := a.count(c, 2, 2); err != nil {
		return nil, err
	}
	t := tTime
	isDate := strings.HasPrefix(name, "DATE")
	if isDate {
		t = tDate
	}
	base, err := a.expr(s, nodes[0])
	if err != nil {
		return nil, err
	}
	if base, err = a.mustBe(base, t, "Argument of "+name, nodes[0].Pos()); err != nil {
		return nil, err
	}
	n, part, err := a.interval(s, nodes[1])
	if err != nil {
		return nil, err
	}
	unit, fixed := fixedParts[part]
	calendar := part == "DAY" || part == "WEEK" || part == "MONTH" || part == "QUARTER" || part == "YEAR"
	if isDate && !calendar || !isDate && !fixed {
		return nil, a.invalid(nodes[1].Pos(), "%s does not support the %s date part", name, part)
	}
	if strings.HasSuffix(name, "_SUB") {
		if n, err = a.negate(n, nodes[1].Pos()); err != nil {
			return nil, err
		}
	}
	return &binary{name: name + " " + part, a: base, b: n, t: t, fn: func(v, k value.Value) (value.Value, error) {
		if isDate {
			return addDate(v, k.AsInt64(), part)
		}
		return addTime(v, k.AsInt64(), unit)
	}}, nil
}

// partArg reads an argument that is the name of a part of time.
func (a *analyzer) partArg(n ast.Expr) (string, error) {
	id, ok := n.(*ast.Ident)
	if !ok {
		return "", a.invalid(n.Pos(), "A valid date part name is required")
	}
	return strings.ToUpper(id.Name), nil
}

// typedArgs analyses arguments, each of which has its type.
func (a *analyzer) typedArgs(s *scope, nodes []ast.Expr, want ...*value.Type) ([]expr, error) {
	out := make([]expr, len(nodes))
	for i, n := range nodes {
		e, err := a.expr(s, n)
		if err != nil {
			return nil, err
		}
		if out[i], err = a.mustBe(e, want[i], fmt.Sprintf("Argument %d", i+1), n.Pos()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func timestampDiff(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	nodes, err := a.argNodes(c)
	if err != nil {
		return nil, err
	}
	if err := a.count(c, 3, 3); err != nil {
		return nil, err
	}
	args, err := a.typedArgs(s, nodes[:2], tTime, tTime)
	if err != nil {
		return nil, err
	}
	part, err := a.partArg(nodes[2])
	if err != nil {
		return nil, err
	}
	unit, ok := fixedParts[part]
	if !ok {
		return nil, a.invalid(nodes[2].Pos(), "TIMESTAMP_DIFF does not support the %s date part", part)
	}
	return &binary{name: "TIMESTAMP_DIFF " + part, a: args[0], b: args[1], t: tInt, fn: func(x, y value.Value) (value.Value, error) {
		return diffTime(x, y, unit)
	}}, nil
}

func dateDiff(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	nodes, err := a.argNodes(c)
	if err != nil {
		return nil, err
	}
	if err := a.count(c, 3, 3); err != nil {
		return nil, err
	}
	args, err := a.typedArgs(s, nodes[:2], tDate, tDate)
	if err != nil {
		return nil, err
	}
	part, err := a.partArg(nodes[2])
	if err != nil {
		return nil, err
	}
	if _, ok := diffDate(value.Date(0), value.Date(0), part); !ok {
		return nil, a.invalid(nodes[2].Pos(), "DATE_DIFF does not support the %s date part", part)
	}
	return &binary{name: "DATE_DIFF " + part, a: args[0], b: args[1], t: tInt, fn: func(x, y value.Value) (value.Value, error) {
		v, _ := diffDate(x, y, part)
		return v, nil
	}}, nil
}

func timestampTrunc(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	nodes, err := a.argNodes(c)
	if err != nil {
		return nil, err
	}
	if err := a.count(c, 2, 3); err != nil {
		return nil, err
	}
	part, err := a.partArg(nodes[1])
	if err != nil {
		return nil, err
	}
	if _, ok := truncTime(time.Time{}, part); !ok {
		return nil, a.invalid(nodes[1].Pos(), "TIMESTAMP_TRUNC does not support the %s date part", part)
	}
	args, err := a.typedArgs(s, append([]ast.Expr{nodes[0]}, nodes[2:]...), tTime, tString)
	if err != nil {
		return nil, err
	}
	return &call{name: "TIMESTAMP_TRUNC " + part, args: args, t: tTime, fn: func(e *env, v []value.Value) (value.Value, error) {
		loc, err := zoneArg(e, v, 1)
		if err != nil {
			return value.Null(), err
		}
		t, _ := truncTime(v[0].AsTime().In(loc), part)
		return checkedTime(t)
	}}, nil
}

func dateTrunc(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	nodes, err := a.argNodes(c)
	if err != nil {
		return nil, err
	}
	if err := a.count(c, 2, 2); err != nil {
		return nil, err
	}
	part, err := a.partArg(nodes[1])
	if err != nil {
		return nil, err
	}
	if _, ok := truncDate(time.Time{}, part); !ok {
		return nil, a.invalid(nodes[1].Pos(), "DATE_TRUNC does not support the %s date part", part)
	}
	args, err := a.typedArgs(s, nodes[:1], tDate)
	if err != nil {
		return nil, err
	}
	return &unary{name: "DATE_TRUNC " + part, a: args[0], t: tDate, fn: func(v value.Value) (value.Value, error) {
		t, _ := truncDate(v.AsDate(), part)
		return checkedDate(value.DateOf(t).AsDays())
	}}, nil
}

// formats are the elements of FORMAT_TIMESTAMP and FORMAT_DATE, as Go writes them.
var formats = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'P': "pm",
	'B': "January", 'b': "Jan", 'h': "Jan", 'A': "Monday", 'a': "Mon", 'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04",
	'D': "01/02/06", 'c': time.ANSIC, 'z': "-0700", 'Z': "MST", 'j': "002",
}

func formatTime(format string, t time.Time) (value.Value, error) {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		switch layout, ok := formats[format[i]]; {
		case ok:
			out.WriteString(t.Format(layout))
		case format[i] == '%':
			out.WriteByte('%')
		case format[i] == 's':
			fmt.Fprintf(&out, "%d", t.Unix())
		case format[i] == 'E' && strings.HasPrefix(format[i:], "E*S"):
			out.WriteString(t.Format("05.999999999"))
			i += 2
		case format[i] == 'E' && i+2 < len(format) && format[i+1] >= '1' && format[i+1] <= '9' && format[i+2] == 'S':
			out.WriteString(t.Format("05." + strings.Repeat("0", int(format[i+1]-'0'))))
			i += 2
		case format[i] == 'E' && strings.HasPrefix(format[i:], "Ez"):
			out.WriteString(t.Format("-07:00"))
			i++
		default:
			return value.Null(), unimplemented("Format element %%%c", format[i])
		}
	}
	return checkedString(out.String())
}
