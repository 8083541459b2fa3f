package control

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// span is a length of business time: calendar units first, then the rest.
type span struct {
	years, months, days int
	rest                time.Duration
}

// after returns the time that is a span after t.
func (s span) after(t time.Time) time.Time {
	return t.AddDate(s.years, s.months, s.days).Add(s.rest)
}

var (
	iso8601 = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
	short   = regexp.MustCompile(`^(\d+)([dw])(.*)$`)
)

// maxUnits bounds each number of a span, so that no sum overflows.
const maxUnits = 100_000

// parseSpan reads a length of time as Go writes it (36h, 1h30m), with days and weeks in
// front of it if need be (60d, 2w, 1d12h), or as ISO 8601 does (P2M, P60D, PT12H).
func parseSpan(text string) (span, error) {
	if parts := iso8601.FindStringSubmatch(text); parts != nil && text != "P" && !strings.HasSuffix(text, "T") {
		return parseISO8601(parts)
	}
	var s span
	rest := text
	for parts := short.FindStringSubmatch(rest); parts != nil; parts = short.FindStringSubmatch(rest) {
		n, err := units(parts[1])
		if err != nil {
			return span{}, err
		}
		if parts[2] == "w" {
			n *= 7
		}
		s.days += n
		if rest = parts[3]; rest == "" {
			return s, nil
		}
	}
	var err error
	if s.rest, err = time.ParseDuration(rest); err != nil || s.rest < 0 {
		return span{}, fmt.Errorf("%q is no length of time: write it as 36h, 60d, 2w, P2M or PT12H", text)
	}
	return s, nil
}

func parseISO8601(parts []string) (span, error) {
	var n [9]int
	for i, part := range parts {
		if i == 0 || i == 5 || part == "" {
			continue
		}
		var err error
		if n[i], err = units(part); err != nil {
			return span{}, err
		}
	}
	return span{
		years: n[1], months: n[2], days: 7*n[3] + n[4],
		rest: time.Duration(n[6])*time.Hour + time.Duration(n[7])*time.Minute + time.Duration(n[8])*time.Second,
	}, nil
}

func units(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n > maxUnits {
		return 0, fmt.Errorf("%s is more than %d", text, maxUnits)
	}
	return n, nil
}
