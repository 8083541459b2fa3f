package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/syntax"
)

// Change is what a statement asks of the rows that exist. One field besides
// Table is set.
type Change struct {
	Table string

	FillColumn       *Column     // compute its default or generated value for every row
	BuildIndex       *Index      // make the entries
	VerifyForeignKey *ForeignKey // of every row
	VerifyCheck      *Check      // of every row
	VerifyColumn     *Column     // of every row: NOT NULL and length
	Erase            uint32      // the table or index with this number is gone
}

// Parse parses one DDL statement.
func Parse(sql string) (ast.DDL, error) {
	text := strings.TrimRight(strings.TrimSpace(sql), "; \t\r\n")
	ddl, err := syntax.ParseDDL(text)
	if err != nil {
		if sequence, ok := parseSequence(text); ok {
			return sequence, nil
		}
		text, _, _ := strings.Cut(err.Error(), "\n")
		return nil, invalid("Error parsing Spanner DDL statement: %s : %s", firstWords(sql), text)
	}
	return ddl, nil
}

func firstWords(sql string) string {
	if len(sql) > 100 {
		return strings.ToValidUTF8(sql[:100], "") + "..."
	}
	return sql
}

// Apply returns the catalog after one more statement, and what has to be done
// to the rows before it holds.
func (c *Catalog) Apply(ddl ast.DDL) (*Catalog, []Change, error) {
	b := &builder{Catalog: c.clone()}
	if err := b.apply(ddl); err != nil {
		return nil, nil, err
	}
	return b.Catalog, b.changes, nil
}

// Build returns the catalog after many statements on an empty database.
func (c *Catalog) Build(statements []ast.DDL) (*Catalog, error) {
	b := &builder{Catalog: c.clone()}
	for _, ddl := range statements {
		if err := b.apply(ddl); err != nil {
			return nil, err
		}
	}
	return b.Catalog, nil
}

// builder changes a catalog that nobody else sees yet.
type builder struct {
	*Catalog
	changes []Change
}

func (b *builder) apply(ddl ast.DDL) error {
	switch s := ddl.(type) {
	case *ast.CreateTable:
		return b.createTable(s)
	case *ast.DropTable:
		return b.dropTable(s)
	case *ast.CreateIndex:
		return b.createIndex(s)
	case *ast.DropIndex:
		return b.dropIndex(s)
	case *ast.AlterIndex:
		return b.alterIndex(s)
	case *ast.AlterTable:
		return b.alterTable(s)
	case *ast.Analyze:
		return nil // there are no statistics to gather
	case *ast.AlterDatabase:
		return b.alterDatabase(s)
	case *ast.CreateProtoBundle, *ast.AlterProtoBundle, *ast.DropProtoBundle:
		return b.changeProtoBundle(ddl)
	case *ast.CreateRole:
		return b.createRole(s)
	case *ast.DropRole:
		return b.dropRole(s)
	case *ast.Grant:
		return b.grantTo(s.Privilege, s.Roles, true)
	case *ast.Revoke:
		return b.grantTo(s.Privilege, s.Roles, false)
	case *ast.CreateSequence:
		return b.createSequence(s)
	case *ast.AlterSequence:
		return b.alterSequence(s)
	case *ast.DropSequence:
		return b.dropSequence(s)
	case *ast.CreateView:
		return b.createView(s)
	case *ast.DropView:
		return b.dropView(s)
	}
	words := strings.Fields(ddl.SQL())
	return unsupported("DDL statement " + strings.Join(words[:min(3, len(words))], " "))
}

func (b *builder) newID() uint32 {
	b.nextID++
	return b.nextID - 1
}

func (b *builder) change(c Change) { b.changes = append(b.changes, c) }

// taken says what kind of object has the name already.
func (b *builder) taken(name string) error {
	if t, ok := b.Table(name); ok {
		return duplicate("Duplicate name in schema: %s.", t.Name)
	}
	if x, ok := b.Index(name); ok {
		return duplicate("Duplicate name in schema: %s.", x.Name)
	}
	if q, ok := b.Sequence(name); ok {
		return duplicate("Duplicate name in schema: %s.", q.Name)
	}
	if v, ok := b.View(name); ok {
		return duplicate("Duplicate name in schema: %s.", v.Name)
	}
	for _, t := range b.tables {
		if t.hasConstraint(name) {
			return duplicate("Duplicate name in schema: %s.", name)
		}
	}
	return nil
}

func (b *builder) addTable(t *Table) {
	key := strings.ToLower(t.Name)
	b.tables[key] = t
	b.order = append(b.order, key)
}

func (b *builder) addIndex(t *Table, x *Index) {
	key := strings.ToLower(x.Name)
	b.indexes[key] = x
	b.order = append(b.order, key)
	t.Indexes = append(t.Indexes, x)
	b.change(Change{Table: t.Name, BuildIndex: x})
}

func (b *builder) forget(name string) {
	key := strings.ToLower(name)
	delete(b.tables, key)
	delete(b.indexes, key)
	delete(b.sequences, key)
	delete(b.views, key)
	b.order = slices.DeleteFunc(b.order, func(n string) bool { return n == key })
}

func (b *builder) mustTable(p *ast.Path) (*Table, error) {
	name, err := pathName(p)
	if err != nil {
		return nil, err
	}
	t, ok := b.Table(name)
	if !ok {
		return nil, notFound("Table not found: %s", name)
	}
	return t, nil
}

// clone copies everything that a builder changes in place.
func (c *Catalog) clone() *Catalog {
	out := *c
	out.views = maps.Clone(c.views)
	out.tables, out.indexes = make(map[string]*Table, len(c.tables)), make(map[string]*Index, len(c.indexes))
	out.order, out.roles, out.sequences = slices.Clone(c.order), nil, make(map[string]*Sequence, len(c.sequences))
	for _, r := range c.roles {
		out.roles = append(out.roles, r.clone())
	}
	for name, q := range c.sequences {
		cp := *q
		out.sequences[name] = &cp
	}
	keys := map[*ForeignKey]*ForeignKey{}
	cloneKeys := func(in []*ForeignKey) (copies []*ForeignKey) {
		for _, fk := range in {
			if keys[fk] == nil {
				cp := *fk
				keys[fk] = &cp
			}
			copies = append(copies, keys[fk])
		}
		return copies
	}
	for name, t := range c.tables {
		cp := *t
		cp.Key, cp.Children, cp.Checks = slices.Clone(t.Key), slices.Clone(t.Children), slices.Clone(t.Checks)
		cp.ForeignKeys, cp.ReferredBy = cloneKeys(t.ForeignKeys), cloneKeys(t.ReferredBy)
		cp.Columns, cp.Indexes = nil, nil
		for _, col := range t.Columns {
			column := *col
			if col.Identity != nil {
				column.Identity = out.sequences[strings.ToLower(col.Identity.Name)]
			}
			cp.Columns = append(cp.Columns, &column)
		}
		cp.nameColumns()
		for _, x := range t.Indexes {
			index := *x
			cp.Indexes = append(cp.Indexes, &index)
			out.indexes[strings.ToLower(x.Name)] = &index
		}
		if t.RowDeletion != nil {
			policy := *t.RowDeletion
			cp.RowDeletion = &policy
		}
		out.tables[name] = &cp
	}
	return &out
}

func (t *Table) nameColumns() {
	t.byName = make(map[string]*Column, len(t.Columns))
	for i, col := range t.Columns {
		col.Ordinal = i
		t.byName[strings.ToLower(col.Name)] = col
	}
}
