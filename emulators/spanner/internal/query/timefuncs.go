package query

import (
	"regexp"
	"strings"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// defaultZone is the zone where neither a statement nor the database names one.
var defaultZone = mustZone("America/Los_Angeles")

var (
	timestampPattern = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ tT](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?)?(.*)$`)
	offsetPattern    = regexp.MustCompile(`^([+-])(\d{1,2})(?::?(\d{2}))?$`)
	datePattern      = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)
)

func parseDate(s string) (value.Value, bool) {
	s = strings.TrimSpace(s)
	if !datePattern.MatchString(s) {
		return value.Null(), false
	}
	t, err := time.Parse("2006-1-2", s)
	if err != nil || t.Year() < 1 {
		return value.Null(), false
	}
	return value.DateOf(t), true
}

// parseTimestamp reads a timestamp as SQL writes it: the time and the zone may be missing.
func parseTimestamp(s string, zone *time.Location) (value.Value, bool) {
	m := timestampPattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return value.Null(), false
	}
	if rest := strings.TrimSpace(m[8]); rest != "" {
		loc, ok := parseZone(rest)
		if !ok {
			return value.Null(), false
		}
		zone = loc
	}
	text := m[1] + "-" + pad(m[2]) + "-" + pad(m[3]) + " " + pad(m[4]) + ":" + pad(m[5]) + ":" + pad(m[6])
	t, err := time.ParseInLocation("2006-01-02 15:04:05", text, zone)
	if err != nil {
		return value.Null(), false
	}
	nanos := 0
	for i := range 9 {
		nanos *= 10
		if i < len(m[7]) {
			nanos += int(m[7][i] - '0')
		}
	}
	t = t.Add(time.Duration(nanos))
	return value.Timestamp(t), value.ValidTime(t)
}

func pad(s string) string {
	for len(s) < 2 {
		s = "0" + s
	}
	return s
}

// parseZone reads Z, an offset such as +09:00, or a name such as Asia/Tokyo.
func parseZone(s string) (*time.Location, bool) {
	s = strings.TrimSpace(s)
	if strings.EqualFold(s, "z") || strings.EqualFold(s, "utc") {
		return time.UTC, true
	}
	if m := offsetPattern.FindStringSubmatch(s); m != nil {
		hours, minutes := twoDigits(m[2]), twoDigits(m[3])
		if hours > 14 || minutes > 59 {
			return nil, false
		}
		seconds := hours*3600 + minutes*60
		if m[1] == "-" {
			seconds = -seconds
		}
		return time.FixedZone(s, seconds), true
	}
	if s == "" || strings.EqualFold(s, "local") {
		return nil, false
	}
	loc, err := time.LoadLocation(s)
	return loc, err == nil
}

func twoDigits(s string) int {
	n := 0
	for _, d := range s {
		n = n*10 + int(d-'0')
	}
	return n
}

func zoneOf(v value.Value) (*time.Location, error) {
	loc, ok := parseZone(v.AsString())
	if !ok {
		return nil, outOfRange("Invalid time zone: %s", v.AsString())
	}
	return loc, nil
}

func dateToTimestamp(v value.Value, zone *time.Location) (value.Value, error) {
	d := v.AsDate()
	return checkedTime(time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone))
}

func checkedTime(t time.Time) (value.Value, error) {
	if !value.ValidTime(t) {
		return value.Null(), outOfRange("Timestamp is out of the supported range 0001-01-01 to 9999-12-31")
	}
	return value.Timestamp(t), nil
}

func checkedDate(days int64) (value.Value, error) {
	if days < value.MinDate || days > value.MaxDate {
		return value.Null(), outOfRange("Date is out of the supported range 0001-01-01 to 9999-12-31")
	}
	return value.Date(days), nil
}

// timestampTextIn writes a timestamp as CAST to STRING does: with no, three, six
// or nine digits after the second.
func timestampTextIn(v value.Value, zone *time.Location) string {
	t := v.AsTime().In(zone)
	text := t.Format("2006-01-02 15:04:05")
	switch n := t.Nanosecond(); {
	case n == 0:
	case n%1e6 == 0:
		text += t.Format(".000")
	case n%1e3 == 0:
		text += t.Format(".000000")
	default:
		text += t.Format(".000000000")
	}
	return text + strings.TrimSuffix(t.Format("-07:00"), ":00")
}
