package spanner_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

const killedDatabase = "projects/p/instances/main/databases/killed"

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

// TestEmulatorProcess is not a test of its own: it is the process that others kill.
func TestEmulatorProcess(t *testing.T) {
	dir := os.Getenv("EMULATOR_PROCESS_DIR")
	if dir == "" {
		t.Skip("runs only as the process that TestAcknowledgedCommitsSurviveKill starts")
	}
	server, err := emulator.Start(context.Background(), emulator.Options{DataDir: dir})
	require.NoError(t, err)
	fmt.Printf("address %s\n", server.Addr())
	select {} // until killed
}

func startProcess(t *testing.T, dir string) (addr string, kill func()) {
	cmd := exec.Command(os.Args[0], "-test.run", "^TestEmulatorProcess$")
	cmd.Env = append(os.Environ(), "EMULATOR_PROCESS_DIR="+dir, "SPANNER_EMULATOR_HOST=")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	var once sync.Once
	kill = func() {
		once.Do(func() {
			_ = cmd.Process.Kill() // SIGKILL
			_ = cmd.Wait()
		})
	}
	t.Cleanup(kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if after, ok := strings.CutPrefix(lines.Text(), "address "); ok {
			return after, kill
		}
	}
	t.Fatal("the emulator process did not start")
	return "", nil
}

// TestAcknowledgedCommitsSurviveKill kills the emulator under load and looks
// for every commit it had acknowledged, whole, and for halves of others.
func TestAcknowledgedCommitsSurviveKill(t *testing.T) {
	t.Setenv("SPANNER_EMULATOR_HOST", "")
	dir := t.TempDir()
	server, err := emulator.Start(context.Background(), emulator.Options{DataDir: dir})
	require.NoError(t, err)
	require.NoError(t, server.CreateDatabase(context.Background(), killedDatabase,
		`CREATE TABLE Pairs (Id STRING(36) NOT NULL, Half INT64 NOT NULL, Stamp TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp=true)) PRIMARY KEY (Id, Half)`))
	require.NoError(t, server.Close())

	acknowledged := map[string]time.Time{}
	var mu sync.Mutex
	for round := range 3 {
		addr, kill := startProcess(t, dir)
		client := connect(t, addr, killedDatabase)
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					id := fmt.Sprintf("%d-%d-%d", round, worker, i)
					at, err := client.Apply(ctx, pair(id))
					if err != nil {
						return
					}
					mu.Lock()
					acknowledged[id] = at
					mu.Unlock()
				}
			})
		}
		before := len(acknowledged)
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(acknowledged) >= before+100
		}, 20*time.Second, time.Millisecond)
		kill()
		cancel()
		wg.Wait()
	}

	addr, _ := startProcess(t, dir)
	halves := map[string]int{}
	var last time.Time
	client := connect(t, addr, killedDatabase)
	it := client.Single().Read(context.Background(), "Pairs", spanner.AllKeys(), []string{"Id", "Stamp"})
	require.NoError(t, it.Do(func(row *spanner.Row) error {
		var id string
		var stamp time.Time
		if err := row.Columns(&id, &stamp); err != nil {
			return err
		}
		halves[id]++
		if at, ok := acknowledged[id]; ok {
			assert.Equal(t, at.UTC(), stamp.UTC())
		}
		if stamp.After(last) {
			last = stamp
		}
		return nil
	}))
	for id := range acknowledged {
		assert.Equal(t, 2, halves[id], "acknowledged %s", id)
	}
	for id, n := range halves {
		assert.Equal(t, 2, n, "not acknowledged %s", id)
	}
	at, err := client.Apply(context.Background(), pair("after"))
	require.NoError(t, err)
	assert.True(t, at.After(last))
}

func pair(id string) []*spanner.Mutation {
	columns := []string{"Id", "Half", "Stamp"}
	return []*spanner.Mutation{
		spanner.Insert("Pairs", columns, []any{id, 1, spanner.CommitTimestamp}),
		spanner.Insert("Pairs", columns, []any{id, 2, spanner.CommitTimestamp}),
	}
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
