package scheduler

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return parsed
}

func TestAfterFollowsTheZone(t *testing.T) {
	tests := map[string]struct{ cron, zone, from, want string }{
		"Tokyo midnight":               {"0 0 * * *", "Asia/Tokyo", "2026-01-01T10:00:00Z", "2026-01-01T15:00:00Z"},
		"UTC in lower case":            {"0 3 * * *", "utc", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"},
		"last of February in leap day": {"0 0 29 2 *", "", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		"names of days":                {"30 9 * * MON", "America/Mexico_City", "2026-01-01T00:00:00Z", "2026-01-05T15:30:00Z"},
		"across daylight saving time":  {"0 12 * * *", "America/New_York", "2026-03-07T18:00:00Z", "2026-03-08T16:00:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			from := instant(t, test.from)
			s, err := parseSchedule(test.cron, test.zone, from)
			require.NoError(t, err)
			assert.Equal(t, instant(t, test.want), s.after(from))
		})
	}
}

func TestScheduleThatCannotBeIsRefused(t *testing.T) {
	tests := map[string]struct{ cron, zone, field string }{
		"never comes":     {"0 0 31 2 *", "UTC", "schedule"},
		"seconds":         {"0 0 0 1 1 *", "UTC", "schedule"},
		"descriptor":      {"@hourly", "UTC", "schedule"},
		"zone inside":     {"CRON_TZ=UTC 0 0 * * *", "UTC", "schedule"},
		"out of range":    {"61 * * * *", "UTC", "schedule"},
		"empty":           {"", "UTC", "schedule"},
		"unknown zone":    {"* * * * *", "Mars/Olympus", "time_zone"},
		"machine's zone":  {"* * * * *", "Local", "time_zone"},
		"escape from dir": {"* * * * *", "../etc/passwd", "time_zone"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parseSchedule(test.cron, test.zone, time.Unix(0, 0))
			assert.ErrorContains(t, err, test.field)
		})
	}
}

func TestLatestIsTheLastInstantUpToNow(t *testing.T) {
	due := instant(t, "2026-01-01T00:00:00Z")
	tests := map[string]struct{ cron, now, want string }{
		"only one":           {"0 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		"one and a bit":      {"0 * * * *", "2026-01-01T00:59:59Z", "2026-01-01T00:00:00Z"},
		"a day of hours":     {"0 * * * *", "2026-01-02T00:30:00Z", "2026-01-02T00:00:00Z"},
		"a century of ticks": {"* * * * *", "2126-01-01T00:00:30Z", "2126-01-01T00:00:00Z"},
		"sparse":             {"0 0 1 1 *", "2030-06-01T00:00:00Z", "2030-01-01T00:00:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := parseSchedule(test.cron, "UTC", due.Add(-time.Second))
			require.NoError(t, err)
			assert.Equal(t, instant(t, test.want), s.latest(due, instant(t, test.now)).UTC())
		})
	}
}

func FuzzParseSchedule(f *testing.F) {
	f.Add("0 0 * * *", "Asia/Tokyo")
	f.Add("*/5 1-3 31 2 SUN", "")
	f.Fuzz(func(t *testing.T, expression, zone string) {
		from := time.Unix(1_700_000_000, 0)
		s, err := parseSchedule(expression, zone, from)
		if err == nil && !s.after(from).After(from) {
			t.Fatalf("%q in %q does not move on", expression, zone)
		}
	})
}
