package store

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Remember has the outcome of the transaction kept under an id, with a note,
// together with its writes. A client that heard nothing of its commit, because
// the disk failed or the process was started again, can ask for it.
func (t *Txn) Remember(id []byte, note int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.id, t.note = id, note
}

// Outcome returns the commit timestamp and the note of a transaction that was
// remembered, if it was committed. It fails with ErrUnavailable while that
// may be in doubt.
func (s *Store) Outcome(id []byte) (ts Timestamp, note int64, found bool, err error) {
	if err := s.Available(); err != nil {
		return 0, 0, false, err
	}
	data, found, err := s.rawGet(outcomeKey(id))
	if err != nil || !found {
		return 0, 0, false, err
	}
	if len(data) != 16 {
		return 0, 0, false, fmt.Errorf("stored outcome has %d bytes", len(data))
	}
	return Timestamp(binary.BigEndian.Uint64(data)), int64(binary.BigEndian.Uint64(data[8:])), true, nil
}

// ForgetOutcomes drops what is remembered under the ids from start to end (exclusive).
func (s *Store) ForgetOutcomes(start, end []byte) error {
	return s.change(pebble.NoSync, func(b *pebble.Batch) { _ = b.DeleteRange(outcomeKey(start), outcomeKey(end), nil) })
}

func outcomeKey(id []byte) []byte { return append([]byte{metaSpace, 2}, id...) }

// addOutcome adds the outcome of a commit to the batch that makes it.
func (s *Store) addOutcome(b *pebble.Batch, t *Txn, ts Timestamp) {
	if t.id == nil || s.dir == "" {
		return // in memory nothing outlives the process
	}
	value := binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(ts))
	_ = b.Set(outcomeKey(t.id), binary.BigEndian.AppendUint64(value, uint64(t.note)), nil) // fails only on a closed batch
}
