package journal

import (
	"errors"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Memory budget of one store. Emulators hold their state themselves, so small is enough.
const (
	cacheBytes    = 4 << 20
	memTableBytes = 8 << 20
)

// Change is one key to be set or removed.
type Change struct {
	Key    string
	Value  []byte
	Remove bool
}

// Put sets key to value.
func Put(key string, value []byte) Change { return Change{Key: key, Value: value} }

// Remove deletes key; a missing key is no error.
func Remove(key string) Change { return Change{Key: key, Remove: true} }

// Store is an ordered, durable map. It is safe for concurrent use.
type Store struct {
	db *pebble.DB

	mu     sync.RWMutex // held for reading while the database is used
	closed bool
}

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("journal is closed")

// Open opens the store in dir, creating it if need be; an empty dir keeps it in memory.
func Open(dir string) (*Store, error) {
	if dir == "" {
		return openOn(vfs.NewMem(), "memory")
	}
	return openOn(vfs.Default, dir)
}

func openOn(fs vfs.FS, dir string) (*Store, error) {
	cache := pebble.NewCache(cacheBytes)
	defer cache.Unref()
	db, err := pebble.Open(dir, &pebble.Options{
		FS:                 fs,
		Cache:              cache,
		MemTableSize:       memTableBytes,
		FormatMajorVersion: pebble.FormatNewest,
		Logger:             quietLogger{},
	})
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", dir, err)
	}
	return &Store{db: db}, nil
}

// Close flushes and closes the store, once whoever uses it has finished.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	flushErr := s.db.LogData(nil, pebble.Sync)
	return errors.Join(flushErr, s.db.Close())
}

// Write applies all changes or none, and returns when they are durable.
func (s *Store) Write(changes ...Change) error { return s.apply(pebble.Sync, changes) }

// WriteLazily applies all changes or none without waiting for the disk. They become
// durable in order, at the latest with the next Write.
func (s *Store) WriteLazily(changes ...Change) error { return s.apply(pebble.NoSync, changes) }

func (s *Store) apply(how *pebble.WriteOptions, changes []Change) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	batch := s.db.NewBatch()
	defer batch.Close()
	for _, change := range changes {
		if err := addChange(batch, change); err != nil {
			return fmt.Errorf("journal %q: %w", change.Key, err)
		}
	}
	if err := batch.Commit(how); err != nil {
		return fmt.Errorf("commit to journal: %w", err)
	}
	return nil
}

func addChange(batch *pebble.Batch, change Change) error {
	if change.Remove {
		return batch.Delete([]byte(change.Key), nil)
	}
	return batch.Set([]byte(change.Key), change.Value, nil)
}

// Get returns the value of key and whether there is one.
func (s *Store) Get(key string) ([]byte, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, false, ErrClosed
	}
	value, closer, err := s.db.Get([]byte(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read journal %q: %w", key, err)
	}
	defer closer.Close()
	return append([]byte{}, value...), true, nil
}

// Scan visits the keys that begin with prefix in order, as of the time of the call. The
// value belongs to the visitor, which must not close the store. An error of the visitor
// ends the scan and is returned.
func (s *Store) Scan(prefix string, visit func(key string, value []byte) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	rows, err := s.db.NewIter(&pebble.IterOptions{
		LowerBound: from(prefix),
		UpperBound: after(prefix),
	})
	if err != nil {
		return fmt.Errorf("scan journal %q: %w", prefix, err)
	}
	defer rows.Close()
	for ok := rows.First(); ok; ok = rows.Next() {
		if err := visit(string(rows.Key()), append([]byte{}, rows.Value()...)); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return fmt.Errorf("scan journal %q: %w", prefix, err)
	}
	return nil
}

// RemovePrefix deletes every key that begins with prefix, durably.
func (s *Store) RemovePrefix(prefix string) error {
	removals, err := s.removals(prefix)
	if err != nil || len(removals) == 0 {
		return err
	}
	return s.Write(removals...)
}

func (s *Store) removals(prefix string) ([]Change, error) {
	var changes []Change
	err := s.Scan(prefix, func(key string, _ []byte) error {
		changes = append(changes, Remove(key))
		return nil
	})
	return changes, err
}

// Clear deletes everything, durably.
func (s *Store) Clear() error { return s.RemovePrefix("") }

// from is the first key with this prefix; nil means no bound, which an empty key is not.
func from(prefix string) []byte {
	if prefix == "" {
		return nil
	}
	return []byte(prefix)
}

// after is the first key beyond all keys with this prefix; nil means no bound.
func after(prefix string) []byte {
	bound := []byte(prefix)
	for i := len(bound) - 1; i >= 0; i-- {
		if bound[i] < 0xff {
			bound[i]++
			return bound[:i+1]
		}
	}
	return nil
}
