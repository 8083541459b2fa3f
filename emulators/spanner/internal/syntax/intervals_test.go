package syntax

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzIntervals(f *testing.F) {
	for _, sql := range []string{"SELECT INTERVAL x DAY", "SELECT INTERVAL INTERVAL 1 DAY DAY", "INTERVAL('')DAY", "SELECT INTERVAL é DAY", "interval"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		last := 0
		for _, s := range intervals(sql) {
			require.True(t, last <= s.start && s.start+2 <= s.end && s.end <= len(sql), "%q %v", sql, s)
			require.Len(t, blank(sql[s.start:s.end]), s.end-s.start)
			last = s.end
		}
	})
}
