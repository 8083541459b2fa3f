package store

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// versionLen is the length of what follows each key: a zero byte, which keeps
// the versions of a key below every bound made by appending 0xff to the key,
// and the inverted timestamp.
const versionLen = 9

// The first byte of a stored value.
const (
	tombstone = 0
	live      = 1
)

// Iterator walks keys in order. Key and Value are valid until the next call.
type Iterator interface {
	Next() bool
	Key() []byte
	Value() []byte
	Err() error
	Close() error
}

// Snapshot reads the store as of one timestamp.
type Snapshot struct {
	s  *Store
	ts Timestamp
}

// At returns a snapshot. The caller has waited for ts to be settled.
func (s *Store) At(ts Timestamp) Snapshot { return Snapshot{s: s, ts: ts} }

// Get returns the value of one key.
func (r Snapshot) Get(key []byte) ([]byte, bool, error) {
	lower := versionedKey(key, r.ts)
	upper := append(append([]byte(nil), lower[:len(key)+1]...), 1)
	it, err := r.s.db().NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, false, err
	}
	if !it.First() {
		err := it.Error()
		return nil, false, errors.Join(err, it.Close())
	}
	value := it.Value()
	if value[0] == tombstone {
		return nil, false, it.Close()
	}
	out := append([]byte(nil), value[1:]...)
	return out, true, it.Close()
}

// Scan walks the keys from start (inclusive) to end (exclusive; nil: to the
// end of the store), backwards if reverse.
func (r Snapshot) Scan(start, end []byte, reverse bool) Iterator {
	lower := append([]byte{dataSpace}, start...)
	upper := []byte{dataSpace + 1}
	if end != nil {
		upper = append([]byte{dataSpace}, end...)
	}
	it, err := r.s.db().NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	return &versionIterator{it: it, err: err, ts: r.ts, reverse: reverse}
}

// versionIterator picks of each key the newest version up to ts.
type versionIterator struct {
	it      *pebble.Iterator
	err     error
	ts      Timestamp
	reverse bool
	started bool

	key, value []byte
	seek       []byte // scratch
}

func (v *versionIterator) Next() bool {
	if v.err != nil {
		return false
	}
	for v.advance() {
		found := v.visible()
		if v.err != nil {
			return false
		}
		if found {
			return true
		}
	}
	v.err = v.it.Error()
	return false
}

// advance moves to some version of the next key and remembers the key.
func (v *versionIterator) advance() bool {
	var ok bool
	switch {
	case !v.started && !v.reverse:
		ok = v.it.First()
	case !v.started:
		ok = v.it.Last()
	case v.reverse:
		v.seek = append(append(v.seek[:0], v.key...), 0)
		ok = v.it.SeekLT(v.seek)
	default:
		ok = v.skipVersions()
	}
	v.started = true
	if !ok {
		return false
	}
	raw := v.it.Key()
	v.key = append(v.key[:0], raw[:len(raw)-versionLen]...)
	return true
}

// skipVersions leaves the current key, stepping over a few versions before
// it pays for a seek.
func (v *versionIterator) skipVersions() bool {
	for range 4 {
		if !v.it.Next() {
			return false
		}
		if raw := v.it.Key(); !bytes.Equal(raw[:len(raw)-versionLen], v.key) {
			return true
		}
	}
	v.seek = append(append(v.seek[:0], v.key...), 1)
	return v.it.SeekGE(v.seek)
}

// visible moves to the version of the current key to be seen, if there is one.
// Afterwards the iterator stands within the key's versions or after them.
func (v *versionIterator) visible() bool {
	if v.reverse || v.version() > v.ts {
		v.seek = binary.BigEndian.AppendUint64(append(append(v.seek[:0], v.key...), 0), ^uint64(v.ts))
		if !v.it.SeekGE(v.seek) {
			v.err = v.it.Error()
			return v.none()
		}
		if raw := v.it.Key(); !bytes.Equal(raw[:len(raw)-versionLen], v.key) {
			return v.none()
		}
	}
	value := v.it.Value()
	v.value = value[1:]
	return value[0] == live
}

// none says that the key has no version to be seen, and steps back within it
// so that the next advance does not lose the key that follows.
func (v *versionIterator) none() bool {
	if v.err == nil && !v.reverse {
		v.seek = append(append(v.seek[:0], v.key...), 1)
		v.it.SeekLT(v.seek)
	}
	return false
}

func (v *versionIterator) version() Timestamp {
	raw := v.it.Key()
	return Timestamp(^binary.BigEndian.Uint64(raw[len(raw)-8:]))
}

func (v *versionIterator) Key() []byte   { return v.key[1:] }
func (v *versionIterator) Value() []byte { return v.value }
func (v *versionIterator) Err() error    { return v.err }

func (v *versionIterator) Close() error {
	if v.it == nil {
		return nil
	}
	it := v.it
	v.it = nil
	if v.err == nil {
		v.err = ErrFinished
	}
	return it.Close()
}

// versionedKey returns where Pebble keeps the version of a key at ts.
func versionedKey(key []byte, ts Timestamp) []byte {
	out := make([]byte, 0, len(key)+1+versionLen)
	out = append(append(append(out, dataSpace), key...), 0)
	return binary.BigEndian.AppendUint64(out, ^uint64(ts))
}
