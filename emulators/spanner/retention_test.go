package spanner_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

// TestVersionsAreKeptForTheRetentionPeriod changes the period, and looks at
// the past after each collection of old versions.
func TestVersionsAreKeptForTheRetentionPeriod(t *testing.T) {
	ctx := context.Background()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	server, err := emulator.Start(ctx, emulator.Options{Now: func() time.Time { return start.Add(time.Duration(passed.Load())) }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	name := "projects/p/instances/main/databases/kept"
	require.NoError(t, server.CreateDatabase(ctx, name, counterDDL, "CREATE INDEX CountersByN ON Counters(N)"))
	client := connect(t, server.Addr(), name)
	at := func(after time.Duration) { passed.Store(int64(after)) }
	write := func(n int) {
		_, err := client.Apply(ctx, []*spanner.Mutation{spanner.InsertOrUpdate("Counters", []string{"Id", "N"}, []any{1, n})})
		require.NoError(t, err)
	}
	read := func(after time.Duration) (n int64, err error) {
		it := client.Single().WithTimestampBound(spanner.ReadTimestamp(start.Add(after))).
			Query(ctx, spanner.NewStatement("SELECT N FROM Counters@{FORCE_INDEX=CountersByN}"))
		return n, it.Do(func(row *spanner.Row) error { return row.Columns(&n) })
	}
	sees := func(after time.Duration, want int64) {
		n, err := read(after)
		require.NoError(t, err)
		assert.Equal(t, want, n)
	}
	tooOld := func(after time.Duration) {
		_, err := read(after)
		assert.Equal(t, codes.FailedPrecondition, spanner.ErrCode(err), "%v", err)
	}
	retain := func(period string) error {
		return emulator.ChangeSchema(server, name, "ALTER DATABASE kept SET OPTIONS (version_retention_period = '"+period+"')")
	}
	write(1)
	at(30 * time.Minute)
	write(2)
	require.NoError(t, emulator.Collect(server))
	sees(20*time.Minute, 1)
	at(90 * time.Minute)
	sees(31*time.Minute, 2)
	tooOld(29 * time.Minute)

	require.NoError(t, retain("2d"))
	write(3)
	tooOld(29 * time.Minute)
	at(47 * time.Hour)
	require.NoError(t, emulator.Collect(server))
	tooOld(29 * time.Minute)
	sees(31*time.Minute, 2)
	sees(2*time.Hour, 3)
	assert.Equal(t, codes.InvalidArgument, spanner.ErrCode(spanner.ToSpannerError(retain("59m"))))
	assert.Equal(t, codes.InvalidArgument, spanner.ErrCode(spanner.ToSpannerError(retain("8d"))))

	require.NoError(t, retain("7200s"))
	tooOld(44 * time.Hour)
	sees(46*time.Hour, 3)
	at(50 * time.Hour)
	write(4)
	require.NoError(t, emulator.Collect(server))
	sees(49*time.Hour, 3)
	at(50*time.Hour + 2*time.Second)
	sees(50*time.Hour+time.Second, 4)
}
