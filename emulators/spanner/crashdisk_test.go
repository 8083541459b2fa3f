package spanner_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

var powerFailures = flag.Int("power-failures", 6, "how `often` TestLostPowerAndBrokenDisks stops the disk; -kill-seed has the seed")

// disk is a file system in memory that loses what was not synced when the
// power fails, and that fails writes at will.
type disk struct {
	fs      *vfs.MemFS
	percent atomic.Int64 // of the writes to fail
	failed  atomic.Int64
}

// String implements errorfs.Injector.
func (d *disk) String() string { return "disk" }

// MaybeError implements errorfs.Injector.
func (d *disk) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead || rand.Int64N(100) >= d.percent.Load() {
		return nil
	}
	d.failed.Add(1)
	return syscall.ENOSPC
}

// diskEmulator is an emulator on such a disk, which clients find at one address.
type diskEmulator struct {
	disk   *disk
	server *emulator.Server
	wire   *droppableProxy
	idle   time.Duration // after which transactions lapse; 0 is the default
}

func newDiskEmulator(t *testing.T, idle time.Duration) *diskEmulator {
	e := &diskEmulator{disk: &disk{fs: vfs.NewCrashableMem()}, idle: idle}
	e.server = e.start(t)
	require.NoError(t, e.server.CreateDatabase(context.Background(), crashDatabase, crashDDL...))
	e.wire = newDroppableProxy(t, e.server.Addr())
	t.Cleanup(func() { e.close(t) })
	return e
}

// close closes the emulator. It may say that the disk has failed if it did.
func (e *diskEmulator) close(t *testing.T) {
	err := e.server.Close()
	if !errors.Is(err, store.ErrUnavailable) || e.disk.failed.Load() == 0 {
		assert.NoError(t, err)
	}
}

func (e *diskEmulator) start(t *testing.T) *emulator.Server {
	server, err := emulator.StartOn(context.Background(), emulator.Options{DataDir: "/var/lib/spanner", IdleTimeout: e.idle}, errorfs.Wrap(e.disk.fs, e.disk))
	require.NoError(t, err)
	return server
}

// losePower keeps of the disk what was synced, and some of the rest, and
// starts anew with that, without its clients. It counts the writes that failed.
func (e *diskEmulator) losePower(t *testing.T, rng *rand.Rand) int64 {
	e.wire.pointTo("")                                        // nobody is told of what comes after
	time.Sleep(time.Duration(rng.IntN(4)) * time.Millisecond) // some of which shall be on disk
	left := &disk{fs: e.disk.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})}
	e.close(t)
	failed := e.disk.failed.Load()
	e.disk = left
	e.server = e.start(t)
	return failed
}

// TestLostPowerAndBrokenDisks does what TestKilledEmulatorKeepsItsWord does
// to a disk that loses power, or fails some or all writes for a while.
func TestLostPowerAndBrokenDisks(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-kill-seed=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	e := newDiskEmulator(t, 0)
	load := newCrashLoad(t, e.wire.listener.Addr().String())
	ctx, cancel := context.WithCancel(context.Background())
	running := make(chan struct{})
	go func() { defer close(running); load.run(ctx, seed, 6) }()
	defer func() { cancel(); <-running }()
	var broken int64
	for n := range *powerFailures {
		stop, kill := load.changeSchema(ctx, rng)
		time.Sleep(time.Duration(rng.IntN(150)) * time.Millisecond) // the moment is any
		if rng.IntN(2) == 0 {
			e.disk.percent.Store([]int64{1, 10, 100}[rng.IntN(3)])
			time.Sleep(time.Duration(rng.IntN(150)) * time.Millisecond)
		}
		if rng.IntN(2) == 0 {
			broken += e.losePower(t, rng)
			kill()
			e.wire.pointTo(e.server.Addr())
		}
		e.disk.percent.Store(0)
		stop()
		require.NoError(t, load.verify(ctx), "after failure %d, -kill-seed=%d", n+1, seed)
		if (n+1)%50 == 0 {
			fmt.Printf("%d failures: %s\n", n+1, load.report())
		}
	}
	fmt.Printf("%d failures, %d writes failed, seed %d: %s\n", *powerFailures, broken+e.disk.failed.Load(), seed, load.report())
}

// TestFullDisk asks for what clients see of a disk that is full for a while.
func TestFullDisk(t *testing.T) {
	e := newDiskEmulator(t, 0)
	client := connect(t, e.wire.listener.Addr().String(), crashDatabase)
	columns := []string{"Id", "Balance"}
	_, err := client.Apply(context.Background(), []*spanner.Mutation{spanner.Insert("Accounts", columns, []any{1, 10})})
	require.NoError(t, err)
	e.disk.percent.Store(100)
	limited, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err = client.Apply(limited, []*spanner.Mutation{spanner.Update("Accounts", columns, []any{1, 11})})
	require.Contains(t, []codes.Code{codes.DeadlineExceeded, codes.Unavailable}, spanner.ErrCode(err), "nobody knows: %v", err)
	assert.Equal(t, [][]any{{"1", "10"}}, readAll(t, client.Single().Read(context.Background(), "Accounts", spanner.AllKeys(), columns)), "reads go on")
	err = e.server.CreateDatabase(context.Background(), crashDatabase+"2")
	require.ErrorContains(t, err, "no space left on device")

	waiting := make(chan error, 1)
	go func() { waiting <- addToBalance(context.Background(), client, 5) }()
	e.disk.percent.Store(0)
	require.NoError(t, <-waiting, "a client that goes on asking is served when there is space")
	assert.Equal(t, [][]any{{"1", "15"}}, readAll(t, client.Single().Read(context.Background(), "Accounts", spanner.AllKeys(), columns)))
	require.NoError(t, e.server.CreateDatabase(context.Background(), crashDatabase+"2"))
	require.NoError(t, e.server.Close())
}

func addToBalance(ctx context.Context, client *spanner.Client, n int64) error {
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		count, err := tx.Update(ctx, spanner.Statement{SQL: "UPDATE Accounts SET Balance = Balance + @n WHERE Id = 1", Params: map[string]any{"n": n}})
		if err == nil && count != 1 {
			err = errors.New("the account is not there")
		}
		return err
	})
	return err
}
