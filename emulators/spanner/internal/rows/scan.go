package rows

import (
	"context"
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Reader reads rows at one snapshot, or as one transaction sees them.
type Reader interface {
	// Catalog returns the schema as of the time of reading.
	Catalog() *schema.Catalog
	// Scan walks the rows of a table or index in the order of its key.
	Scan(ctx context.Context, s Scan) *Iterator
	// Get reads the row with a primary key, given part by part.
	Get(ctx context.Context, t *schema.Table, key []value.Value, columns []int) ([]value.Value, bool, error)
}

// Scan says what to read.
type Scan struct {
	Table   *schema.Table
	Index   *schema.Index // nil: the table by its primary key
	Ranges  []Range       // in order and disjoint, see SortRanges
	Reverse bool
	Limit   int64 // most rows; 0: all
	Columns []int // ordinals wanted, the others may be missing from the rows; nil: all
}

// kv is what a snapshot and a transaction of the store have in common.
type kv interface {
	Get(key []byte) ([]byte, bool, error)
	Scan(start, end []byte, reverse bool) store.Iterator
	Lookup() store.Lookup
}

// View reads rows. It is a Reader.
type View struct {
	layout *Layout
	kv     kv
	lookup store.Lookup // in place of kv.Get, if not nil
}

// NewView returns a reader of a snapshot.
func NewView(layout *Layout, snapshot store.Snapshot) *View {
	return &View{layout: layout, kv: snapshot}
}

// Catalog implements Reader.
func (v *View) Catalog() *schema.Catalog { return v.layout.catalog }

// Get implements Reader.
func (v *View) Get(_ context.Context, t *schema.Table, key []value.Value, _ []int) ([]value.Value, bool, error) {
	tl, err := v.layout.table(t)
	if err != nil {
		return nil, false, err
	}
	row := make([]value.Value, len(t.Columns))
	for i, part := range t.Key {
		row[part.Column] = key[i]
	}
	found, err := v.load(tl, row)
	return row, found, err
}

// KeepLookup says that many rows will be read by their keys until done is called.
func (v *View) KeepLookup() (done func() error) {
	if v.lookup != nil {
		return func() error { return nil }
	}
	v.lookup = v.kv.Lookup()
	return func() error {
		lookup := v.lookup
		v.lookup = nil
		return lookup.Close()
	}
}

func (v *View) get(key []byte) ([]byte, bool, error) {
	if v.lookup != nil {
		return v.lookup.Get(key)
	}
	return v.kv.Get(key)
}

// load completes a row of which the key is there.
func (v *View) load(tl *tableLayout, row []value.Value) (bool, error) {
	payload, found, err := v.get(tl.key(row))
	if err != nil || !found {
		return false, err
	}
	return true, tl.decodePayload(row, payload)
}

// Scan implements Reader.
func (v *View) Scan(ctx context.Context, s Scan) *Iterator {
	it := &Iterator{ctx: ctx, view: v, scan: s, ranges: slices.Clone(s.Ranges)}
	it.table, it.err = v.layout.table(s.Table)
	if s.Reverse {
		slices.Reverse(it.ranges)
	}
	it.prefix, it.parts = v.layout.Prefix(s.Table.ID), s.Table.Key
	if s.Index != nil {
		it.index = v.layout.index(s.Table, s.Index)
		it.prefix, it.parts = it.index.prefix, it.index.parts
		it.join = it.needsJoin()
	}
	return it
}

// Iterator walks the rows of a scan.
type Iterator struct {
	ctx    context.Context
	view   *View
	scan   Scan
	table  *tableLayout
	index  *indexLayout // nil when scanning the table
	join   bool         // rows are completed from the table
	prefix []byte
	parts  []schema.KeyPart

	ranges  []Range // still to be opened
	current store.Iterator
	lookup  store.Lookup // of more than one row by its key
	row     []value.Value
	count   int64
	err     error
}

func (it *Iterator) needsJoin() bool {
	if it.scan.Columns == nil {
		return len(it.index.covered) < len(it.scan.Table.Columns)
	}
	return slices.ContainsFunc(it.scan.Columns, func(ordinal int) bool { return !it.index.covered[ordinal] })
}

// Next moves to the next row.
func (it *Iterator) Next() bool {
	if it.err != nil || it.scan.Limit > 0 && it.count >= it.scan.Limit {
		it.Close()
		return false
	}
	key, payload, ok := it.nextEntry()
	if ok {
		it.row, it.err = it.decode(key, payload)
	}
	if !ok || it.err != nil {
		it.Close()
		return false
	}
	it.count++
	return true
}

// nextEntry returns the next key, without prefix, and its value.
func (it *Iterator) nextEntry() (key, payload []byte, ok bool) {
	for {
		if it.current != nil {
			if it.current.Next() {
				return it.current.Key()[len(it.prefix):], it.current.Value(), true
			}
			it.fail(it.current.Err())
			it.fail(it.current.Close())
			it.current = nil
		}
		if it.err != nil || len(it.ranges) == 0 {
			return nil, nil, false
		}
		if err := it.ctx.Err(); err != nil {
			it.err = err
			return nil, nil, false
		}
		next := it.ranges[0]
		it.ranges = it.ranges[1:]
		if next.point {
			payload, found, err := it.get(it.absolute(next.Start))
			it.fail(err)
			if found {
				return next.Start, payload, true
			}
			continue
		}
		end := store.PrefixEnd(it.prefix)
		if next.End != nil {
			end = it.absolute(next.End)
		}
		it.current = it.view.kv.Scan(it.absolute(next.Start), end, it.scan.Reverse)
	}
}

// get reads a key, with a Lookup if more are to follow.
func (it *Iterator) get(key []byte) ([]byte, bool, error) {
	if it.lookup == nil && it.view.lookup == nil && (it.join && it.scan.Limit != 1 || len(it.ranges) > 0) {
		it.lookup = it.view.kv.Lookup()
	}
	if it.lookup != nil {
		return it.lookup.Get(key)
	}
	return it.view.get(key)
}

func (it *Iterator) absolute(key []byte) []byte {
	return append(append(make([]byte, 0, len(it.prefix)+len(key)), it.prefix...), key...)
}

func (it *Iterator) decode(key, payload []byte) ([]value.Value, error) {
	row := make([]value.Value, len(it.scan.Table.Columns))
	if it.index == nil {
		return row, it.table.decode(row, key, payload)
	}
	if err := decodeKey(row, it.scan.Table, it.parts, key); err != nil {
		return nil, err
	}
	if !it.join {
		return row, it.table.decodePayload(row, payload)
	}
	payload, found, err := it.get(it.table.key(row))
	if err == nil && found {
		err = it.table.decodePayload(row, payload)
	} else if err == nil {
		err = internal("Index %s has an entry for a row that table %s lacks", it.index.index.Name, it.scan.Table.Name)
	}
	return row, err
}

func (it *Iterator) fail(err error) {
	if it.err == nil {
		it.err = err
	}
}

// Row returns the row; it is the caller's to keep.
func (it *Iterator) Row() []value.Value { return it.row }

// Err returns what ended the scan before its time.
func (it *Iterator) Err() error { return it.err }

// Close ends the scan; the end of the rows closes it too.
func (it *Iterator) Close() {
	it.ranges = nil
	if it.current != nil {
		it.fail(it.current.Close())
		it.current = nil
	}
	if it.lookup != nil {
		it.fail(it.lookup.Close())
		it.lookup = nil
	}
}
