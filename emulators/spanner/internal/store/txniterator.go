package store

import "bytes"

// txnIterator merges a snapshot with a transaction's own writes, and when it
// is closed notes the part of the range that was read.
type txnIterator struct {
	t          *Txn
	base       Iterator
	own        []keyedWrite
	start, end []byte
	reverse    bool

	started, baseOK bool
	exhausted       bool
	closed          bool
	key, value      []byte
}

func (i *txnIterator) Next() bool {
	if i.closed {
		return false
	}
	if !i.started {
		i.started, i.baseOK = true, i.base.Next()
	}
	for i.baseOK || len(i.own) > 0 {
		order := i.compareHeads()
		if order < 0 { // the snapshot's comes first
			i.key = append(i.key[:0], i.base.Key()...)
			i.value = append(i.value[:0], i.base.Value()...)
			i.baseOK = i.base.Next()
			return true
		}
		if order == 0 {
			i.baseOK = i.base.Next()
		}
		head := i.own[0]
		i.own = i.own[1:]
		if head.deleted {
			continue
		}
		i.key, i.value = append(i.key[:0], head.key...), append(i.value[:0], head.value...)
		return true
	}
	i.exhausted = i.base.Err() == nil
	return false
}

// compareHeads tells whether the snapshot (-1) or the own write (1) is next, or both hold the same key.
func (i *txnIterator) compareHeads() int {
	switch {
	case !i.baseOK:
		return 1
	case len(i.own) == 0:
		return -1
	}
	order := bytes.Compare(i.base.Key(), []byte(i.own[0].key))
	if i.reverse {
		order = -order
	}
	return order
}

func (i *txnIterator) Key() []byte   { return i.key }
func (i *txnIterator) Value() []byte { return i.value }
func (i *txnIterator) Err() error    { return i.base.Err() }

func (i *txnIterator) Close() error {
	if i.closed {
		return nil
	}
	i.closed = true
	i.t.mu.Lock()
	delete(i.t.scans, i)
	start, end := i.readRange()
	if i.t.ended == nil && i.started {
		i.t.reads.addRange(start, end)
	}
	i.t.mu.Unlock()
	return i.base.Close()
}

// readRange returns the part of the range that was looked at. The merge reads
// one key ahead of what it returned.
func (i *txnIterator) readRange() (start, end []byte) {
	if i.exhausted || !i.started || i.key == nil || !i.baseOK {
		return i.start, i.end
	}
	ahead := bytes.Clone(i.base.Key())
	if i.reverse {
		return ahead, i.end
	}
	return i.start, append(ahead, 0xff)
}
