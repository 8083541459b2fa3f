package spanner_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

// BenchmarkRestart starts an emulator with what another had on disk, with
// 300,000 rows, when it ended without closing.
func BenchmarkRestart(b *testing.B) {
	ctx := context.Background()
	const name = "projects/p/instances/main/databases/restart"
	dir := b.TempDir()
	server, err := emulator.Start(ctx, emulator.Options{DataDir: filepath.Join(dir, "live")})
	require.NoError(b, err)
	require.NoError(b, server.CreateDatabase(ctx, name, peopleDDL))
	addPeople(b, connect(b, server.Addr(), name), 0, 300_000)
	left := filepath.Join(dir, "left")
	require.NoError(b, os.CopyFS(left, os.DirFS(filepath.Join(dir, "live"))))
	require.NoError(b, server.Close())
	for b.Loop() {
		b.StopTimer()
		again := b.TempDir()
		require.NoError(b, os.CopyFS(again, os.DirFS(left)))
		b.StartTimer()
		server, err := emulator.Start(ctx, emulator.Options{DataDir: again})
		require.NoError(b, err)
		client := connect(b, server.Addr(), name)
		_, err = client.Single().ReadRow(ctx, "People", spanner.Key{299_999}, []string{"Name"})
		require.NoError(b, err)
		b.StopTimer()
		client.Close()
		require.NoError(b, server.Close())
		b.StartTimer()
	}
}
