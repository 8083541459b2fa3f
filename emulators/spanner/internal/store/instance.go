package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// instance is Pebble, from when it is opened until the disk fails.
type instance struct {
	db    *pebble.DB
	guard *guard
}

func (s *Store) db() *pebble.DB { return s.current.Load().db }

// openInstance opens Pebble, and returns the time of the last commit in it.
func (s *Store) openInstance() (*instance, Timestamp, error) {
	i := &instance{guard: newGuard(s.fs, s.dir, s.lockDir)}
	var err error
	opened := i.guard.finish(func() {
		i.db, err = pebble.Open(s.dir, &pebble.Options{
			Cache: s.cache, FS: i.guard, MemTableSize: 32 << 20, Logger: quiet{},
			FormatMajorVersion: pebble.FormatNewest, DisableWAL: s.dir == "",
		})
	})
	if !opened {
		return nil, 0, i.guard.failure()
	}
	if err != nil {
		return nil, 0, err
	}
	last, err := i.lastCommit()
	if err != nil {
		return nil, 0, errors.Join(err, i.close())
	}
	return i, last, nil
}

// lockDir locks the directory until the store is closed, over all instances.
func (s *Store) lockDir(name string) (_ io.Closer, err error) {
	if s.lock == nil {
		s.lock, err = s.fs.Lock(name)
	}
	return io.NopCloser(nil), err
}

func (s *Store) unlockDir() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

func (i *instance) lastCommit() (Timestamp, error) {
	data, ok, err := get(i.db, clockKey)
	if err != nil || !ok {
		return 0, err
	}
	if len(data) != 8 {
		return 0, fmt.Errorf("stored clock has %d bytes", len(data))
	}
	return Timestamp(binary.BigEndian.Uint64(data)), nil
}

// close closes Pebble, or leaves it behind if it stands still. The disk may
// fail while it is being closed, too.
func (i *instance) close() error {
	if err := i.available(); err != nil {
		return err
	}
	var err error
	if i.guard.finish(func() { err = i.db.Close() }) {
		return err
	}
	return i.available()
}

func (i *instance) available() error {
	if err := i.guard.failure(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// Available returns ErrUnavailable while the disk cannot be written. Reads go
// on, and the store tries by itself whether it can be written again.
func (s *Store) Available() error { return s.current.Load().available() }

// change writes what fill adds to a batch.
func (s *Store) change(o *pebble.WriteOptions, fill func(b *pebble.Batch)) error {
	i := s.current.Load()
	b := i.db.NewBatch()
	fill(b)
	return s.apply(i, b, o)
}

// apply writes a batch. After ErrUnavailable nothing of it is written; after
// ErrInDoubt it will turn out once the disk can be written again.
func (s *Store) apply(i *instance, b *pebble.Batch, o *pebble.WriteOptions) error {
	if err := i.available(); err != nil {
		return err
	}
	if s.dir == "" {
		return errors.Join(b.Commit(o), b.Close())
	}
	var err error
	if i.guard.finish(func() { err = errors.Join(b.Commit(o), b.Close()) }) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrInDoubt, i.guard.failure())
}

// How long to wait before the disk is tried again.
const (
	mendWait    = 50 * time.Millisecond
	maxMendWait = 5 * time.Second
)

// mend takes over from each instance that fails. What was in doubt is then
// written or it is not.
func (s *Store) mend() {
	defer s.stopped.Done()
	wait := mendWait
	for {
		select {
		case <-s.closing:
			return
		case <-s.current.Load().guard.failed:
		}
		s.clock.wake() // whoever waits for what was under way
		if s.takeOver() == nil {
			wait = mendWait
			continue
		}
		select {
		case <-s.closing:
			return
		case <-time.After(wait):
			wait = min(2*wait, maxMendWait)
		}
	}
}

// takeOver opens what is on disk anew. The instance that failed stands still,
// and those who read from it may go on.
func (s *Store) takeOver() error {
	if err := s.probe(); err != nil {
		return err
	}
	next, _, err := s.openInstance()
	if err != nil {
		return err
	}
	s.settling.Lock()
	defer s.settling.Unlock()
	if len(s.undone) > 0 {
		b := next.db.NewBatch()
		for key, value := range s.undone {
			setOrDelete(b, metaKey(key), value)
		}
		if err := s.apply(next, b, s.write); err != nil {
			return errors.Join(err, next.close())
		}
		clear(s.undone)
	}
	s.current.Store(next)
	s.clock.publish()
	return nil
}

// probeBytes is what must fit on a disk for another attempt to be worth while.
const probeBytes = 1 << 20

// probe writes and removes a file.
func (s *Store) probe() error {
	name := s.fs.PathJoin(s.dir, "probe")
	f, err := s.fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeBytes))
	return errors.Join(err, f.Sync(), f.Close(), s.fs.Remove(name))
}
