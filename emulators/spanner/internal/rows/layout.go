package rows

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Evaluator makes the expressions of a schema executable.
type Evaluator interface {
	// Compile analyses an expression over the columns of t; its results are of type want.
	Compile(t *schema.Table, e ast.Expr, want *value.Type) (Expr, error)
}

// Expr evaluates an expression over a row, which it gets by ordinal.
type Expr func(now time.Time, row []value.Value) (value.Value, error)

// Layout is where and how the rows of one database are stored, by one version
// of its schema.
type Layout struct {
	catalog  *schema.Catalog
	database uint32
	eval     Evaluator

	mu     sync.Mutex
	tables map[*schema.Table]*tableLayout
}

// NewLayout returns the layout of the database with the given number.
func NewLayout(database uint32, catalog *schema.Catalog, eval Evaluator) *Layout {
	return &Layout{catalog: catalog, database: database, eval: eval, tables: map[*schema.Table]*tableLayout{}}
}

// Catalog returns the schema that the layout belongs to.
func (l *Layout) Catalog() *schema.Catalog { return l.catalog }

// DatabasePrefix returns what all keys of a database begin with.
func DatabasePrefix(database uint32) []byte { return binary.BigEndian.AppendUint32(nil, database) }

// Prefix returns what all keys of a table or index begin with.
func (l *Layout) Prefix(id uint32) []byte {
	return binary.BigEndian.AppendUint32(DatabasePrefix(l.database), id)
}

// tableLayout is what is worked out once for a table.
type tableLayout struct {
	table     *schema.Table
	prefix    []byte
	ordinals  map[uint32]int // by number of the column
	payload   []*schema.Column
	defaults  map[int]Expr
	generated []generatedColumn // each after those it refers to
	checks    []checkConstraint
	indexes   []*indexLayout
}

type generatedColumn struct {
	column *schema.Column
	eval   Expr
}

type checkConstraint struct {
	check *schema.Check
	eval  Expr
}

type indexLayout struct {
	index   *schema.Index
	prefix  []byte
	parts   []schema.KeyPart
	covered map[int]bool // ordinals found in an entry
}

// Validate compiles every expression of the schema.
func (l *Layout) Validate() error {
	for _, t := range l.catalog.Tables() {
		if _, err := l.table(t); err != nil {
			return err
		}
	}
	return nil
}

func (l *Layout) table(t *schema.Table) (*tableLayout, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if out, ok := l.tables[t]; ok {
		return out, nil
	}
	out := &tableLayout{
		table: t, prefix: l.Prefix(t.ID), ordinals: map[uint32]int{}, defaults: map[int]Expr{},
	}
	for _, col := range t.Columns {
		out.ordinals[col.ID] = col.Ordinal
		if !t.IsKey(col.Ordinal) {
			out.payload = append(out.payload, col)
		}
	}
	if err := l.compile(out); err != nil {
		return nil, err
	}
	for _, x := range t.Indexes {
		out.indexes = append(out.indexes, l.index(t, x))
	}
	l.tables[t] = out
	return out, nil
}

func (l *Layout) index(t *schema.Table, x *schema.Index) *indexLayout {
	out := &indexLayout{index: x, prefix: l.Prefix(x.ID), parts: x.EntryKey(), covered: map[int]bool{}}
	for _, part := range out.parts {
		out.covered[part.Column] = true
	}
	for _, ordinal := range x.Storing {
		out.covered[ordinal] = true
	}
	return out
}

func (l *Layout) compile(out *tableLayout) error {
	t := out.table
	for _, col := range t.Columns {
		if col.Default == nil {
			continue
		}
		e, err := l.eval.Compile(nil, col.Default, col.Type)
		if err != nil {
			return fmt.Errorf("default of column %s.%s: %w", t.Name, col.Name, err)
		}
		out.defaults[col.Ordinal] = e
	}
	done := map[int]bool{}
	for _, col := range t.Columns {
		if err := l.compileGenerated(out, col, done, 0); err != nil {
			return err
		}
	}
	for _, check := range t.Checks {
		e, err := l.eval.Compile(t, check.Expr, value.TypeBool)
		if err != nil {
			return fmt.Errorf("check constraint %s: %w", check.Name, err)
		}
		out.checks = append(out.checks, checkConstraint{check: check, eval: e})
	}
	return nil
}

func (l *Layout) compileGenerated(out *tableLayout, col *schema.Column, done map[int]bool, depth int) error {
	if col.Generated == nil || done[col.Ordinal] {
		return nil
	}
	if depth > len(out.table.Columns) {
		return invalid("Cycle detected among generated columns of table %s, at column %s", out.table.Name, col.Name)
	}
	for _, from := range col.GeneratedFrom {
		if err := l.compileGenerated(out, out.table.Columns[from], done, depth+1); err != nil {
			return err
		}
	}
	e, err := l.eval.Compile(out.table, col.Generated, col.Type)
	if err != nil {
		return fmt.Errorf("generated column %s.%s: %w", out.table.Name, col.Name, err)
	}
	done[col.Ordinal] = true
	out.generated = append(out.generated, generatedColumn{column: col, eval: e})
	return nil
}

func (tl *tableLayout) key(row []value.Value) []byte {
	return appendRowKey(append(make([]byte, 0, 64), tl.prefix...), tl.table.Key, row)
}

func (tl *tableLayout) payloadOf(row []value.Value) []byte {
	out := make([]byte, 0, 64)
	for _, col := range tl.payload {
		if v := row[col.Ordinal]; !v.IsNull() {
			out = value.AppendValue(binary.AppendUvarint(out, uint64(col.ID)), v)
		}
	}
	return appendInexact(out, tl.table, tl.table.Key, row)
}

// appendInexact adds the values of key columns that keys do not tell from others:
// -0 is found as 0, and still read as it was written.
func appendInexact(out []byte, t *schema.Table, parts []schema.KeyPart, row []value.Value) []byte {
	for _, part := range parts {
		if v := row[part.Column]; v.IsNegativeZero() {
			out = value.AppendValue(binary.AppendUvarint(out, uint64(t.Columns[part.Column].ID)), v)
		}
	}
	return out
}

// decode fills row from what follows the table's prefix in a key, and a value.
func (tl *tableLayout) decode(row []value.Value, key, payload []byte) error {
	if err := decodeKey(row, tl.table, tl.table.Key, key); err != nil {
		return err
	}
	return tl.decodePayload(row, payload)
}

func (tl *tableLayout) decodePayload(row []value.Value, payload []byte) error {
	for len(payload) > 0 {
		id, n := binary.Uvarint(payload)
		if n <= 0 {
			return fmt.Errorf("row of table %s: %w", tl.table.Name, value.ErrBadRow)
		}
		ordinal, known := tl.ordinals[uint32(id)]
		var err error
		if known {
			row[ordinal], payload, err = value.ConsumeValue(payload[n:])
		} else {
			payload, err = value.SkipValue(payload[n:]) // of a dropped column
		}
		if err != nil {
			return fmt.Errorf("row of table %s: %w", tl.table.Name, err)
		}
	}
	return nil
}

// holds says whether the index has an entry for the row.
func (il *indexLayout) holds(row []value.Value) bool {
	if il.index.NullFiltered {
		for _, part := range il.index.Key {
			if row[part.Column].IsNull() {
				return false
			}
		}
	}
	for _, ordinal := range il.index.NotNull {
		if row[ordinal].IsNull() {
			return false
		}
	}
	return true
}

func (il *indexLayout) key(row []value.Value) []byte {
	return appendRowKey(append(make([]byte, 0, 64), il.prefix...), il.parts, row)
}

func (il *indexLayout) payloadOf(t *schema.Table, row []value.Value) []byte {
	var out []byte
	for _, ordinal := range il.index.Storing {
		if v := row[ordinal]; !v.IsNull() {
			out = value.AppendValue(binary.AppendUvarint(out, uint64(t.Columns[ordinal].ID)), v)
		}
	}
	return appendInexact(out, t, il.parts, row)
}

func appendRowKey(dst []byte, parts []schema.KeyPart, row []value.Value) []byte {
	for _, part := range parts {
		dst = value.AppendKey(dst, row[part.Column], part.Desc)
	}
	return dst
}

func decodeKey(row []value.Value, t *schema.Table, parts []schema.KeyPart, key []byte) error {
	var err error
	for _, part := range parts {
		row[part.Column], key, err = value.ConsumeKey(key, t.Columns[part.Column].Type, part.Desc)
		if err != nil {
			return fmt.Errorf("key of table %s: %w", t.Name, err)
		}
	}
	return nil
}
