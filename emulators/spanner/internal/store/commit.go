package store

import (
	"errors"
	"maps"
	"slices"
	"sort"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// commitLog remembers the keys of recent commits, for as long as some open
// transaction may have read before them.
type commitLog struct {
	mu      sync.RWMutex
	records []commitRecord // in order of timestamp
	floor   Timestamp      // nothing is known of commits up to here
}

type commitRecord struct {
	ts   Timestamp
	keys [][]byte
}

// conflict returns a key that t has read and a commit in (from, to] has
// changed, nil if there is none. The caller holds t.mu.
func (l *commitLog) conflict(t *Txn, from, to Timestamp) []byte {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if from < l.floor {
		return []byte{}
	}
	first := sort.Search(len(l.records), func(i int) bool { return l.records[i].ts > from })
	for _, record := range l.records[first:] {
		if record.ts > to {
			break
		}
		for _, key := range record.keys {
			if t.hasRead(key) {
				return key
			}
		}
	}
	return nil
}

func (t *Txn) hasRead(key []byte) bool {
	if t.reads.contains(key) {
		return true
	}
	for scan := range t.scans {
		if (keyRange{start: scan.start, end: scan.end}).contains(key) {
			return true
		}
	}
	return false
}

func (l *commitLog) append(record commitRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, record)
}

// forget drops what is older than any transaction needs.
func (l *commitLog) forget(upTo Timestamp) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := sort.Search(len(l.records), func(i int) bool { return l.records[i].ts > upTo })
	l.records = append([]commitRecord(nil), l.records[n:]...)
	l.floor = max(l.floor, upTo)
}

func (l *commitLog) size() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.records)
}

type commitRequest struct {
	t    *Txn
	run  func() error // instead of t: something to do between commits
	ts   Timestamp
	err  error
	done chan struct{}
}

// Commit makes the buffered writes visible and durable, all or none, and
// returns their timestamp.
func (t *Txn) Commit() (Timestamp, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return 0, t.ended
	}
	if len(t.writes) == 0 {
		return t.commitReads()
	}
	req := &commitRequest{t: t, done: make(chan struct{})}
	if err := t.s.submit(req); err != nil {
		return 0, err
	}
	<-req.done
	if errors.Is(req.err, ErrUnavailable) {
		return 0, req.err // it can be tried again
	}
	if req.err != nil {
		if t.ended == nil {
			t.end(req.err)
		}
		return 0, req.err
	}
	t.end(ErrFinished)
	return req.ts, nil
}

// commitReads ends a transaction that wrote nothing: it takes place when it
// last read.
func (t *Txn) commitReads() (Timestamp, error) {
	ts := t.readTS
	if ts == 0 {
		ts = t.s.clock.latest()
	}
	t.end(ErrFinished)
	return ts, nil
}

func (s *Store) submit(req *commitRequest) error {
	s.pause.RLock()
	defer s.pause.RUnlock()
	if s.isClosed() {
		return ErrClosed
	}
	s.commits <- req
	return nil
}

func (s *Store) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// maxGroupBytes is from which size on a group takes no more commits.
const maxGroupBytes = 64 << 20

// size returns the bytes of a commit. Whoever waits for it holds the transaction's lock.
func (r *commitRequest) size() int {
	if r.t == nil {
		return 0
	}
	return r.t.size
}

// commitLoop is the one place where anything is committed.
func (s *Store) commitLoop() {
	defer s.stopped.Done()
	for req := range s.commits {
		group, size := []*commitRequest{req}, req.size()
		for more := true; more && len(group) < 512 && size < maxGroupBytes; {
			select {
			case next, ok := <-s.commits:
				if more = ok; ok {
					group = append(group, next)
					size += next.size()
				}
			default:
				more = false
			}
		}
		s.commitGroup(group)
		for _, req := range group {
			if req.run != nil {
				req.err = req.run()
			}
			close(req.done)
		}
		s.trimLog()
	}
}

// commitGroup checks and writes the commits with one sync. The goroutines
// that wait for it hold the transactions' locks.
func (s *Store) commitGroup(group []*commitRequest) {
	s.settling.Lock()
	defer s.settling.Unlock()
	i := s.current.Load()
	unavailable := s.Available()
	batch := i.db.NewBatch()
	var last Timestamp
	for _, req := range group {
		if req.run != nil {
			continue
		}
		if unavailable != nil {
			req.err = unavailable
			continue
		}
		if key := s.refuses(req.t); key != nil {
			req.err = req.t.abort(key)
			continue
		}
		req.ts = s.clock.next()
		last = req.ts
		s.log.append(commitRecord{ts: req.ts, keys: s.fill(batch, req)})
	}
	if last == 0 {
		_ = batch.Close() // nothing is in it
		return
	}
	setClock(batch, last)
	if err := s.apply(i, batch, s.write); err != nil {
		s.failGroup(group, err)
		return
	}
	s.clock.publish()
}

// failGroup tells the commits of a group that they were not written, or
// perhaps were. Their timestamps are settled when the disk has recovered.
func (s *Store) failGroup(group []*commitRequest, err error) {
	if !errors.Is(err, ErrInDoubt) {
		s.clock.publish()
	}
	for _, req := range group {
		if req.run == nil && req.err == nil {
			req.err = err
		}
	}
}

// refuses returns the key over which a transaction must not commit.
func (s *Store) refuses(t *Txn) []byte {
	if t.readTS != 0 {
		if key := s.log.conflict(t, t.readTS, 1<<62); key != nil {
			return key
		}
	}
	return s.turns.blocked(t)
}

// fill adds a transaction's writes to the batch and returns their keys.
func (s *Store) fill(batch *pebble.Batch, req *commitRequest) [][]byte {
	keys := make([][]byte, 0, len(req.t.writes))
	for _, name := range slices.Sorted(maps.Keys(req.t.writes)) { // in order they go into Pebble at less cost
		w := req.t.writes[name]
		key, value := []byte(name), w.value
		if w.stamp != nil {
			key, value = w.stamp(req.ts)
		}
		stored := []byte{tombstone}
		if !w.deleted {
			stored = append([]byte{live}, value...)
		}
		raw := versionedKey(key, req.ts)
		_ = batch.Set(raw, stored, nil) // fails only on a closed batch
		keys = append(keys, raw[1:len(raw)-versionLen])
	}
	s.addOutcome(batch, req.t, req.ts)
	return keys
}

// trimSlack is how far behind the present the log is kept at least: some
// transaction may be about to read as of a moment ago.
const trimSlack = Timestamp(1_000_000)

// trimLog forgets the commits that no open transaction has to be checked
// against. It does so when the log has doubled since it last did.
func (s *Store) trimLog() {
	if s.log.size() < s.trimAt {
		return
	}
	upTo := s.clock.latest() - trimSlack
	s.mu.Lock()
	for t := range s.txns {
		if ts := Timestamp(t.readAt.Load()); ts != 0 {
			upTo = min(upTo, ts)
		}
	}
	s.mu.Unlock()
	s.log.forget(upTo)
	s.trimAt = max(4096, 2*s.log.size())
}
