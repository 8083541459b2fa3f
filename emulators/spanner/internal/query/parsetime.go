package query

import (
	"strings"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	define("PARSE_DATE", signature{args: types(tString, tString), ret: tDate, fn: func(_ *env, a []value.Value) (value.Value, error) {
		t, err := parseTime(a[0].AsString(), a[1].AsString(), time.UTC)
		if err != nil {
			return value.Null(), err
		}
		return checkedDate(value.DateOf(t).AsDays())
	}})
	define("PARSE_TIMESTAMP", signature{args: types(tString, tString, tString), optional: 1, ret: tTime, fn: func(e *env, a []value.Value) (value.Value, error) {
		loc, err := zoneArg(e, a, 2)
		if err != nil {
			return value.Null(), err
		}
		t, err := parseTime(a[0].AsString(), a[1].AsString(), loc)
		if err != nil {
			return value.Null(), err
		}
		return checkedTime(t)
	}})
}

// timeParser reads a text by a format of strptime's elements.
type timeParser struct {
	text                                 string
	year, month, day                     int
	hour, minute, second, nanos, yearDay int
	pm, twelve, isUnix                   bool
	unix                                 int64
	zone                                 *time.Location
}

func parseTime(format, text string, zone *time.Location) (time.Time, error) {
	bad := outOfRange("Failed to parse input string %q", text)
	p := &timeParser{text: strings.TrimSpace(text), year: 1970, month: 1, day: 1, zone: zone}
	for i := 0; i < len(format); i++ {
		c := format[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n':
			p.text = strings.TrimLeft(p.text, " \t\n")
			continue
		case c != '%' || i+1 == len(format):
			if !p.skip(format[i : i+1]) {
				return time.Time{}, bad
			}
			continue
		}
		element := format[i+1 : min(i+2, len(format))]
		if element == "E" {
			element = format[i+1 : min(i+4, len(format))]
			if strings.HasPrefix(element, "Ez") {
				element = "Ez"
			}
		}
		i += len(element)
		ok, known := p.element(element)
		if !known {
			return time.Time{}, unimplemented("Format element %%%s of parsing", element)
		}
		if !ok {
			return time.Time{}, bad
		}
	}
	if strings.TrimSpace(p.text) != "" {
		return time.Time{}, bad
	}
	return p.time(bad)
}

func (p *timeParser) skip(s string) bool {
	rest, ok := strings.CutPrefix(p.text, s)
	p.text = rest
	return ok
}

// digits reads a number of at most so many digits within bounds.
func (p *timeParser) digits(into *int, most, low, high int) bool {
	p.text = strings.TrimLeft(p.text, " ")
	n, i := 0, 0
	for i < len(p.text) && i < most && p.text[i] >= '0' && p.text[i] <= '9' {
		n = n*10 + int(p.text[i]-'0')
		i++
	}
	p.text = p.text[i:]
	*into = n
	return i > 0 && n >= low && n <= high
}

// name reads one of the names, or its first three letters.
func (p *timeParser) name(into *int, names func(i int) string, count int) bool {
	for i := range count {
		full := names(i)
		for _, s := range []string{full, full[:3]} {
			if len(p.text) >= len(s) && strings.EqualFold(p.text[:len(s)], s) {
				*into = i
				p.text = p.text[len(s):]
				return true
			}
		}
	}
	return false
}

func (p *timeParser) all(elements ...string) bool {
	for _, e := range elements {
		if len(e) == 1 && strings.Contains("/:- ", e) {
			if !p.skip(e) {
				return false
			}
		} else if ok, _ := p.element(e); !ok {
			return false
		}
	}
	return true
}

// element reads one element; the second result is false if it is not known.
func (p *timeParser) element(e string) (ok, known bool) {
	var ignored int
	switch e {
	case "c":
		return p.all("a", " ", "b", " ", "e", " ", "H", ":", "M", ":", "S", " ", "Y"), true
	case "Y", "E4Y":
		return p.digits(&p.year, 4, 1, 9999), true
	case "y":
		ok = p.digits(&p.year, 2, 0, 99)
		if p.year += 1900; p.year < 1969 {
			p.year += 100
		}
		return ok, true
	case "m":
		return p.digits(&p.month, 2, 1, 12), true
	case "d", "e":
		return p.digits(&p.day, 2, 1, 31), true
	case "j":
		return p.digits(&p.yearDay, 3, 1, 366), true
	case "B", "b", "h":
		ok = p.name(&p.month, func(i int) string { return time.Month(i + 1).String() }, 12)
		p.month++
		return ok, true
	case "A", "a":
		return p.name(&ignored, func(i int) string { return time.Weekday(i).String() }, 7), true
	case "F":
		return p.all("Y", "-", "m", "-", "d"), true
	case "D", "x":
		return p.all("m", "/", "d", "/", "y"), true
	case "n", "t":
		p.text = strings.TrimLeft(p.text, " \t\n")
		return true, true
	case "%":
		return p.skip("%"), true
	}
	return p.clockElement(e)
}

func (p *timeParser) clockElement(e string) (ok, known bool) {
	switch e {
	case "H", "k":
		return p.digits(&p.hour, 2, 0, 23), true
	case "I", "l":
		p.twelve = true
		return p.digits(&p.hour, 2, 1, 12), true
	case "M":
		return p.digits(&p.minute, 2, 0, 59), true
	case "S":
		return p.digits(&p.second, 2, 0, 60), true
	case "p", "P":
		if len(p.text) < 2 {
			return false, true
		}
		word := strings.ToUpper(p.text[:2])
		p.text, p.pm = p.text[2:], word == "PM"
		return word == "AM" || word == "PM", true
	case "T", "X":
		return p.all("H", ":", "M", ":", "S"), true
	case "R":
		return p.all("H", ":", "M"), true
	case "s":
		return p.unixTime(), true
	case "z", "Ez", "Z":
		return p.zoneText(), true
	case "E*S", "E1S", "E2S", "E3S", "E4S", "E5S", "E6S", "E7S", "E8S", "E9S":
		return p.fraction(), true
	}
	return false, false
}

func (p *timeParser) unixTime() bool {
	rest, negative := strings.CutPrefix(p.text, "-")
	p.text = rest
	n := 0
	ok := p.digits(&n, 12, 0, 1<<60)
	if p.unix, p.isUnix = int64(n), true; negative {
		p.unix = -p.unix
	}
	return ok
}

func (p *timeParser) zoneText() bool {
	end := strings.IndexAny(p.text, " \t\n")
	if end < 0 {
		end = len(p.text)
	}
	loc, ok := parseZone(p.text[:end])
	p.text, p.zone = p.text[end:], loc
	return ok
}

func (p *timeParser) fraction() bool {
	if !p.digits(&p.second, 2, 0, 60) {
		return false
	}
	if !p.skip(".") {
		return true
	}
	unit, seen := 100_000_000, false
	for p.text != "" && p.text[0] >= '0' && p.text[0] <= '9' {
		p.nanos += int(p.text[0]-'0') * unit
		unit /= 10
		p.text, seen = p.text[1:], true
	}
	return seen
}

func (p *timeParser) time(bad error) (time.Time, error) {
	if p.isUnix {
		return time.Unix(p.unix, 0).In(p.zone), nil
	}
	if p.yearDay > 0 {
		p.month, p.day = 1, p.yearDay
	}
	if p.twelve {
		p.hour %= 12
		if p.pm {
			p.hour += 12
		}
	}
	t := time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, p.nanos, p.zone)
	if p.yearDay == 0 && t.Day() != p.day && p.second < 60 && time.Date(p.year, time.Month(p.month), p.day, 0, 0, 0, 0, time.UTC).Day() != p.day {
		return time.Time{}, bad // no such day in the month
	}
	return t, nil
}
