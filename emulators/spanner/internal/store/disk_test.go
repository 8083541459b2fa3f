package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// breakable is a disk in memory of which writes can be made to fail.
type breakable struct {
	*vfs.MemFS
	fails atomic.Pointer[func(errorfs.Op) bool]
}

func newBreakable() *breakable { return &breakable{MemFS: vfs.NewCrashableMem()} }

// String implements errorfs.Injector.
func (b *breakable) String() string { return "breakable" }

// MaybeError implements errorfs.Injector.
func (b *breakable) MaybeError(op errorfs.Op) error {
	if f := b.fails.Load(); f != nil && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && (*f)(op) {
		return syscall.ENOSPC
	}
	return nil
}

func (b *breakable) failing(f func(errorfs.Op) bool) { b.fails.Store(&f) }
func (b *breakable) mended()                         { b.fails.Store(nil) }

func (b *breakable) open(t *testing.T) *Store {
	s, err := Open(Options{Dir: "/a/b", FS: errorfs.Wrap(b.MemFS, b)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func anyWrite(errorfs.Op) bool { return true }

func available(t *testing.T, s *Store) {
	require.Eventually(t, func() bool { return s.Available() == nil }, 10*time.Second, time.Millisecond)
}

func TestFullDisk(t *testing.T) {
	disk := newBreakable()
	s := disk.open(t)
	put(t, s, "a", "1")
	require.NoError(t, s.SetMeta("m", []byte("1")))
	disk.failing(anyWrite)
	txn := begin(t, s)
	require.NoError(t, txn.Put([]byte("a"), []byte("2")))
	_, err := txn.Commit()
	require.ErrorIs(t, err, ErrInDoubt)
	require.ErrorIs(t, err, syscall.ENOSPC)
	assert.Equal(t, []string{"a=1"}, collect(t, s.At(s.Latest()).Scan(nil, nil, false)), "reads go on")
	require.ErrorIs(t, s.Wait(context.Background(), Timestamp(time.Now().UnixMicro())), ErrUnavailable, "what is in doubt cannot be read")

	later := begin(t, s)
	require.NoError(t, later.Put([]byte("b"), []byte("1")))
	_, err = later.Commit()
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorIs(t, s.SetMeta("m", []byte("2")), ErrUnavailable)
	require.ErrorIs(t, s.Clear(), ErrUnavailable)
	require.ErrorIs(t, s.Collect(nil, s.Latest()), ErrUnavailable)
	disk.mended()
	available(t, s)
	_, err = later.Commit()
	require.NoError(t, err, "what was refused can be committed when there is space")
	value, _, err := s.Meta("m")
	require.NoError(t, err)
	assert.Equal(t, "1", string(value))
	require.NoError(t, s.Close())
	assert.Len(t, collect(t, latest(disk.open(t)).Scan(nil, nil, false)), 2)
}

// TestOutcomeIsFoundOut fails the sync of a commit that is written, and of one that is not.
func TestOutcomeIsFoundOut(t *testing.T) {
	for name, tc := range map[string]struct {
		fails errorfs.OpKind
		found bool
	}{"not written": {errorfs.OpFileWrite, false}, "not synced": {errorfs.OpFileSyncData, true}} {
		t.Run(name, func(t *testing.T) {
			disk := newBreakable()
			s := disk.open(t)
			put(t, s, "a", "1")
			disk.failing(func(op errorfs.Op) bool { return op.Kind == tc.fails && strings.HasSuffix(op.Path, ".log") })
			txn := begin(t, s)
			require.NoError(t, txn.Put([]byte("a"), []byte("2")))
			txn.Remember([]byte("id"), 7)
			_, err := txn.Commit()
			require.ErrorIs(t, err, ErrInDoubt)
			disk.mended()
			available(t, s)
			ts, note, found, err := s.Outcome([]byte("id"))
			require.NoError(t, err)
			require.Equal(t, tc.found, found)
			want := "1"
			if found {
				want = "2"
				assert.Equal(t, int64(7), note)
				assert.LessOrEqual(t, ts, s.Latest())
			}
			value, _, err := s.At(s.Latest()).Get([]byte("a"))
			require.NoError(t, err)
			assert.Equal(t, want, string(value))
			require.NoError(t, s.ForgetOutcomes(nil, []byte("j")))
			_, _, found, err = s.Outcome([]byte("id"))
			require.NoError(t, err)
			assert.False(t, found)
		})
	}
}

// TestSetMetaThatFailedDidNotHappen fails its sync, after it was written.
func TestSetMetaThatFailedDidNotHappen(t *testing.T) {
	disk := newBreakable()
	s := disk.open(t)
	require.NoError(t, s.SetMeta("m", []byte("1")))
	disk.failing(func(op errorfs.Op) bool {
		return op.Kind == errorfs.OpFileSyncData && strings.HasSuffix(op.Path, ".log")
	})
	require.ErrorIs(t, s.SetMeta("m", []byte("2")), ErrUnavailable)
	disk.mended()
	available(t, s)
	value, _, err := s.Meta("m")
	require.NoError(t, err)
	assert.Equal(t, "1", string(value))
}

// TestLostPower writes pairs of keys from many sides, fails writes now and
// then, and each time goes on with what a loss of power leaves of the disk.
func TestLostPower(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	disk := newBreakable()
	acknowledged := map[string]bool{}
	for round := range 20 {
		s := disk.open(t)
		var mu sync.Mutex
		var wg sync.WaitGroup
		var stop atomic.Bool
		for worker := range 4 {
			wg.Go(func() {
				for i := 0; !stop.Load(); i++ {
					id := fmt.Sprintf("%02d-%d-%06d", round, worker, i)
					err := putPair(s, id)
					if errors.Is(err, ErrUnavailable) {
						time.Sleep(time.Millisecond) // it may take a while
					}
					mu.Lock()
					acknowledged[id] = err == nil && !stop.Load()
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(rng.IntN(20)) * time.Millisecond) // the moment is any
		if rng.IntN(2) == 0 {
			disk.failing(func(errorfs.Op) bool { return rand.IntN(20) == 0 })
			time.Sleep(time.Duration(rng.IntN(80)) * time.Millisecond)
		}
		mu.Lock() // from here on nothing is acknowledged
		stop.Store(true)
		left := &breakable{MemFS: disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})}
		mu.Unlock()
		wg.Wait()
		_ = s.Close() // the disk may be broken
		disk = left
		s = disk.open(t)
		verifyPairs(t, s, acknowledged)
		require.NoError(t, s.Close())
	}
	t.Logf("%d commits", len(acknowledged))
}

func putPair(s *Store, id string) error {
	txn, err := s.Begin(context.Background(), nil)
	if err != nil {
		return err
	}
	defer txn.Rollback()
	for _, half := range []string{"x" + id, "y" + id} {
		if err := txn.Put([]byte(half), []byte("1")); err != nil {
			return err
		}
	}
	_, err = txn.Commit()
	return err
}

func verifyPairs(t *testing.T, s *Store, acknowledged map[string]bool) {
	halves := map[string]int{}
	for _, entry := range collect(t, s.At(s.Latest()).Scan(nil, nil, false)) {
		halves[entry[1:len(entry)-len("=1")]]++
	}
	for id, yes := range acknowledged {
		if n := halves[id]; n == 1 || yes && n != 2 {
			t.Fatalf("%s is there with %d halves; acknowledged: %t", id, n, yes)
		}
	}
}

// TestCollectDoesNotBringBackDeletedRows loses power during a collection of
// the versions of many deleted keys, which takes more than one batch.
func TestCollectDoesNotBringBackDeletedRows(t *testing.T) {
	disk := newBreakable()
	s := disk.open(t)
	for _, value := range []string{"1", "2", ""} {
		for part := range 5 {
			txn := begin(t, s)
			for i := range 4000 {
				key := fmt.Appendf(nil, "%s-%d-%d", strings.Repeat("k", 100), part, i)
				if value == "" {
					require.NoError(t, txn.Delete(key))
				} else {
					require.NoError(t, txn.Put(key, []byte(value)))
				}
			}
			_, err := txn.Commit()
			require.NoError(t, err)
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); assert.NoError(t, s.Collect(nil, s.Latest())) }()
	rng := rand.New(rand.NewPCG(1, 1))
	for collecting := true; collecting; {
		select {
		case <-done:
			collecting = false
		default:
		}
		assert.Empty(t, collect(t, s.At(s.Latest()).Scan(nil, nil, false)))
		left := &breakable{MemFS: disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rng})}
		after := left.open(t)
		require.Empty(t, collect(t, after.At(after.Latest()).Scan(nil, nil, false)))
		require.NoError(t, after.Close())
	}
}

func latest(s *Store) Snapshot { return s.At(s.Latest()) }
