package value

import (
	"fmt"
	"math/big"
	"strings"
)

// Interval is a span of time in three parts that do not carry into each other.
// Intervals are immutable.
type Interval struct {
	Months int64
	Days   int64
	Nanos  *big.Int
}

// The greatest size of each part: 10,000 years.
const (
	maxIntervalMonths = 120_000
	maxIntervalDays   = 3_660_000
)

var (
	nanosPerSecond   = big.NewInt(1_000_000_000)
	nanosPerDay      = big.NewInt(86_400_000_000_000)
	maxIntervalNanos = new(big.Int).Mul(big.NewInt(316_224_000_000), nanosPerSecond)
)

// NewInterval returns an INTERVAL, or false if a part is out of range. nanos
// must not change afterwards.
func NewInterval(months, days int64, nanos *big.Int) (Value, bool) {
	if absolute(months) > maxIntervalMonths || absolute(days) > maxIntervalDays || nanos.CmpAbs(maxIntervalNanos) > 0 {
		return Value{}, false
	}
	return Value{code: CodeInterval, ext: &extents{span: &Interval{Months: months, Days: days, Nanos: nanos}}}, true
}

func absolute(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// AsInterval returns an INTERVAL's parts.
func (v Value) AsInterval() Interval { return *v.ext.span }

// daysPerMonth is the length of a month where intervals are compared and justified.
const daysPerMonth = 30

// total returns the length in nanoseconds, with months of 30 days.
func (i *Interval) total() *big.Int {
	days := big.NewInt(i.Months*daysPerMonth + i.Days)
	return days.Mul(days, nanosPerDay).Add(days, i.Nanos)
}

func (i *Interval) compare(j *Interval) int { return i.total().Cmp(j.total()) }

// Plus returns the sum part by part, or false if it is out of range.
func (i Interval) Plus(j Interval) (Value, bool) {
	return NewInterval(i.Months+j.Months, i.Days+j.Days, new(big.Int).Add(i.Nanos, j.Nanos))
}

// Negated returns the interval with the sign of each part changed.
func (i Interval) Negated() Interval {
	return Interval{Months: -i.Months, Days: -i.Days, Nanos: new(big.Int).Neg(i.Nanos)}
}

// Times returns the interval n times, or false if it is out of range.
func (i Interval) Times(n int64) (Value, bool) {
	factor := big.NewInt(n)
	months, days := new(big.Int).Mul(big.NewInt(i.Months), factor), new(big.Int).Mul(big.NewInt(i.Days), factor)
	if !months.IsInt64() || !days.IsInt64() {
		return Value{}, false
	}
	return NewInterval(months.Int64(), days.Int64(), new(big.Int).Mul(i.Nanos, factor))
}

// DividedBy returns the interval divided by n, which is not 0: what is left of
// a part goes on to the next one, and less than a nanosecond is cut off.
func (i Interval) DividedBy(n int64) (Value, bool) {
	return QuotientOf(big.NewInt(i.Months), big.NewInt(i.Days), i.Nanos, n)
}

// QuotientOf is DividedBy on a total of parts, which itself may be out of range.
func QuotientOf(months, days, nanos *big.Int, n int64) (Value, bool) {
	by := big.NewInt(n)
	wholeMonths, rest := new(big.Int).QuoRem(months, by, new(big.Int))
	rest.Mul(rest, big.NewInt(daysPerMonth)).Add(rest, days)
	wholeDays, rest := new(big.Int).QuoRem(rest, by, new(big.Int))
	rest.Mul(rest, nanosPerDay).Add(rest, nanos)
	if !wholeMonths.IsInt64() || !wholeDays.IsInt64() {
		return Value{}, false
	}
	return NewInterval(wholeMonths.Int64(), wholeDays.Int64(), rest.Quo(rest, by))
}

// JustifyHours moves whole days of 24 hours out of the nanoseconds; both parts get one sign.
func (i Interval) JustifyHours() (Value, bool) {
	days, nanos := new(big.Int).QuoRem(i.dayNanos(), nanosPerDay, new(big.Int))
	return NewInterval(i.Months, days.Int64(), nanos)
}

func (i Interval) dayNanos() *big.Int {
	total := new(big.Int).Mul(big.NewInt(i.Days), nanosPerDay)
	return total.Add(total, i.Nanos)
}

// JustifyDays moves whole months of 30 days out of the days; both parts get one sign.
func (i Interval) JustifyDays() (Value, bool) {
	days := i.Months*daysPerMonth + i.Days
	return NewInterval(days/daysPerMonth, days%daysPerMonth, i.Nanos)
}

// JustifyInterval is both; all three parts get one sign.
func (i Interval) JustifyInterval() (Value, bool) {
	days, nanos := new(big.Int).QuoRem(i.total(), nanosPerDay, new(big.Int))
	return NewInterval(days.Int64()/daysPerMonth, days.Int64()%daysPerMonth, nanos)
}

// Clock returns the hours, minutes, seconds and nanoseconds, all of one sign.
func (i Interval) Clock() (hours, minutes, seconds, nanos int64) {
	whole, rest := new(big.Int).QuoRem(i.Nanos, nanosPerSecond, new(big.Int))
	s := whole.Int64()
	return s / 3600, s / 60 % 60, s % 60, rest.Int64()
}

// String returns the interval as ISO 8601 has it, such as P1Y2M3DT4H5M6.789S.
func (i Interval) String() string {
	var out strings.Builder
	part := func(n int64, unit byte) {
		if n != 0 {
			fmt.Fprintf(&out, "%d%c", n, unit)
		}
	}
	part(i.Months/12, 'Y')
	part(i.Months%12, 'M')
	part(i.Days, 'D')
	if i.Nanos.Sign() != 0 {
		out.WriteByte('T')
		hours, minutes, seconds, nanos := i.Clock()
		part(hours, 'H')
		part(minutes, 'M')
		if seconds != 0 || nanos != 0 {
			out.WriteString(secondsText(seconds, nanos, i.Nanos.Sign() < 0, 1) + "S")
		}
	}
	if out.Len() == 0 {
		return "P0Y"
	}
	return "P" + out.String()
}

// secondsText writes seconds with as many digits after the point as needed, in steps.
func secondsText(seconds, nanos int64, negative bool, step int) string {
	text := fmt.Sprint(int64(absolute(seconds)))
	if negative {
		text = "-" + text
	}
	if nanos == 0 {
		return text
	}
	fraction := strings.TrimRight(fmt.Sprintf("%09d", absolute(nanos)), "0")
	for len(fraction)%step != 0 {
		fraction += "0"
	}
	return text + "." + fraction
}

// SQLText returns the interval as CAST to STRING does: years-months days hours:minutes:seconds.
func (i Interval) SQLText() string {
	sign := func(negative bool) string {
		if negative {
			return "-"
		}
		return ""
	}
	hours, minutes, seconds, nanos := i.Clock()
	return fmt.Sprintf("%s%d-%d %d %s%d:%d:%s", sign(i.Months < 0), absolute(i.Months)/12, absolute(i.Months)%12, i.Days,
		sign(i.Nanos.Sign() < 0), absolute(hours), absolute(minutes), secondsText(seconds, nanos, false, 3))
}
