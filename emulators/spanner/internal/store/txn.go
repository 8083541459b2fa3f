package store

import (
	"bytes"
	"context"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Txn is a read-write transaction. It is used by one goroutine at a time,
// except that Rollback may be called at any moment.
type Txn struct {
	s     *Store
	turns []*turn // of the keys its predecessors lost, see turnstile

	mu       sync.Mutex
	readTS   Timestamp    // all that was read is still so at readTS; 0 before the first read
	readAt   atomic.Int64 // readTS, to be looked at without mu
	reads    readSet
	scans    map[*txnIterator]struct{} // open ones; what they read is not in reads yet
	writes   map[string]write
	size     int // of writes in bytes, keys included
	undo     []undo
	sorted   []string // keys of writes in order; nil after a change
	ended    error    // why it takes no more calls
	lastUsed time.Time
	lost     [][]byte // keys whose change by others aborted it
	id       []byte   // under which Outcome finds it, if not nil
	note     int64    // which Outcome returns
}

type write struct {
	value   []byte
	deleted bool
	stamp   Stamp // nil unless it holds the commit timestamp
}

// Stamp returns what to write in place of a buffered key and value once the
// commit timestamp is known.
type Stamp func(Timestamp) (key, value []byte)

type undo struct {
	key     string
	before  write
	existed bool
}

// Begin starts a transaction. Keys are what earlier attempts of it lost to
// others (see Lost); waiting in turn for them keeps retries from starving.
func (s *Store) Begin(ctx context.Context, keys [][]byte) (*Txn, error) {
	t := &Txn{s: s, scans: map[*txnIterator]struct{}{}, writes: map[string]write{}, lastUsed: s.now()}
	if len(keys) > 0 {
		t.turns = s.turns.take(ctx, t, keys)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.turns.give(t.turns)
		return nil, ErrClosed
	}
	s.txns[t] = struct{}{}
	return t, nil
}

// Err tells why the transaction has ended, nil while it has not.
func (t *Txn) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended
}

// Lost returns the keys over which an aborted transaction lost.
func (t *Txn) Lost() [][]byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost
}

// Touch marks the transaction as used and moves its reads to the present,
// or aborts it if something it has read has changed since.
func (t *Txn) Touch() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refresh()
}

// HasRead says whether the transaction has read anything.
func (t *Txn) HasRead() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.readTS != 0
}

// ReadTimestamp returns the time to which all reads up to now belong.
func (t *Txn) ReadTimestamp() Timestamp {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.readTS
}

// refresh does what Touch says; mu is held.
func (t *Txn) refresh() error {
	if t.ended != nil {
		return t.ended
	}
	t.lastUsed = t.s.now()
	latest := t.s.clock.latest()
	if t.readTS != 0 {
		if key := t.s.log.conflict(t, t.readTS, latest); key != nil {
			return t.abort(key)
		}
	}
	t.readAsOf(latest)
	return nil
}

func (t *Txn) readAsOf(ts Timestamp) {
	t.readTS = ts
	t.readAt.Store(int64(ts))
}

// abort ends the transaction because of a change to key; mu is held.
func (t *Txn) abort(key []byte) error {
	t.lost = append(t.lost, bytes.Clone(key))
	for _, turn := range t.turns {
		t.lost = append(t.lost, []byte(turn.key))
	}
	t.end(ErrAborted)
	return ErrAborted
}

// end releases what the transaction holds; mu is held.
func (t *Txn) end(why error) {
	if t.ended != nil {
		return
	}
	t.ended = why
	t.reads, t.writes, t.undo, t.sorted = readSet{}, nil, nil, nil
	t.s.turns.give(t.turns)
	t.s.mu.Lock()
	delete(t.s.txns, t)
	t.s.mu.Unlock()
}

// lapse aborts the transaction if it was last used before the given time.
func (t *Txn) lapse(before time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.scans) == 0 && t.lastUsed.Before(before) {
		t.end(ErrAborted)
	}
}

// Rollback ends the transaction without effect.
func (t *Txn) Rollback() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(ErrFinished)
}

// Abort ends the transaction without effect; it has to be tried again.
func (t *Txn) Abort() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(ErrAborted)
}

// Get reads one key, the transaction's own writes included.
func (t *Txn) Get(key []byte) ([]byte, bool, error) { return t.get(key, Snapshot.Get) }

func (t *Txn) get(key []byte, from func(Snapshot, []byte) ([]byte, bool, error)) ([]byte, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return nil, false, t.ended
	}
	if w, ok := t.writes[string(key)]; ok {
		return w.value, !w.deleted, nil
	}
	if err := t.lineUp(key); err != nil {
		return nil, false, err
	}
	if t.readTS == 0 {
		t.readAsOf(t.s.clock.latest())
	}
	t.reads.addKey(key)
	return from(t.s.At(t.readTS), key)
}

// lineUp waits for the turn on a key that others are in line for, if this is
// the first that the transaction reads: then it holds nothing that anybody
// could wait for. It saves the attempt that would have been lost. mu is held,
// but not while waiting.
func (t *Txn) lineUp(key []byte) error {
	if len(t.turns) > 0 || len(t.writes) > 0 || !t.reads.empty() || len(t.scans) > 0 || !t.s.turns.busy(key) {
		return nil
	}
	t.mu.Unlock()
	turns := t.s.turns.take(context.Background(), t, [][]byte{key})
	t.mu.Lock()
	if t.ended != nil {
		t.s.turns.give(turns)
		return t.ended
	}
	if len(t.turns) > 0 { // another call of the transaction was waiting too
		t.s.turns.give(turns)
		return nil
	}
	t.turns, t.lastUsed = turns, t.s.now()
	if t.reads.empty() && len(t.scans) == 0 {
		t.readAsOf(t.s.clock.latest())
	}
	return nil
}

// Scan walks a range, with the transaction's own writes as of now. Writes
// made while it is open do not show in it.
func (t *Txn) Scan(start, end []byte, reverse bool) Iterator {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return &versionIterator{err: t.ended}
	}
	if t.readTS == 0 {
		t.readAsOf(t.s.clock.latest())
	}
	it := &txnIterator{
		t: t, base: t.s.At(t.readTS).Scan(start, end, reverse), reverse: reverse,
		start: start, end: end, own: t.ownWrites(start, end, reverse),
	}
	t.scans[it] = struct{}{}
	return it
}

type keyedWrite struct {
	key string
	write
}

// ownWrites copies the buffered writes in a range; mu is held.
func (t *Txn) ownWrites(start, end []byte, reverse bool) []keyedWrite {
	if len(t.writes) == 0 {
		return nil
	}
	if t.sorted == nil {
		t.sorted = make([]string, 0, len(t.writes))
		for key := range t.writes {
			t.sorted = append(t.sorted, key)
		}
		slices.Sort(t.sorted)
	}
	from := sort.SearchStrings(t.sorted, string(start))
	to := len(t.sorted)
	if end != nil {
		to = sort.SearchStrings(t.sorted, string(end))
	}
	var own []keyedWrite
	for _, key := range t.sorted[from:max(from, to)] {
		own = append(own, keyedWrite{key: key, write: t.writes[key]})
	}
	if reverse {
		slices.Reverse(own)
	}
	return own
}

// Put buffers a value for a key.
func (t *Txn) Put(key, value []byte) error { return t.buffer(key, write{value: value}) }

// PutStamped buffers a value that the transaction sees until it commits, when
// the key and value that stamp returns are written instead.
func (t *Txn) PutStamped(key, value []byte, stamp Stamp) error {
	return t.buffer(key, write{value: value, stamp: stamp})
}

// Delete buffers the removal of a key.
func (t *Txn) Delete(key []byte) error { return t.buffer(key, write{deleted: true}) }

func (t *Txn) buffer(key []byte, w write) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return t.ended
	}
	before, existed := t.writes[string(key)]
	if !existed {
		t.sorted = nil
	}
	t.undo = append(t.undo, undo{key: string(key), before: before, existed: existed})
	t.put(string(key), w)
	return nil
}

// put sets a buffered write; mu is held.
func (t *Txn) put(key string, w write) {
	if before, ok := t.writes[key]; ok {
		t.size -= len(key) + len(before.value)
	}
	t.size += len(key) + len(w.value)
	t.writes[key] = w
}

// Size returns how many bytes the buffered keys and values have.
func (t *Txn) Size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.size
}

// Savepoint returns a mark of the writes buffered so far.
func (t *Txn) Savepoint() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.undo)
}

// RollbackTo drops the writes buffered since the mark.
func (t *Txn) RollbackTo(mark int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.undo) > mark {
		last := t.undo[len(t.undo)-1]
		t.undo = t.undo[:len(t.undo)-1]
		if last.existed {
			t.put(last.key, last.before)
			continue
		}
		t.size -= len(last.key) + len(t.writes[last.key].value)
		delete(t.writes, last.key)
		t.sorted = nil
	}
}
