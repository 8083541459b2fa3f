package control

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSpansAreReadInEachForm(t *testing.T) {
	from := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for text, want := range map[string]time.Time{
		"0s": from, "36h": from.Add(36 * time.Hour), "1h30m": from.Add(90 * time.Minute), "60d": from.Add(60 * day), "2w": from.Add(14 * day),
		"1w2d3h": from.Add(9*day + 3*time.Hour), "P60D": from.Add(60 * day), "P1W": from.Add(7 * day), "PT12H": from.Add(12 * time.Hour),
		"P1DT1H1M1S": from.Add(day + time.Hour + time.Minute + time.Second), "P1M": time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC), "P1Y": from.AddDate(1, 0, 0),
	} {
		s, err := parseSpan(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, s.after(from), text)
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "1", "-1h", "P-1D", "1d-2h", "d", "1.5d", "1y", "P1H", "T1H", " 1h", "999999999999d", "P99999999999999999999D"} {
		_, err := parseSpan(text)
		assert.Error(t, err, text)
	}
}

func FuzzSpansNeverGoBack(f *testing.F) {
	for _, text := range []string{"36h", "1w2d3h", "P1Y2M3W4DT5H6M7S", "P", "100000d"} {
		f.Add(text)
	}
	from := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSpan(text)
		if err == nil {
			assert.False(t, s.after(from).Before(from), text)
		}
	})
}
