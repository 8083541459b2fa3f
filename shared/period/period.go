// Package period holds the anchor rule of recurring billing: a subscription made on
// 31 January renews on the last day of February and on 31 March, at the same local time of
// day, in the learner's time zone.
package period

import (
	"fmt"
	"time"
	_ "time/tzdata" // zones must be known on machines that have no zone files
)

// Boundary returns the start of the nth monthly period (0 is the first) of a subscription
// that began at anchor, for a learner in zone. Each boundary is reckoned from the anchor,
// never from the boundary before, so that a short month does not shift the later ones. A
// local time that a zone skips is moved forward by the gap, as time.Date does.
func Boundary(anchor time.Time, zone *time.Location, n int) time.Time {
	a := anchor.In(zone)
	first := time.Date(a.Year(), a.Month()+time.Month(n), 1, 0, 0, 0, 0, zone)
	day := min(a.Day(), daysIn(first.Year(), first.Month()))
	return time.Date(first.Year(), first.Month(), day, a.Hour(), a.Minute(), a.Second(), a.Nanosecond(), zone).UTC()
}

// Bounds returns start and end of the nth period.
func Bounds(anchor time.Time, zone *time.Location, n int) (start, end time.Time) {
	return Boundary(anchor, zone, n), Boundary(anchor, zone, n+1)
}

// LoadZone returns the IANA time zone of that name. It refuses the empty name and "Local",
// which would mean the machine's.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("time zone %q is not an IANA name", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not an IANA name: %w", name, err)
	}
	return zone, nil
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
