package query

import (
	"math/big"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/syntax"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

var tInterval = value.TypeInterval

func intervalOverflow() error { return outOfRange("Interval value is out of supported range") }

// checkedInterval turns a result that is out of range into an error.
func checkedInterval(v value.Value, ok bool) (value.Value, error) {
	if !ok {
		return value.Null(), intervalOverflow()
	}
	return v, nil
}

// intervalUnit is what one unit of INTERVAL n unit stands for.
type intervalUnit struct{ months, days, nanos int64 }

var intervalUnits = map[string]intervalUnit{
	"YEAR": {months: 12}, "QUARTER": {months: 3}, "MONTH": {months: 1}, "WEEK": {days: 7}, "DAY": {days: 1},
	"HOUR": {nanos: 3600e9}, "MINUTE": {nanos: 60e9}, "SECOND": {nanos: 1e9},
	"MILLISECOND": {nanos: 1e6}, "MICROSECOND": {nanos: 1e3}, "NANOSECOND": {nanos: 1},
}

func (u intervalUnit) times(n int64) (value.Value, error) {
	count := big.NewInt(n)
	months, days := new(big.Int).Mul(count, big.NewInt(u.months)), new(big.Int).Mul(count, big.NewInt(u.days))
	if !months.IsInt64() || !days.IsInt64() {
		return value.Null(), intervalOverflow()
	}
	return checkedInterval(value.NewInterval(months.Int64(), days.Int64(), count.Mul(count, big.NewInt(u.nanos))))
}

// intervalSingle is INTERVAL n unit as a value.
func (a *analyzer) intervalSingle(s *scope, n *ast.IntervalLiteralSingle) (expr, error) {
	unit := strings.ToUpper(string(n.DateTimePart))
	if v, ok := n.Value.(*syntax.Interval); ok {
		if text, ok := v.Expr.(*ast.StringLiteral); ok {
			return a.intervalText(text, unit, unit)
		}
	}
	u, ok := intervalUnits[unit]
	if !ok {
		return nil, a.invalid(n.Pos(), "Unsupported date part %s in INTERVAL constructor", unit)
	}
	count, err := a.intervalCount(s, n)
	if err != nil {
		return nil, err
	}
	if c, ok := count.(*constant); ok && !c.v.IsNull() {
		v, err := u.times(c.v.AsInt64())
		if err != nil {
			return nil, a.located(err, n.Pos())
		}
		return &constant{v: v, t: tInterval}, nil
	}
	return &unary{name: "INTERVAL " + unit, a: count, t: tInterval, fn: func(v value.Value) (value.Value, error) {
		return u.times(v.AsInt64())
	}}, nil
}

// intervalRange is INTERVAL '1-2 3 4:5:6' YEAR TO SECOND.
func (a *analyzer) intervalRange(n *ast.IntervalLiteralRange) (expr, error) {
	return a.intervalText(n.Value, strings.ToUpper(string(n.StartingDateTimePart)), strings.ToUpper(string(n.EndingDateTimePart)))
}

func (a *analyzer) intervalText(text *ast.StringLiteral, from, to string) (expr, error) {
	p, ok1 := value.IntervalPartOf(from)
	q, ok2 := value.IntervalPartOf(to)
	if !ok1 || !ok2 {
		return nil, a.invalid(text.ValuePos, "Unsupported date part in INTERVAL literal: %s TO %s", from, to)
	}
	v, err := value.ParseIntervalRange(text.Value, p, q)
	if err != nil {
		return nil, a.invalid(text.ValuePos, "Invalid INTERVAL literal: %v", err)
	}
	return &constant{v: v, t: tInterval}, nil
}

// intervalArithmetic analyses arithmetic in which an INTERVAL, a TIMESTAMP or a
// DATE takes part; the second result says whether it is such.
func (a *analyzer) intervalArithmetic(op ast.BinaryOp, left, right expr, pos token.Pos) (expr, bool, error) {
	codes := [2]value.Code{codeOf(left), codeOf(right)}
	for _, f := range intervalOps {
		if f.op != op || !f.takes(codes) {
			continue
		}
		list := []expr{left, right}
		for i, t := range []*value.Type{f.left, f.right} {
			c, err := a.mustBe(list[i], t, "Operand of "+string(op), pos)
			if err != nil {
				return nil, true, err
			}
			list[i] = c
		}
		return &binary{name: string(op), a: list[0], b: list[1], t: f.ret, fn: f.fn}, true, nil
	}
	return nil, false, nil
}

func codeOf(e expr) value.Code {
	if e.typ() == nil {
		return value.CodeNull
	}
	return e.typ().Code
}

// intervalOp is one overload of an operator.
type intervalOp struct {
	op               ast.BinaryOp
	left, right, ret *value.Type
	fn               func2
}

// takes reports whether the operands have the types; one of them may have none.
func (f intervalOp) takes(codes [2]value.Code) bool {
	fits := func(c value.Code, t *value.Type) bool { return c == t.Code || c == value.CodeNull }
	known := codes[0] != value.CodeNull && f.left != tInt || codes[1] != value.CodeNull && f.right != tInt
	return known && fits(codes[0], f.left) && fits(codes[1], f.right)
}

var intervalOps = []intervalOp{
	{ast.OpAdd, tInterval, tInterval, tInterval, addIntervals},
	{ast.OpSub, tInterval, tInterval, tInterval, func(x, y value.Value) (value.Value, error) {
		return checkedInterval(x.AsInterval().Plus(y.AsInterval().Negated()))
	}},
	{ast.OpAdd, tTime, tInterval, tTime, func(t, i value.Value) (value.Value, error) { return shiftTime(t, i.AsInterval()) }},
	{ast.OpAdd, tInterval, tTime, tTime, func(i, t value.Value) (value.Value, error) { return shiftTime(t, i.AsInterval()) }},
	{ast.OpSub, tTime, tInterval, tTime, func(t, i value.Value) (value.Value, error) { return shiftTime(t, i.AsInterval().Negated()) }},
	{ast.OpSub, tTime, tTime, tInterval, timeBetween},
	{ast.OpSub, tDate, tDate, tInterval, func(x, y value.Value) (value.Value, error) {
		return checkedInterval(value.NewInterval(0, x.AsDays()-y.AsDays(), new(big.Int)))
	}},
	{ast.OpMul, tInterval, tInt, tInterval, func(i, n value.Value) (value.Value, error) { return checkedInterval(i.AsInterval().Times(n.AsInt64())) }},
	{ast.OpMul, tInt, tInterval, tInterval, func(n, i value.Value) (value.Value, error) { return checkedInterval(i.AsInterval().Times(n.AsInt64())) }},
	{ast.OpDiv, tInterval, tInt, tInterval, func(i, n value.Value) (value.Value, error) {
		if n.AsInt64() == 0 {
			return value.Null(), outOfRange("Interval division by zero")
		}
		return checkedInterval(i.AsInterval().DividedBy(n.AsInt64()))
	}},
}

func addIntervals(x, y value.Value) (value.Value, error) {
	return checkedInterval(x.AsInterval().Plus(y.AsInterval()))
}

// shiftTime adds an interval of days of 24 hours; months have no fixed length.
func shiftTime(t value.Value, i value.Interval) (value.Value, error) {
	if i.Months != 0 {
		return value.Null(), outOfRange("TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part.")
	}
	at, err := addTime(t, i.Days, fixedParts["DAY"])
	if err != nil {
		return at, err
	}
	seconds, nanos := new(big.Int).QuoRem(i.Nanos, big.NewInt(1e9), new(big.Int))
	if at, err = addTime(at, seconds.Int64(), fixedParts["SECOND"]); err != nil {
		return at, err
	}
	return addTime(at, nanos.Int64(), fixedParts["NANOSECOND"])
}

func timeBetween(x, y value.Value) (value.Value, error) {
	seconds := big.NewInt(x.AsTime().Unix() - y.AsTime().Unix())
	nanos := int64(x.AsTime().Nanosecond() - y.AsTime().Nanosecond())
	total := seconds.Mul(seconds, big.NewInt(1e9))
	return checkedInterval(value.NewInterval(0, 0, total.Add(total, big.NewInt(nanos))))
}

// extractInterval is EXTRACT of a part that is not carried over from a smaller one.
func extractInterval(i value.Interval, part string) (int64, bool) {
	hours, minutes, seconds, nanos := i.Clock()
	switch part {
	case "YEAR":
		return i.Months / 12, true
	case "MONTH":
		return i.Months % 12, true
	case "DAY":
		return i.Days, true
	case "HOUR":
		return hours, true
	case "MINUTE":
		return minutes, true
	case "SECOND":
		return seconds, true
	case "MILLISECOND":
		return nanos / 1e6, true
	case "MICROSECOND":
		return nanos / 1e3, true
	case "NANOSECOND":
		return nanos, true
	}
	return 0, false
}

func (a *analyzer) extractFromInterval(e expr, n *ast.ExtractExpr, part string) (expr, error) {
	zero := value.Interval{Nanos: new(big.Int)}
	if _, known := extractInterval(zero, part); !known || n.AtTimeZone != nil {
		return nil, a.invalid(n.Part.NamePos, "EXTRACT from INTERVAL does not support the %s date part", part)
	}
	return &unary{name: "EXTRACT " + part, a: e, t: tInt, fn: func(v value.Value) (value.Value, error) {
		n, _ := extractInterval(v.AsInterval(), part)
		return value.Int64(n), nil
	}}, nil
}

func init() {
	for name, fn := range map[string]func(value.Interval) (value.Value, bool){
		"JUSTIFY_HOURS": value.Interval.JustifyHours, "JUSTIFY_DAYS": value.Interval.JustifyDays, "JUSTIFY_INTERVAL": value.Interval.JustifyInterval,
	} {
		define(name, signature{args: types(tInterval), ret: tInterval, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return checkedInterval(fn(a[0].AsInterval()))
		}})
	}
	specials["MAKE_INTERVAL"] = makeInterval
	takesNames["MAKE_INTERVAL"] = true
}

// makeIntervalUnits are the arguments of MAKE_INTERVAL in order, all of which may be left out.
var makeIntervalUnits = []string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}

func makeInterval(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	args, err := a.namedArgs(s, c, makeIntervalUnits)
	if err != nil {
		return nil, err
	}
	for i := range args {
		if args[i] == nil {
			args[i] = &constant{v: value.Int64(0), t: tInt}
		}
		if args[i], err = a.mustBe(args[i], tInt, "Argument "+makeIntervalUnits[i]+" of MAKE_INTERVAL", c.Pos()); err != nil {
			return nil, err
		}
	}
	return &call{name: "MAKE_INTERVAL", args: args, t: tInterval, fn: func(_ *env, v []value.Value) (value.Value, error) {
		total, err := intervalUnit{}.times(0)
		for i, unit := range makeIntervalUnits {
			if err != nil {
				break
			}
			var part value.Value
			if part, err = intervalUnits[unit].times(v[i].AsInt64()); err == nil {
				total, err = addIntervals(total, part)
			}
		}
		return total, err
	}}, nil
}

// intervalTotal is SUM and AVG of INTERVAL.
type intervalTotal struct {
	months, days, nanos big.Int
	n                   int64
	mean                bool
}

func (s *intervalTotal) add(v value.Value) error {
	i := v.AsInterval()
	s.n++
	s.months.Add(&s.months, big.NewInt(i.Months))
	s.days.Add(&s.days, big.NewInt(i.Days))
	s.nanos.Add(&s.nanos, i.Nanos)
	return nil
}

func (s *intervalTotal) result() (value.Value, error) {
	switch {
	case s.n == 0:
		return value.Null(), nil
	case s.mean:
		return checkedInterval(value.QuotientOf(&s.months, &s.days, &s.nanos, s.n))
	}
	return checkedInterval(value.NewInterval(s.months.Int64(), s.days.Int64(), new(big.Int).Set(&s.nanos)))
}
