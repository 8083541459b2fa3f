package store

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNewDirectory loses power at every write while a store is made: what is
// left of the directory can be opened, in the newest format.
func TestNewDirectory(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	disk := newBreakable()
	var left []*breakable
	syncs := 0
	disk.failing(func(op errorfs.Op) bool {
		for _, percent := range []int{0, 50, 100} {
			left = append(left, &breakable{MemFS: disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng})})
		}
		if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo {
			syncs++
		}
		return false
	})
	s := disk.open(t)
	disk.mended()
	assert.Equal(t, pebble.FormatNewest, s.db().FormatMajorVersion())
	assert.Less(t, syncs, 12, "syncs, each of which a start waits for")
	put(t, s, "a", "1")
	require.NoError(t, s.Close())
	require.Greater(t, len(left), 30)
	for _, disk := range left {
		s := disk.open(t)
		assert.Equal(t, pebble.FormatNewest, s.db().FormatMajorVersion())
		put(t, s, "b", "1")
		require.NoError(t, s.Close())
		assert.Equal(t, []string{"b=1"}, collect(t, latest(disk.open(t)).Scan(nil, nil, false)))
	}
}
