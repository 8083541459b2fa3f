package rows

import (
	"context"
	"slices"
	"sync"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Pending is what a transaction cannot read any more: the columns into which
// its statements wrote the commit timestamp that is yet to come. One serves
// all requests of a transaction.
type Pending struct {
	mu      sync.Mutex // reads and statements of a transaction may overlap
	columns []pendingColumn
}

type pendingColumn struct {
	table   uint32
	ordinal int
}

// SharePending makes tx know of what earlier requests of its transaction wrote,
// and add to it.
func (tx *Tx) SharePending(p *Pending) { tx.pending = p }

// notePending adds the columns of a row that hold the commit timestamp.
func (tx *Tx) notePending(t *schema.Table, row []value.Value) {
	ordinals := pendingColumns(t, row)
	if ordinals == nil {
		return
	}
	tx.pending.mu.Lock()
	defer tx.pending.mu.Unlock()
	for _, ordinal := range ordinals {
		c := pendingColumn{table: t.ID, ordinal: ordinal}
		if !slices.Contains(tx.pending.columns, c) {
			tx.pending.columns = append(tx.pending.columns, c)
		}
	}
}

// checkPending refuses to read a pending column, or rows in an order that one
// decides. Without columns all are read.
func (tx *Tx) checkPending(t *schema.Table, x *schema.Index, columns []int) error {
	tx.pending.mu.Lock()
	defer tx.pending.mu.Unlock()
	for _, c := range tx.pending.columns {
		if c.table != t.ID {
			continue
		}
		isKey := t.IsKey(c.ordinal) || x != nil && slices.ContainsFunc(x.Key, func(part schema.KeyPart) bool { return part.Column == c.ordinal })
		if isKey || columns == nil || slices.Contains(columns, c.ordinal) {
			return invalid("%s.%s cannot be accessed because it, or its associated index, has a pending CommitTimestamp", t.Name, t.Columns[c.ordinal].Name)
		}
	}
	return nil
}

func (p *Pending) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.columns)
}

func (p *Pending) truncate(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.columns = p.columns[:n]
}

// Scan implements Reader.
func (tx *Tx) Scan(ctx context.Context, s Scan) *Iterator {
	if err := tx.checkPending(s.Table, s.Index, s.Columns); err != nil {
		return &Iterator{err: err}
	}
	return tx.View.Scan(ctx, s)
}

// Get implements Reader.
func (tx *Tx) Get(ctx context.Context, t *schema.Table, key []value.Value, columns []int) ([]value.Value, bool, error) {
	if err := tx.checkPending(t, nil, columns); err != nil {
		return nil, false, err
	}
	return tx.View.Get(ctx, t, key, columns)
}
