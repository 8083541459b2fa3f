package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Timestamp is a commit or read time in microseconds since 1970.
type Timestamp int64

// Time converts the timestamp.
func (t Timestamp) Time() time.Time { return time.UnixMicro(int64(t)).UTC() }

// Errors of transactions and reads.
var (
	// ErrAborted means that the transaction lost a conflict or lapsed, and has to be tried again.
	ErrAborted = errors.New("transaction was aborted")
	// ErrFinished means that the transaction was committed or rolled back before.
	ErrFinished = errors.New("transaction has ended")
	// ErrClosed means that the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrUnavailable means that the disk cannot be written at present, and nothing was.
	ErrUnavailable = errors.New("storage cannot be written")
	// ErrInDoubt means that the disk failed during a commit. Outcome tells of it later.
	ErrInDoubt = errors.New("storage failed during the commit")
)

// The first byte of a key in Pebble.
const (
	dataSpace = 'd' // versioned keys
	metaSpace = 'm' // unversioned
)

var clockKey = []byte{metaSpace, 0, 'c', 'l', 'o', 'c', 'k'} // latest commit timestamp

// Options configure a store.
type Options struct {
	Dir string           // "" keeps everything in memory
	FS  vfs.FS           // for Dir; nil is the operating system's
	Now func() time.Time // nil is time.Now
}

// Store is an open store. Its methods may be called at once.
type Store struct {
	dir     string
	fs      vfs.FS
	now     func() time.Time
	write   *pebble.WriteOptions
	cache   *pebble.Cache
	lock    io.Closer // of the directory
	current atomic.Pointer[instance]

	clock clock
	log   commitLog
	turns turnstile

	mu     sync.Mutex
	txns   map[*Txn]struct{}
	closed bool

	commits chan *commitRequest
	trimAt  int           // size of the log at which it is trimmed; of the commit loop alone
	pause   sync.RWMutex  // held while Restore replaces the contents
	closing chan struct{} // closed by Close
	stopped sync.WaitGroup

	settling sync.Mutex        // held from the choice of a timestamp until it is settled
	undone   map[string][]byte // unversioned values as they were before changes in doubt; under settling
}

// Open opens the store, creating it where there is none.
func Open(o Options) (*Store, error) {
	s := &Store{
		dir: o.Dir, fs: o.FS, now: o.Now, write: pebble.Sync, cache: pebble.NewCache(64 << 20), txns: map[*Txn]struct{}{},
		trimAt: 4096, commits: make(chan *commitRequest, 1024), closing: make(chan struct{}), undone: map[string][]byte{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.openDir(); err != nil {
		s.cache.Unref()
		return nil, fmt.Errorf("open store in %q: %w", o.Dir, err)
	}
	s.stopped.Add(2)
	go s.commitLoop()
	go s.mend()
	return s, nil
}

// openDir opens what is in the directory.
func (s *Store) openDir() error {
	if s.dir == "" {
		s.fs, s.write = vfs.NewMem(), pebble.NoSync
	} else if s.fs == nil {
		s.fs = vfs.Default
	}
	i, last, err := s.openInstance()
	if err != nil {
		return errors.Join(err, s.unlockDir())
	}
	s.current.Store(i)
	s.clock.start(s.now, last)
	s.log.floor = last
	return nil
}

// Close waits for commits under way and closes the store.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.closing)
	s.pause.Lock() // every sender holds it for reading
	close(s.commits)
	s.pause.Unlock()
	s.stopped.Wait()
	defer s.cache.Unref()
	return errors.Join(s.current.Load().close(), s.unlockDir())
}

// Meta returns an unversioned value.
func (s *Store) Meta(key string) ([]byte, bool, error) { return s.rawGet(metaKey(key)) }

// SetMeta durably stores an unversioned value; nil removes it. If it fails,
// the value is what it was, unless the process ends before the disk recovers.
func (s *Store) SetMeta(key string, value []byte) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	before, _, err := s.Meta(key)
	if err != nil {
		return err
	}
	err = s.change(s.write, func(b *pebble.Batch) {
		setOrDelete(b, metaKey(key), value)
		setClock(b, s.clock.latest()) // what the value says of times must not be of the future after a restart
	})
	if errors.Is(err, ErrInDoubt) {
		s.undone[key] = before
		return ErrUnavailable
	}
	return err
}

func setClock(b *pebble.Batch, ts Timestamp) {
	_ = b.Set(clockKey, binary.BigEndian.AppendUint64(nil, uint64(ts)), nil) // fails only on a closed batch
}

func setOrDelete(b *pebble.Batch, key, value []byte) {
	if value == nil {
		_ = b.Delete(key, nil) // fails only on a closed batch
		return
	}
	_ = b.Set(key, value, nil)
}

// EachMeta calls f with every unversioned value whose key begins with prefix.
func (s *Store) EachMeta(prefix string, f func(key string, value []byte) error) error {
	lower := metaKey(prefix)
	it, err := s.db().NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: PrefixEnd(lower)})
	if err != nil {
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		if err := f(string(it.Key()[2:]), append([]byte(nil), it.Value()...)); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return it.Close()
}

// Erase removes all versions of the keys that begin with prefix, for good.
func (s *Store) Erase(prefix []byte) error {
	lower := append([]byte{dataSpace}, prefix...)
	return s.change(s.write, func(b *pebble.Batch) { _ = b.DeleteRange(lower, PrefixEnd(lower), nil) })
}

// LapseIdle aborts the transactions not used for longer than idle.
func (s *Store) LapseIdle(idle time.Duration) {
	s.mu.Lock()
	all := make([]*Txn, 0, len(s.txns))
	for t := range s.txns {
		all = append(all, t)
	}
	s.mu.Unlock()
	before := s.now().Add(-idle)
	for _, t := range all {
		t.lapse(before)
	}
}

// OpenTransactions counts the transactions neither committed nor rolled back.
func (s *Store) OpenTransactions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.txns)
}

func (s *Store) rawGet(key []byte) ([]byte, bool, error) { return get(s.db(), key) }

func get(db *pebble.DB, key []byte) ([]byte, bool, error) {
	data, closer, err := db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	data = append([]byte(nil), data...)
	return data, true, closer.Close()
}

func metaKey(key string) []byte { return append([]byte{metaSpace, 1}, key...) }

// PrefixEnd returns the first key after all that begin with prefix, or nil
// if there is none.
func PrefixEnd(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}

// quiet drops what Pebble logs about its daily work; errors reach us as values.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic("spanner store: " + fmt.Sprintf(format, args...))
}
