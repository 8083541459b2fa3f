package value

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// IntervalPart is a unit of INTERVAL, from YEAR to SECOND, in order.
type IntervalPart int

// The parts that a literal from one part TO another has.
const (
	PartYear IntervalPart = iota
	PartMonth
	PartDay
	PartHour
	PartMinute
	PartSecond
)

var intervalParts = map[string]IntervalPart{
	"YEAR": PartYear, "MONTH": PartMonth, "DAY": PartDay, "HOUR": PartHour, "MINUTE": PartMinute, "SECOND": PartSecond,
}

// IntervalPartOf returns the part with the name in capitals.
func IntervalPartOf(name string) (IntervalPart, bool) {
	p, ok := intervalParts[name]
	return p, ok
}

const fractionPattern = `(?:\.(\d{0,9}))?`

// The texts of the parts; one sign stands before year and month, one before
// the day, and one before the time.
var (
	isoPattern = regexp.MustCompile(
		`^P(?:([+-]?\d{1,9})Y)?(?:([+-]?\d{1,9})M)?(?:([+-]?\d{1,9})W)?(?:([+-]?\d{1,9})D)?(?:T(?:([+-]?\d{1,12})H)?(?:([+-]?\d{1,14})M)?(?:([+-]?)(\d{0,15})(?:[.,](\d{0,9}))?S)?)?$`)
	fullPattern = regexp.MustCompile(`^([+-]?)(\d{1,9})-(\d{1,9}) ([+-]?\d{1,9}) ([+-]?)(\d{1,12}):(\d{1,14}):(\d{1,15})` + fractionPattern + `$`)
)

func badInterval(text string) error { return fmt.Errorf("%q is not an INTERVAL", text) }

// intervalSum adds up parts as they are read.
type intervalSum struct {
	months, days int64
	seconds      int64
	nanos        int64
}

func (s intervalSum) value(text string) (Value, error) {
	total := new(big.Int).Mul(big.NewInt(s.seconds), nanosPerSecond)
	v, ok := NewInterval(s.months, s.days, total.Add(total, big.NewInt(s.nanos)))
	if !ok {
		return Value{}, fmt.Errorf("%q is out of the range of INTERVAL", text)
	}
	return v, nil
}

// number reads what a pattern matched: digits, which cannot be too many.
func number(digits string) int64 {
	n, _ := strconv.ParseInt(strings.TrimPrefix(digits, "+"), 10, 64)
	return n
}

func nanosOf(fraction string) int64 {
	return number((fraction + "000000000")[:9])
}

func signed(sign string, n int64) int64 {
	if sign == "-" {
		return -n
	}
	return n
}

// ParseInterval reads an INTERVAL as ISO 8601 has it, such as P1Y2M3DT4H5M6.789S,
// or as SQL writes it, such as 1-2 3 4:5:6.789.
func ParseInterval(text string) (Value, error) {
	if m := isoPattern.FindStringSubmatch(text); m != nil {
		last := text[len(text)-1]
		if last == 'P' || last == 'T' || last == 'S' && m[8] == "" && m[9] == "" {
			return Value{}, badInterval(text)
		}
		return intervalSum{
			months: number(m[1])*12 + number(m[2]), days: number(m[3])*7 + number(m[4]),
			seconds: number(m[5])*3600 + number(m[6])*60 + signed(m[7], number(m[8])), nanos: signed(m[7], nanosOf(m[9])),
		}.value(text)
	}
	m := fullPattern.FindStringSubmatch(text)
	if m == nil {
		return Value{}, badInterval(text)
	}
	return intervalSum{
		months: signed(m[1], number(m[2])*12+number(m[3])), days: number(m[4]),
		seconds: signed(m[5], number(m[6])*3600+number(m[7])*60+number(m[8])), nanos: signed(m[5], nanosOf(m[9])),
	}.value(text)
}

// ParseIntervalRange reads the text of INTERVAL text from TO to; where both are
// the same, the text is one number.
func ParseIntervalRange(text string, from, to IntervalPart) (Value, error) {
	if from > to {
		return Value{}, errors.New("the parts of an INTERVAL go from greater to smaller")
	}
	m := rangePatterns[[2]IntervalPart{from, to}].FindStringSubmatch(text)
	if m == nil {
		return Value{}, badInterval(text)
	}
	var s intervalSum
	sign := ""
	at := 1
	for p := from; p <= to; p++ {
		if p == from || p == PartDay || p == PartHour {
			sign = m[at]
			at++
		}
		n := signed(sign, number(m[at]))
		at++
		switch p {
		case PartYear:
			s.months += 12 * n
		case PartMonth:
			s.months += n
		case PartDay:
			s.days += n
		case PartHour:
			s.seconds += 3600 * n
		case PartMinute:
			s.seconds += 60 * n
		case PartSecond:
			s.seconds += n
			s.nanos = signed(sign, nanosOf(m[at]))
		}
	}
	return s.value(text)
}

var rangePatterns = func() map[[2]IntervalPart]*regexp.Regexp {
	before := [...]string{PartYear: "", PartMonth: "-", PartDay: " ", PartHour: " ", PartMinute: ":", PartSecond: ":"}
	out := map[[2]IntervalPart]*regexp.Regexp{}
	for from := PartYear; from <= PartSecond; from++ {
		pattern := "^"
		for to := from; to <= PartSecond; to++ {
			if to > from {
				pattern += before[to]
			}
			if to == from || to == PartDay || to == PartHour {
				pattern += `([+-]?)`
			}
			pattern += `(\d{1,14})`
			if to == PartSecond {
				pattern += fractionPattern
			}
			out[[2]IntervalPart{from, to}] = regexp.MustCompile(pattern + "$")
		}
	}
	return out
}()
