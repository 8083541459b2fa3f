package spanner_test

import (
	"context"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

// connect returns a client of a database on an emulator of its own.
func connect(t testing.TB, addr, database string) *spanner.Client {
	client, err := spanner.NewClientWithConfig(context.Background(), database,
		spanner.ClientConfig{DisableNativeMetrics: true},
		option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func TestSnapshotRestoreReset(t *testing.T) {
	t.Setenv("SPANNER_EMULATOR_HOST", "")
	ctx := context.Background()
	server, err := emulator.Start(ctx, emulator.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	name := "projects/p/instances/main/databases/saved"
	require.NoError(t, server.CreateDatabase(ctx, name, counterDDL))
	client := connect(t, server.Addr(), name)
	columns := []string{"Id", "N"}
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Counters", columns, []any{1, 1})})
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, server.Snapshot(dir))
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Update("Counters", columns, []any{1, 2})})
	require.NoError(t, err)
	require.NoError(t, server.Restore(dir))
	assert.Equal(t, [][]any{{"1", "1"}}, readAll(t, client.Single().Read(ctx, "Counters", spanner.AllKeys(), columns)))
	require.NoError(t, increment(ctx, client, 1), "the client goes on")
	require.NoError(t, server.Reset())
	require.Error(t, increment(ctx, client, 1))
	require.Error(t, server.Restore(t.TempDir()))
	require.NoError(t, server.Restore(dir))
	assert.Equal(t, int64(1), sumCounters(t, client))
	assert.Zero(t, server.OpenTransactions())
}
