package spanner_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

func TestRowsGoWhenTheirDeletionPolicySays(t *testing.T) {
	ctx := context.Background()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	server, err := emulator.Start(ctx, emulator.Options{Now: func() time.Time { return start.Add(time.Duration(passed.Load())) }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	t.Setenv("SPANNER_EMULATOR_HOST", server.Addr())
	const name = "projects/p/instances/main/databases/expire"
	require.NoError(t, server.CreateDatabase(ctx, name,
		"CREATE TABLE Notes (Id INT64 NOT NULL, Made TIMESTAMP) PRIMARY KEY (Id), ROW DELETION POLICY (OLDER_THAN(Made, INTERVAL 30 DAY))",
		"CREATE INDEX NotesByMade ON Notes(Made)",
		"CREATE TABLE Plain (Id INT64 NOT NULL, Made TIMESTAMP NOT NULL) PRIMARY KEY (Id), ROW DELETION POLICY (OLDER_THAN(Made, INTERVAL 0 DAY))",
		"CREATE TABLE Lines (Id INT64 NOT NULL, Line INT64 NOT NULL) PRIMARY KEY (Id, Line), INTERLEAVE IN PARENT Notes ON DELETE CASCADE"))
	client, err := spanner.NewClientWithConfig(ctx, name, spanner.ClientConfig{DisableNativeMetrics: true})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	var all []*spanner.Mutation
	for id := range 1200 { // several batches
		all = append(all, spanner.Insert("Notes", []string{"Id", "Made"}, []any{id, start}), spanner.Insert("Lines", []string{"Id", "Line"}, []any{id, 1}))
	}
	all = append(all, spanner.Insert("Notes", []string{"Id", "Made"}, []any{5000, start.Add(time.Hour)}), spanner.Insert("Notes", []string{"Id"}, []any{5001}))
	all = append(all, spanner.Insert("Plain", []string{"Id", "Made"}, []any{1, start.Add(40 * 24 * time.Hour)}))
	_, err = client.Apply(ctx, all)
	require.NoError(t, err)

	expire := func(after time.Duration) int {
		passed.Store(int64(after))
		n, err := server.Expire(ctx)
		require.NoError(t, err)
		return n
	}
	assert.Zero(t, expire(30*24*time.Hour), "not older yet")
	assert.Equal(t, 1200, expire(30*24*time.Hour+time.Second))
	assert.Zero(t, expire(30*24*time.Hour+time.Second))
	ids := [][]any{{"5000"}, {"5001"}}
	assert.Equal(t, ids, readAll(t, client.Single().Read(ctx, "Notes", spanner.AllKeys(), []string{"Id"})))
	assert.Len(t, readAll(t, client.Single().ReadUsingIndex(ctx, "Notes", "NotesByMade", spanner.AllKeys(), []string{"Id"})), 2)
	assert.Equal(t, 2, expire(41*24*time.Hour), "by an index and by the table itself; NULL is never old")
	assert.Empty(t, readAll(t, client.Single().Read(ctx, "Lines", spanner.AllKeys(), []string{"Id"})))
}
