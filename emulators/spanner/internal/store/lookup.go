package store

import (
	"bytes"
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"
)

// Lookup reads one key after another, which costs less than to Get each. It
// is closed after use, and used by one goroutine at a time.
type Lookup interface {
	Get(key []byte) ([]byte, bool, error)
	Close() error
}

// Lookup returns a Lookup of the snapshot.
func (r Snapshot) Lookup() Lookup { return &snapshotLookup{r: r} }

type snapshotLookup struct {
	r  Snapshot
	it keptIterator
}

func (l *snapshotLookup) Get(key []byte) ([]byte, bool, error) { return l.it.get(l.r, key) }
func (l *snapshotLookup) Close() error                         { return l.it.close() }

// Lookup returns a Lookup of the transaction: all is as with its Get.
func (t *Txn) Lookup() Lookup { return &txnLookup{t: t} }

type txnLookup struct {
	t  *Txn
	it keptIterator
}

func (l *txnLookup) Get(key []byte) ([]byte, bool, error) { return l.t.get(key, l.it.get) }
func (l *txnLookup) Close() error                         { return l.it.close() }

// keptIterator is an iterator of Pebble that is used for one key after another.
type keptIterator struct {
	it   *pebble.Iterator
	db   *pebble.DB
	upTo Timestamp // it sees all commits up to here

	seek, limit []byte // scratch
}

// get returns the value of one key.
func (k *keptIterator) get(r Snapshot, key []byte) ([]byte, bool, error) {
	if err := k.open(r); err != nil {
		return nil, false, err
	}
	k.seek = append(append(append(k.seek[:0], dataSpace), key...), 0)
	k.limit = append(append(k.limit[:0], k.seek[:len(key)+1]...), 1)
	k.seek = binary.BigEndian.AppendUint64(k.seek, ^uint64(r.ts))
	if k.it.SeekGEWithLimit(k.seek, k.limit) != pebble.IterValid {
		return nil, false, k.it.Error()
	}
	if raw := k.it.Key(); len(raw) != len(k.seek) || !bytes.Equal(raw[:len(key)+2], k.seek[:len(key)+2]) {
		return nil, false, nil // of another key: a limit may be passed
	}
	value := k.it.Value()
	if value[0] == tombstone {
		return nil, false, nil
	}
	return append([]byte(nil), value[1:]...), true, nil
}

// open makes the iterator, anew if it cannot see all of the snapshot.
func (k *keptIterator) open(r Snapshot) error {
	db := r.s.db()
	if k.it != nil && k.db == db && r.ts <= k.upTo {
		return nil
	}
	if err := k.close(); err != nil {
		return err
	}
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{dataSpace}, UpperBound: []byte{dataSpace + 1}})
	if err != nil {
		return err
	}
	k.it, k.db, k.upTo = it, db, r.ts
	return nil
}

func (k *keptIterator) close() error {
	if k.it == nil {
		return nil
	}
	it := k.it
	k.it = nil
	return it.Close()
}
