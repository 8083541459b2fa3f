package scheduler

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	"github.com/robfig/cron/v3"
)

// schedule is a cron expression in a time zone.
type schedule struct {
	cron cron.Schedule
	zone *time.Location
}

// cronParser takes the five fields of unix-cron and nothing else.
var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// parseSchedule refuses an expression that never comes, such as 31 February.
func parseSchedule(expression, zone string, now time.Time) (schedule, error) {
	location, err := time.LoadLocation(normalZone(zone))
	if err != nil {
		return schedule{}, fmt.Errorf("time_zone: %q is not in the tz database", zone)
	}
	if strings.Contains(expression, "TZ=") || strings.HasPrefix(strings.TrimSpace(expression), "@") {
		return schedule{}, fmt.Errorf("schedule: %q is not unix-cron", expression)
	}
	parsed, err := cronParser.Parse(expression)
	if err != nil {
		return schedule{}, fmt.Errorf("schedule: %q: %w", expression, err)
	}
	s := schedule{cron: parsed, zone: location}
	if s.after(now).IsZero() {
		return schedule{}, fmt.Errorf("schedule: %q never comes", expression)
	}
	return s, nil
}

// normalZone spells UTC as the tz database does, and refuses the machine's own zone.
func normalZone(zone string) string {
	switch {
	case zone == "" || strings.EqualFold(zone, "utc"):
		return "UTC"
	case strings.EqualFold(zone, "local"):
		return "no such zone"
	}
	return zone
}

// after is the first instant after t.
func (s schedule) after(t time.Time) time.Time {
	next := s.cron.Next(t.In(s.zone))
	if next.IsZero() {
		return next
	}
	return next.UTC()
}

// latest is the last instant up to now, given that one is due. It looks back over spans
// that double, so that a jump of years costs no walk through all its instants.
func (s schedule) latest(due, now time.Time) time.Time {
	for span := time.Minute; ; span *= 2 {
		from := now.Add(-span)
		if !from.After(due) {
			return s.lastBetween(due, now)
		}
		if first := s.after(from); !first.IsZero() && !first.After(now) {
			return s.lastBetween(first, now)
		}
	}
}

// lastBetween walks from an instant of the schedule to the last one up to now.
func (s schedule) lastBetween(instant, now time.Time) time.Time {
	for {
		next := s.after(instant)
		if next.IsZero() || next.After(now) {
			return instant
		}
		instant = next
	}
}
