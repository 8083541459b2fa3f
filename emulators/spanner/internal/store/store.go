package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
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
	db    *pebble.DB
	now   func() time.Time
	write *pebble.WriteOptions

	clock clock
	log   commitLog
	turns turnstile

	mu      sync.Mutex
	txns    map[*Txn]struct{}
	closed  bool
	failure error // of the disk; nothing is committed any more

	commits chan *commitRequest
	trimAt  int          // size of the log at which it is trimmed; of the commit loop alone
	pause   sync.RWMutex // held while Restore replaces the contents
	stopped sync.WaitGroup
}

// Open opens the store, creating it where there is none.
func Open(o Options) (*Store, error) {
	s := &Store{now: o.Now, write: pebble.Sync, txns: map[*Txn]struct{}{}, trimAt: 4096, commits: make(chan *commitRequest, 1024)}
	if s.now == nil {
		s.now = time.Now
	}
	cache := pebble.NewCache(64 << 20)
	defer cache.Unref()
	po := &pebble.Options{
		Cache: cache, FS: o.FS, MemTableSize: 32 << 20, Logger: quiet{},
		FormatMajorVersion: pebble.FormatNewest,
	}
	if o.Dir == "" {
		po.FS, po.DisableWAL, s.write = vfs.NewMem(), true, pebble.NoSync
	}
	db, err := pebble.Open(o.Dir, po)
	if err != nil {
		return nil, fmt.Errorf("open store in %q: %w", o.Dir, err)
	}
	s.db = db
	last, err := s.lastCommit()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.clock.start(s.now, last)
	s.log.floor = last
	s.stopped.Add(1)
	go s.commitLoop()
	return s, nil
}

func (s *Store) lastCommit() (Timestamp, error) {
	data, ok, err := s.rawGet(clockKey)
	if err != nil || !ok {
		return 0, err
	}
	if len(data) != 8 {
		return 0, fmt.Errorf("stored clock has %d bytes", len(data))
	}
	return Timestamp(binary.BigEndian.Uint64(data)), nil
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
	s.pause.Lock() // every sender holds it for reading
	close(s.commits)
	s.pause.Unlock()
	s.stopped.Wait()
	return s.db.Close()
}

// Meta returns an unversioned value.
func (s *Store) Meta(key string) ([]byte, bool, error) { return s.rawGet(metaKey(key)) }

// SetMeta durably stores an unversioned value; nil removes it.
func (s *Store) SetMeta(key string, value []byte) error {
	if value == nil {
		return s.db.Delete(metaKey(key), s.write)
	}
	return s.db.Set(metaKey(key), value, s.write)
}

// EachMeta calls f with every unversioned value whose key begins with prefix.
func (s *Store) EachMeta(prefix string, f func(key string, value []byte) error) error {
	lower := metaKey(prefix)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: PrefixEnd(lower)})
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
	return s.db.DeleteRange(lower, PrefixEnd(lower), s.write)
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

func (s *Store) rawGet(key []byte) ([]byte, bool, error) {
	data, closer, err := s.db.Get(key)
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
