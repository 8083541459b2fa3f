// Package schema holds the catalog of a database: tables, indexes and
// constraints as declared by its DDL, and the DDL to declare them again.
package schema

import (
	"slices"
	"strings"
	"time"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Catalog is the schema of one database. It is immutable: Apply returns a
// changed copy. Names are looked up without regard to case.
type Catalog struct {
	tables  map[string]*Table
	indexes map[string]*Index
	order   []string // lower-case names of tables, indexes, sequences and views as created
	roles   []*Role
	protos  *protoBundle                                 // nil without CREATE PROTO BUNDLE
	offered map[string]*descriptorpb.FileDescriptorProto // by file name, for CREATE and ALTER PROTO BUNDLE

	views        map[string]*StoredView
	sequences    map[string]*Sequence
	sequenceKind string         // default_sequence_kind as declared
	zone         *time.Location // default_time_zone as declared, nil for the default

	nextID    uint32 // of the next table, index or column; never used twice
	retention string // version_retention_period as declared, "" for the default
	name      string // of the database, as ALTER DATABASE prints it
}

// Table is a table and everything declared on it.
type Table struct {
	ID      uint32 // prefix of its keys in the store
	Name    string
	Columns []*Column // in order of declaration
	Key     []KeyPart // primary key; empty for a table of at most one row

	Parent          string // table it is interleaved in, "" for none
	ParentEnforced  bool   // INTERLEAVE IN PARENT, rather than INTERLEAVE IN
	CascadeOnDelete bool   // of the parent's row
	Children        []string

	Indexes     []*Index      // on this table
	ForeignKeys []*ForeignKey // declared by this table
	ReferredBy  []*ForeignKey // declared by other tables (or this one) on this one
	Checks      []*Check
	RowDeletion *RowDeletionPolicy

	byName map[string]*Column
}

// Column is a column of a table.
type Column struct {
	ID      uint32 // tags the column in stored rows; never used twice in a database
	Ordinal int    // position in Table.Columns and in a row in memory
	Name    string
	Type    *value.Type
	Length  int64 // most characters, bytes or, of an array, the same of each element; 0 is MAX
	NotNull bool

	Default              ast.Expr  // nil without DEFAULT
	Identity             *Sequence // that Default draws from, nil unless an identity column
	IdentityKind         string    // kind as declared, "" for the default of the database
	Generated            ast.Expr  // nil unless AS (...)
	Stored               bool      // of a generated column
	Hidden               bool      // left out of SELECT *
	AllowCommitTimestamp bool

	// GeneratedFrom are the ordinals of the columns Generated refers to.
	GeneratedFrom []int
}

// KeyPart is one column of a primary or index key.
type KeyPart struct {
	Column int // ordinal in Table.Columns
	Desc   bool
}

// Index is a secondary index. An entry's key is Key, then the parts of the
// table's key that Key lacks; its payload holds the stored columns.
type Index struct {
	ID           uint32
	Name         string
	Table        string
	Key          []KeyPart // as declared
	Suffix       []KeyPart // parts of the primary key not in Key, with their own direction
	Storing      []int     // ordinals
	Unique       bool
	NullFiltered bool
	NotNull      []int  // ordinals of WHERE column IS NOT NULL: entries exist only for rows where all hold
	Interleave   string // table it is interleaved in, "" for none
	Managed      bool   // made by a foreign key, absent from the DDL
}

// EntryKey returns all parts of an entry's key, in order.
func (x *Index) EntryKey() []KeyPart {
	parts := make([]KeyPart, 0, len(x.Key)+len(x.Suffix))
	return append(append(parts, x.Key...), x.Suffix...)
}

// ForeignKey is a referential constraint.
type ForeignKey struct {
	Name            string
	Table           string // that declares it
	Columns         []int  // ordinals in Table
	Referenced      string
	ReferencedCols  []int // ordinals in Referenced
	CascadeOnDelete bool
	Enforced        bool

	// The indexes by which rows are found from the other side: their keys begin
	// with the columns, in any order. "" is the primary key.
	ReferencedIndex string
	ReferringIndex  string
}

// Check is a CHECK constraint.
type Check struct {
	Name string
	Expr ast.Expr
}

// RowDeletionPolicy is OLDER_THAN(Column, INTERVAL Days DAY).
type RowDeletionPolicy struct {
	Column int
	Days   int64
}

// Empty returns the catalog of a new database.
func Empty(database string) *Catalog {
	return &Catalog{
		tables: map[string]*Table{}, indexes: map[string]*Index{}, sequences: map[string]*Sequence{},
		views: map[string]*StoredView{},
		roles: systemRoles(), nextID: 1, name: database,
	}
}

// Table finds a table by name.
func (c *Catalog) Table(name string) (*Table, bool) {
	t, ok := c.tables[strings.ToLower(name)]
	return t, ok
}

// Index finds an index by name.
func (c *Catalog) Index(name string) (*Index, bool) {
	x, ok := c.indexes[strings.ToLower(name)]
	return x, ok
}

// Tables lists the tables in order of creation.
func (c *Catalog) Tables() []*Table {
	var out []*Table
	for _, name := range c.order {
		if t, ok := c.tables[name]; ok {
			out = append(out, t)
		}
	}
	return out
}

// Column finds a column by name.
func (t *Table) Column(name string) (*Column, bool) {
	col, ok := t.byName[strings.ToLower(name)]
	return col, ok
}

// IsKey says whether the column with this ordinal is part of the primary key.
func (t *Table) IsKey(ordinal int) bool {
	for _, part := range t.Key {
		if part.Column == ordinal {
			return true
		}
	}
	return false
}

// Index finds an index on this table by name.
func (t *Table) Index(name string) (*Index, bool) {
	for _, x := range t.Indexes {
		if strings.EqualFold(x.Name, name) {
			return x, true
		}
	}
	return nil, false
}

// Covers says whether entries hold the column with this ordinal.
func (x *Index) Covers(ordinal int) bool {
	return slices.Contains(x.Storing, ordinal) ||
		slices.ContainsFunc(x.EntryKey(), func(p KeyPart) bool { return p.Column == ordinal })
}
