package period_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/period"
)

func TestBoundaryKeepsTheAnchorDay(t *testing.T) {
	tokyo, err := period.LoadZone("Asia/Tokyo")
	require.NoError(t, err)
	anchor := time.Date(2027, 1, 31, 23, 30, 0, 0, tokyo)
	for n, want := range []string{"2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"} {
		got := period.Boundary(anchor, tokyo, n).In(tokyo)
		assert.Equal(t, want, got.Format(time.DateOnly))
		assert.Equal(t, "23:30", got.Format("15:04"))
	}
	assert.Equal(t, "2028-02-29", period.Boundary(anchor, tokyo, 13).In(tokyo).Format(time.DateOnly))
}

func TestBoundaryReckonsInTheLearnersZone(t *testing.T) {
	jakarta, err := period.LoadZone("Asia/Jakarta")
	require.NoError(t, err)
	anchor := time.Date(2027, 1, 30, 18, 0, 0, 0, time.UTC) // 31 January, 01:00 in Jakarta
	assert.Equal(t, "2027-02-28", period.Boundary(anchor, jakarta, 1).In(jakarta).Format(time.DateOnly))
}

func TestPeriodsMeetWithoutGapForTenYears(t *testing.T) {
	for _, name := range []string{"America/Mexico_City", "America/Tijuana", "Asia/Manila", "Asia/Jayapura"} {
		zone, err := period.LoadZone(name)
		require.NoError(t, err)
		anchor := time.Date(2026, 8, 31, 2, 30, 0, 0, zone)
		for n := range 120 {
			_, end := period.Bounds(anchor, zone, n)
			start, next := period.Bounds(anchor, zone, n+1)
			require.Equal(t, end, start)
			require.True(t, next.After(start))
		}
	}
}

func TestLoadZoneRefuses(t *testing.T) {
	for _, name := range []string{"", "Local", "Mars/Olympus", "../etc/passwd"} {
		_, err := period.LoadZone(name)
		assert.Error(t, err, name)
	}
}
