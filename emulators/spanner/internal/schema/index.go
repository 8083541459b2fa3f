package schema

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
)

func (b *builder) createIndex(s *ast.CreateIndex) error {
	name, err := pathName(s.Name)
	if err != nil {
		return err
	}
	if _, exists := b.Index(name); exists && s.IfNotExists {
		return nil
	}
	if s.Options != nil {
		return unsupported("OPTIONS of an index")
	}
	if err := checkName("Index", name); err != nil {
		return err
	}
	if strings.EqualFold(name, "PRIMARY_KEY") {
		return invalid("Cannot use reserved name PRIMARY_KEY for an index.")
	}
	if err := b.taken(name); err != nil {
		return err
	}
	t, err := b.mustTable(s.TableName)
	if err != nil {
		return err
	}
	if err := b.checkIndexes(t, name); err != nil {
		return err
	}
	x := &Index{Name: name, Table: t.Name, Unique: s.Unique, NullFiltered: s.NullFiltered}
	if x.Key, err = t.keyParts(s.Keys, "Index "+name); err != nil {
		return err
	}
	if len(x.Key) == 0 {
		return invalid("Index %s does not specify any key columns.", name)
	}
	x.addSuffix(t)
	if n := len(x.EntryKey()); n > maxKeyColumns {
		return invalid("Index %s has too many keys (%d); the limit is %d.", name, n, maxKeyColumns)
	}
	if s.Storing != nil {
		for _, ident := range s.Storing.Columns {
			if err := x.store(t, ident.Name); err != nil {
				return err
			}
		}
	}
	if s.Where != nil {
		if err := x.filter(t, s.Where.Expr); err != nil {
			return err
		}
	}
	if s.InterleaveIn != nil {
		if err := b.interleaveIndex(t, x, s.InterleaveIn.TableName.Name); err != nil {
			return err
		}
	}
	x.ID = b.newID()
	b.addIndex(t, x)
	return nil
}

// addSuffix completes the key of an entry by the primary key.
func (x *Index) addSuffix(t *Table) {
	for _, part := range t.Key {
		if !slices.ContainsFunc(x.Key, func(p KeyPart) bool { return p.Column == part.Column }) {
			x.Suffix = append(x.Suffix, part)
		}
	}
}

func (x *Index) store(t *Table, name string) error {
	col, ok := t.Column(name)
	if !ok {
		return invalid("Index %s stores nonexistent column %s.", x.Name, name)
	}
	if slices.Contains(x.Storing, col.Ordinal) || slices.ContainsFunc(x.EntryKey(), func(p KeyPart) bool { return p.Column == col.Ordinal }) {
		return invalid("Index %s stores column %s, which it holds already.", x.Name, col.Name)
	}
	x.Storing = append(x.Storing, col.Ordinal)
	return nil
}

// filter reads WHERE column IS NOT NULL [AND ...].
func (x *Index) filter(t *Table, e ast.Expr) error {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return x.filter(t, e.Expr)
	case *ast.BinaryExpr:
		if e.Op == ast.OpAnd {
			if err := x.filter(t, e.Left); err != nil {
				return err
			}
			return x.filter(t, e.Right)
		}
	case *ast.IsNullExpr:
		ident, ok := e.Left.(*ast.Ident)
		if !ok || !e.Not {
			break
		}
		col, ok := t.Column(ident.Name)
		if !ok {
			return invalid("Index %s references nonexistent column %s.", x.Name, ident.Name)
		}
		x.NotNull = append(x.NotNull, col.Ordinal)
		return nil
	}
	return unsupported("Index filter other than IS NOT NULL: " + e.SQL())
}

func (b *builder) interleaveIndex(t *Table, x *Index, name string) error {
	parent, ok := b.Table(name)
	if !ok {
		return notFound("Table not found: %s", name)
	}
	for i, part := range parent.Key {
		if i >= len(x.Key) || !strings.EqualFold(t.Columns[x.Key[i].Column].Name, parent.Columns[part.Column].Name) {
			return failed("Index %s cannot be interleaved in %s: its key does not begin with the key of that table.", x.Name, parent.Name)
		}
		if x.Key[i].Desc != part.Desc {
			return failed("Index %s references parent key column %s with incorrect order.", x.Name, parent.Columns[part.Column].Name)
		}
	}
	x.Interleave = parent.Name
	return nil
}

func (b *builder) dropIndex(s *ast.DropIndex) error {
	name, err := pathName(s.Name)
	if err != nil {
		return err
	}
	x, ok := b.Index(name)
	if !ok || x.Managed {
		if s.IfExists {
			return nil
		}
		return notFound("Index not found: %s", name)
	}
	t, _ := b.Table(x.Table)
	b.removeIndex(t, x.Name)
	return nil
}

func (b *builder) removeIndex(t *Table, name string) {
	x, ok := b.Index(name)
	if !ok {
		return
	}
	t.Indexes = slices.DeleteFunc(t.Indexes, func(other *Index) bool { return other.ID == x.ID })
	b.forget(x.Name)
	b.change(Change{Table: t.Name, Erase: x.ID})
}

// alterIndex adds or drops a stored column. The entries are made anew under a
// new number, so that snapshots of the past keep finding the old ones.
func (b *builder) alterIndex(s *ast.AlterIndex) error {
	name, err := pathName(s.Name)
	if err != nil {
		return err
	}
	x, ok := b.Index(name)
	if !ok || x.Managed {
		return notFound("Index not found: %s", name)
	}
	t, _ := b.Table(x.Table)
	switch a := s.IndexAlteration.(type) {
	case *ast.AddStoredColumn:
		x.Storing = slices.Clone(x.Storing)
		if err := x.store(t, a.Name.Name); err != nil {
			return err
		}
	case *ast.DropStoredColumn:
		col, ok := t.Column(a.Name.Name)
		if !ok || !slices.Contains(x.Storing, col.Ordinal) {
			return invalid("Index %s does not store column %s.", x.Name, a.Name.Name)
		}
		x.Storing = slices.DeleteFunc(slices.Clone(x.Storing), func(o int) bool { return o == col.Ordinal })
	default:
		return unsupported("ALTER INDEX " + s.IndexAlteration.SQL())
	}
	b.change(Change{Table: t.Name, Erase: x.ID})
	x.ID = b.newID()
	b.change(Change{Table: t.Name, BuildIndex: x})
	return nil
}
