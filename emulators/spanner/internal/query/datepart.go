package query

import (
	"math"
	"strings"
	"time"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

const pendingName = "PENDING_COMMIT_TIMESTAMP"

// fixedParts are the parts of time that have one length.
var fixedParts = map[string]time.Duration{
	"NANOSECOND": time.Nanosecond, "MICROSECOND": time.Microsecond, "MILLISECOND": time.Millisecond,
	"SECOND": time.Second, "MINUTE": time.Minute, "HOUR": time.Hour, "DAY": 24 * time.Hour,
}

// addTime adds n parts exactly, or reports that the result is out of range.
func addTime(v value.Value, n int64, part time.Duration) (value.Value, error) {
	perSecond := int64(time.Second / part)
	var seconds, nanos int64
	if perSecond >= 1 {
		seconds, nanos = n/perSecond, n%perSecond*int64(part)
	} else {
		length := int64(part / time.Second)
		if n > math.MaxInt64/length || n < math.MinInt64/length {
			return value.Null(), outOfRange("Timestamp overflow: adding %d", n)
		}
		seconds = n * length
	}
	t := v.AsTime()
	if seconds > 1<<40 || seconds < -1<<40 {
		return value.Null(), outOfRange("Timestamp overflow: adding %d", n)
	}
	return checkedTime(time.Unix(t.Unix()+seconds, int64(t.Nanosecond())+nanos).UTC())
}

// diffTime returns how many whole parts lie between, towards zero.
func diffTime(a, b value.Value, part time.Duration) (value.Value, error) {
	seconds := a.AsTime().Unix() - b.AsTime().Unix()
	nanos := int64(a.AsTime().Nanosecond() - b.AsTime().Nanosecond())
	if seconds > 0 && nanos < 0 {
		seconds, nanos = seconds-1, nanos+1e9
	} else if seconds < 0 && nanos > 0 {
		seconds, nanos = seconds+1, nanos-1e9
	}
	if part >= time.Second {
		return value.Int64(seconds / int64(part/time.Second)), nil
	}
	perSecond := int64(time.Second / part)
	if seconds > math.MaxInt64/perSecond-1 || seconds < math.MinInt64/perSecond+1 {
		return value.Null(), outOfRange("TIMESTAMP_DIFF overflows INT64")
	}
	return value.Int64(seconds*perSecond + nanos/int64(part)), nil
}

// addDate adds parts of the calendar; the day is cut to the length of the month.
func addDate(v value.Value, n int64, part string) (value.Value, error) {
	if n > 10_000_000 || n < -10_000_000 {
		return value.Null(), outOfRange("Date overflow: adding %d %s", n, part)
	}
	months := int64(0)
	switch part {
	case "DAY":
		return checkedDate(v.AsDays() + n)
	case "WEEK":
		return checkedDate(v.AsDays() + 7*n)
	case "MONTH":
		months = n
	case "QUARTER":
		months = 3 * n
	case "YEAR":
		months = 12 * n
	}
	d := v.AsDate()
	first := time.Date(d.Year(), d.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	day := min(d.Day(), first.AddDate(0, 1, -1).Day())
	return checkedDate(value.DateOf(first).AsDays() + int64(day-1))
}

// diffDate counts the boundaries of the part between two dates.
func diffDate(a, b value.Value, part string) (value.Value, bool) {
	x, y := a.AsDate(), b.AsDate()
	months := int64(x.Year()-y.Year())*12 + int64(x.Month()-y.Month())
	switch part {
	case "DAY":
		return value.Int64(a.AsDays() - b.AsDays()), true
	case "WEEK":
		return value.Int64(floorDiv(a.AsDays()+4, 7) - floorDiv(b.AsDays()+4, 7)), true
	case "ISOWEEK":
		return value.Int64(floorDiv(a.AsDays()+3, 7) - floorDiv(b.AsDays()+3, 7)), true
	case "MONTH":
		return value.Int64(months), true
	case "QUARTER":
		quarter := func(t time.Time) int64 { return int64(t.Year())*4 + int64(t.Month()-1)/3 }
		return value.Int64(quarter(x) - quarter(y)), true
	case "YEAR":
		return value.Int64(int64(x.Year() - y.Year())), true
	case "ISOYEAR":
		i, _ := x.ISOWeek()
		j, _ := y.ISOWeek()
		return value.Int64(int64(i - j)), true
	}
	return value.Null(), false
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// truncDate returns the first day of the part that holds the date.
func truncDate(t time.Time, part string) (time.Time, bool) {
	year, month, day := t.Date()
	at := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, t.Location()) }
	switch part {
	case "DAY":
		return at(year, month, day), true
	case "WEEK":
		return at(year, month, day-int(t.Weekday())), true
	case "ISOWEEK":
		return at(year, month, day-(int(t.Weekday())+6)%7), true
	case "MONTH":
		return at(year, month, 1), true
	case "QUARTER":
		return at(year, month-(month-1)%3, 1), true
	case "YEAR":
		return at(year, 1, 1), true
	case "ISOYEAR":
		iso, _ := t.ISOWeek()
		jan4 := at(iso, 1, 4)
		return at(iso, 1, 4-(int(jan4.Weekday())+6)%7), true
	}
	return t, false
}

// truncTime truncates in a zone.
func truncTime(t time.Time, part string) (time.Time, bool) {
	switch part {
	case "NANOSECOND":
		return t, true
	case "MICROSECOND", "MILLISECOND", "SECOND":
		n := int(fixedParts[part])
		return t.Add(-time.Duration(t.Nanosecond() % n)), true
	case "MINUTE":
		return t.Add(-time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond())), true
	case "HOUR":
		return t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond())), true
	}
	return truncDate(t, part)
}

// timeOnly are the parts that a DATE does not have.
var timeOnly = map[string]bool{
	"NANOSECOND": true, "MICROSECOND": true, "MILLISECOND": true, "SECOND": true, "MINUTE": true, "HOUR": true,
}

func extractPart(t time.Time, part string) (int64, bool) {
	isoYear, isoWeek := t.ISOWeek()
	switch part {
	case "NANOSECOND":
		return int64(t.Nanosecond()), true
	case "MICROSECOND":
		return int64(t.Nanosecond() / 1e3), true
	case "MILLISECOND":
		return int64(t.Nanosecond() / 1e6), true
	case "SECOND":
		return int64(t.Second()), true
	case "MINUTE":
		return int64(t.Minute()), true
	case "HOUR":
		return int64(t.Hour()), true
	case "DAYOFWEEK":
		return int64(t.Weekday()) + 1, true
	case "DAY":
		return int64(t.Day()), true
	case "DAYOFYEAR":
		return int64(t.YearDay()), true
	case "WEEK":
		return int64((t.YearDay() + 6 - int(t.Weekday())) / 7), true
	case "ISOWEEK":
		return int64(isoWeek), true
	case "MONTH":
		return int64(t.Month()), true
	case "QUARTER":
		return int64(t.Month()-1)/3 + 1, true
	case "YEAR":
		return int64(t.Year()), true
	case "ISOYEAR":
		return int64(isoYear), true
	}
	return 0, false
}

func (a *analyzer) extract(s *scope, n *ast.ExtractExpr) (expr, error) {
	e, err := a.expr(s, n.Expr)
	if err != nil {
		return nil, err
	}
	part := strings.ToUpper(n.Part.Name)
	t := e.typ()
	if t != nil && t.Code == value.CodeInterval {
		return a.extractFromInterval(e, n, part)
	}
	if t == nil {
		t = value.TypeTimestamp
		e, _, _ = a.coerce(e, t)
	}
	if t.Code != value.CodeTimestamp && t.Code != value.CodeDate {
		return nil, a.invalid(n.Pos(), "EXTRACT does not support arguments of type %s", t)
	}
	var zone expr = &constant{v: value.String(a.zone.String()), t: value.TypeString}
	if n.AtTimeZone != nil {
		if zone, err = a.expr(s, n.AtTimeZone.Expr); err != nil {
			return nil, err
		}
		if zone, err = a.mustBe(zone, value.TypeString, "AT TIME ZONE", n.AtTimeZone.Pos()); err != nil {
			return nil, err
		}
	}
	isDate := t.Code == value.CodeDate
	if _, known := extractPart(time.Time{}, part); !known && (part != "DATE" || isDate) || isDate && (timeOnly[part] || n.AtTimeZone != nil) {
		return nil, a.invalid(n.Part.NamePos, "EXTRACT from %s does not support the %s date part", t, part)
	}
	ret := value.TypeInt64
	if part == "DATE" {
		ret = value.TypeDate
	}
	return &binary{name: "EXTRACT " + part, a: e, b: zone, t: ret, fn: func(v, z value.Value) (value.Value, error) {
		at := v.AsDate()
		if !isDate {
			loc, err := zoneOf(z)
			if err != nil {
				return value.Null(), err
			}
			at = v.AsTime().In(loc)
		}
		if part == "DATE" {
			return value.DateOf(at), nil
		}
		i, _ := extractPart(at, part)
		return value.Int64(i), nil
	}}, nil
}
