package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEachWriteFails fails each write to the disk in turn, once or from then
// on, from when a store is opened until it is closed: every call returns, and
// what was acknowledged is there afterwards, what was refused is not.
func TestEachWriteFails(t *testing.T) {
	for name, tc := range map[string]struct {
		lasting   bool
		bigBytes  int
		step, min int64
	}{
		"once":                         {step: 1, min: 30},
		"from then on":                 {lasting: true, step: 1, min: 30},
		"with a new log":               {bigBytes: 17 << 20, step: 10, min: 40}, // the value goes past the half of a memtable
		"with a new log, from then on": {lasting: true, bigBytes: 17 << 20, step: 10, min: 40},
	} {
		t.Run(name, func(t *testing.T) {
			n, worked := int64(0), false
			for ; !worked; n += tc.step {
				worked = failWrite(t, n, tc.lasting, tc.bigBytes)
			}
			assert.Greater(t, n, tc.min, "writes")
		})
	}
}

// failWrite says whether there was nothing left to fail.
func failWrite(t *testing.T, n int64, lasting bool, bigBytes int) (worked bool) {
	disk := newBreakable()
	s := disk.open(t)
	put(t, s, "old", "1")
	require.NoError(t, s.Close())
	writes := &failAt{n: n, lasting: lasting}
	disk.failing(writes.fail)
	ended := mustEnd(fmt.Sprintf("a call after write %d failed", n))
	w := brokenWork{disk: disk, big: bytes.Repeat([]byte("0123456789abcdef"), bigBytes/16), told: map[string]error{"old": nil}}
	w.run(t)
	ended()
	disk.mended()
	s = disk.open(t)
	w.verify(t, s, n)
	require.NoError(t, s.Close())
	return writes.count <= n
}

// failAt fails one write, or all from it on. Writes of the same kind to the
// same file one after the other count as one: a large value makes hundreds.
type failAt struct {
	n       int64
	lasting bool

	mu     sync.Mutex
	last   string
	count  int64
	failed bool
}

func (f *failAt) fail(op errorfs.Op) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if kind := fmt.Sprint(op.Kind, op.Path); kind != f.last {
		f.last = kind
		f.count++
	}
	if f.count <= f.n || f.failed && !f.lasting {
		return false
	}
	f.failed = true
	return true
}

// mustEnd ends the process, and tells where all goroutines are, unless what it
// returns is called within a minute.
func mustEnd(what string) (ended func() bool) {
	debug.SetTraceback("all")
	return time.AfterFunc(time.Minute, func() { panic(what + " hangs") }).Stop
}

// brokenWork calls what there is of a store whose disk fails at some time.
type brokenWork struct {
	disk *breakable
	big  []byte
	told map[string]error // by key, what its commit answered
}

func (w *brokenWork) run(t *testing.T) {
	s, err := Open(Options{Dir: "/a/b", FS: errorfs.Wrap(w.disk.MemFS, w.disk)})
	if err != nil {
		return
	}
	w.put(s, "a", nil)
	w.answers(t, s.SetMeta("m", []byte("1")))
	w.put(s, "big", w.big)
	w.put(s, "b", nil)
	w.answers(t, s.Collect(nil, s.Latest()))
	w.answers(t, s.Erase([]byte("nothing")))
	w.answers(t, s.Dump(io.Discard))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.answers(t, s.Wait(ctx, Timestamp(time.Now().UnixMicro())))
	_, _, _, err = s.Outcome([]byte("id"))
	w.answers(t, err)
	assert.Contains(t, collect(t, s.At(s.Latest()).Scan([]byte("old"), nil, false)), "old=1", "reads go on")
	w.put(s, "c", nil)
	w.answers(t, s.Close())
}

func (w *brokenWork) put(s *Store, key string, value []byte) {
	txn, err := s.Begin(context.Background(), nil)
	if err == nil {
		defer txn.Rollback()
		err = txn.Put([]byte(key), value)
	}
	if err == nil {
		_, err = txn.Commit()
	}
	w.told[key] = err
}

func (w *brokenWork) answers(t *testing.T, err error) {
	if err != nil && !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrInDoubt) {
		t.Errorf("it answers %v", err)
	}
}

func (w *brokenWork) verify(t *testing.T, s *Store, n int64) {
	var found []string
	it := s.At(s.Latest()).Scan(nil, nil, false)
	for it.Next() {
		found = append(found, string(it.Key()))
	}
	require.NoError(t, errors.Join(it.Err(), it.Close()))
	for key, err := range w.told {
		if there := slices.Contains(found, key); !errors.Is(err, ErrInDoubt) {
			require.Equal(t, err == nil, there, "write %d failed, the commit of %s answered %v", n, key, err)
		}
	}
}
