package schema

import (
	"slices"

	"github.com/cloudspannerecosystem/memefish/ast"
)

// The service's limits on a schema.
const (
	maxTables            = 5000
	maxIndexes           = 10_000 // of a database
	maxTableIndexes      = 128
	maxColumns           = 1024 // of a table
	maxKeyColumns        = 16
	maxInterleavingDepth = 7
)

func checkKeyColumns(keys []*ast.IndexKey, of string) error {
	if len(keys) > maxKeyColumns {
		return invalid("%s has too many keys (%d); the limit is %d.", of, len(keys), maxKeyColumns)
	}
	return nil
}

func (t *Table) checkColumns() error {
	if len(t.Columns) > maxColumns {
		return failed("Table %s has too many columns; the limit is %d.", t.Name, maxColumns)
	}
	return nil
}

func (b *builder) checkTables(name string) error {
	if len(b.tables) >= maxTables {
		return failed("Cannot add Table %s : too many tables (limit %d per database).", name, maxTables)
	}
	return nil
}

func (b *builder) checkDepth(t *Table) error {
	depth := 1
	for parent, ok := b.Table(t.Parent); ok; parent, ok = b.Table(parent.Parent) {
		if depth++; depth > maxInterleavingDepth {
			return failed("Table %s is too deeply nested; the limit is %d.", t.Name, maxInterleavingDepth)
		}
	}
	return nil
}

// checkIndexes is asked before an index is added. Those that foreign keys made do not count.
func (b *builder) checkIndexes(t *Table, name string) error {
	managed := func(x *Index) bool { return x.Managed }
	if own := slices.DeleteFunc(slices.Clone(t.Indexes), managed); len(own) >= maxTableIndexes {
		return failed("Cannot add index %s to table %s: too many indices (limit %d per table).", name, t.Name, maxTableIndexes)
	}
	if len(b.indexes) >= maxIndexes {
		return failed("Cannot add Index %s : too many indexes (limit %d per database).", name, maxIndexes)
	}
	return nil
}
