package query

import (
	"context"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// KeyRange is a range of encoded keys of a table or index: Start is in it, End
// is not; a nil End means to the end.
type KeyRange struct {
	Start, End []byte
	Point      bool // Start is a whole key: there is one row at most
}

// Scan says which rows to read, and in which order.
type Scan struct {
	Table   *schema.Table
	Index   *schema.Index // nil: by primary key
	Ranges  []KeyRange    // ascending, disjoint
	Reverse bool
	Columns []int // ordinals wanted
}

// Cursor runs over rows.
type Cursor interface {
	Next() bool
	Row() []value.Value // by ordinal; only the wanted columns need to be there
	Err() error
	Close()
}

// Source is what queries read from.
type Source interface {
	Scan(ctx context.Context, s Scan) Cursor
}

// WriteMode says what a write does to a row that exists, or does not.
type WriteMode int

// The modes of writing.
const (
	ModeInsert WriteMode = iota
	ModeUpdate
	ModeInsertOrUpdate
	ModeInsertOrIgnore // what exists stays, and no row is returned
)

// Target is what DML writes to. Write returns the whole row as it is then.
type Target interface {
	Source
	Write(ctx context.Context, mode WriteMode, t *schema.Table, columns []int, values []value.Value) ([]value.Value, error)
	Delete(ctx context.Context, t *schema.Table, key []value.Value) (bool, error)
}
