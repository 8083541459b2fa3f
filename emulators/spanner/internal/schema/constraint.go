package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
)

// addConstraint adds a CHECK or FOREIGN KEY; on a table that may have rows
// they are verified.
func (b *builder) addConstraint(t *Table, c *ast.TableConstraint, verify bool) error {
	name := ""
	if c.Name != nil {
		name = c.Name.Name
		if err := b.constraintNameAllowed(name, c.Constraint); err != nil {
			return err
		}
	}
	switch constraint := c.Constraint.(type) {
	case *ast.TablePrimaryKey:
		if verify {
			return unsupported("Adding a PRIMARY KEY")
		}
		return nil
	case *ast.Check:
		if name == "" {
			name = t.unusedName("CK_" + t.Name)
		}
		check := &Check{Name: name, Expr: constraint.Expr}
		t.Checks = append(t.Checks, check)
		if verify {
			b.change(Change{Table: t.Name, VerifyCheck: check})
		}
		return nil
	case *ast.ForeignKey:
		return b.addForeignKey(t, name, constraint, verify)
	}
	return unsupported("Constraint " + c.SQL())
}

func (b *builder) constraintNameAllowed(name string, c ast.Constraint) error {
	kind := "Check constraint"
	if _, ok := c.(*ast.ForeignKey); ok {
		kind = "Foreign key"
	}
	if strings.HasPrefix(name, "_") {
		return invalid("%s name not valid: %s.", kind, name)
	}
	if strings.HasPrefix(strings.ToUpper(name), "PK_") {
		return invalid("Invalid %s name: %s. Prefix PK_ cannot be used.", kind, name)
	}
	return b.taken(name)
}

func (t *Table) hasConstraint(name string) bool {
	return slices.ContainsFunc(t.Checks, func(c *Check) bool { return strings.EqualFold(c.Name, name) }) ||
		slices.ContainsFunc(t.ForeignKeys, func(fk *ForeignKey) bool { return strings.EqualFold(fk.Name, name) })
}

func (t *Table) unusedName(prefix string) string {
	for i := 1; ; i++ {
		if name := fmt.Sprintf("%s_%d", prefix, i); !t.hasConstraint(name) {
			return name
		}
	}
}

func (b *builder) addForeignKey(t *Table, name string, s *ast.ForeignKey, verify bool) error {
	refName, err := pathName(s.ReferenceTable)
	if err != nil {
		return err
	}
	if name == "" {
		name = t.unusedName("FK_" + t.Name + "_" + refName)
	}
	referenced, ok := b.Table(refName)
	if !ok {
		return notFound("Table not found: %s", refName)
	}
	fk := &ForeignKey{
		Name: name, Table: t.Name, Referenced: referenced.Name,
		CascadeOnDelete: s.OnDelete == ast.OnDeleteCascade, Enforced: s.Enforcement != ast.NotEnforced,
	}
	if !fk.Enforced && fk.CascadeOnDelete {
		return invalid("Foreign key %s: ON DELETE CASCADE needs an enforced constraint.", name)
	}
	if fk.Columns, err = t.constraintColumns(name, s.Columns); err != nil {
		return err
	}
	if fk.ReferencedCols, err = referenced.constraintColumns(name, s.ReferenceColumns); err != nil {
		return err
	}
	if err := fk.checkTypes(t, referenced); err != nil {
		return err
	}
	b.indexForeignKey(t, referenced, fk)
	t.ForeignKeys = append(t.ForeignKeys, fk)
	referenced.ReferredBy = append(referenced.ReferredBy, fk)
	if verify && fk.Enforced {
		b.change(Change{Table: t.Name, VerifyForeignKey: fk})
	}
	return nil
}

func (t *Table) constraintColumns(name string, idents []*ast.Ident) ([]int, error) {
	var ordinals []int
	for _, ident := range idents {
		col, ok := t.Column(ident.Name)
		if !ok {
			return nil, invalid("Foreign key %s: column %s not found in table %s.", name, ident.Name, t.Name)
		}
		if slices.Contains(ordinals, col.Ordinal) {
			return nil, invalid("Foreign key %s: column %s of table %s appears twice.", name, ident.Name, t.Name)
		}
		if col.AllowCommitTimestamp {
			return nil, invalid("Commit timestamp column is not supported for column `%s` of table `%s` in foreign key `%s`.", col.Name, t.Name, name)
		}
		if !col.Type.Orderable() {
			return nil, invalid("Foreign key %s: column %s.%s is of type %s, which cannot be part of a key.", name, t.Name, col.Name, col.Type)
		}
		ordinals = append(ordinals, col.Ordinal)
	}
	return ordinals, nil
}

func (fk *ForeignKey) checkTypes(t, referenced *Table) error {
	if len(fk.Columns) != len(fk.ReferencedCols) {
		return invalid("Foreign key %s: %d columns refer to %d.", fk.Name, len(fk.Columns), len(fk.ReferencedCols))
	}
	for i := range fk.Columns {
		a, b := t.Columns[fk.Columns[i]], referenced.Columns[fk.ReferencedCols[i]]
		if !a.Type.Equal(b.Type) {
			return invalid("Foreign key %s: column %s.%s is of type %s but refers to %s.%s of type %s.", fk.Name, t.Name, a.Name, a.Type, referenced.Name, b.Name, b.Type)
		}
	}
	return nil
}

// indexForeignKey makes indexes by which both sides are found, where the
// primary key does not serve.
func (b *builder) indexForeignKey(t, referenced *Table, fk *ForeignKey) {
	if !fk.Enforced {
		return
	}
	if len(referenced.Key) != len(fk.ReferencedCols) || !keyBeginsWith(referenced.Key, fk.ReferencedCols) {
		fk.ReferencedIndex = b.manage(referenced, fk, "referenced", fk.ReferencedCols, true)
	}
	if !keyBeginsWith(t.Key, fk.Columns) {
		fk.ReferringIndex = b.manage(t, fk, "referring", fk.Columns, false)
	}
}

// keyBeginsWith says whether the first parts of a key are the columns, in any order.
func keyBeginsWith(key []KeyPart, columns []int) bool {
	if len(key) < len(columns) {
		return false
	}
	for _, part := range key[:len(columns)] {
		if !slices.Contains(columns, part.Column) {
			return false
		}
	}
	return true
}

func (b *builder) manage(t *Table, fk *ForeignKey, side string, columns []int, unique bool) string {
	x := &Index{
		ID: b.newID(), Name: "IDX_" + fk.Table + "_" + fk.Name + "_" + side, Table: t.Name,
		Unique: unique, NullFiltered: true, Managed: true,
	}
	for _, ordinal := range columns {
		x.Key = append(x.Key, KeyPart{Column: ordinal})
	}
	x.addSuffix(t)
	b.addIndex(t, x)
	return x.Name
}

func (b *builder) removeForeignKey(t *Table, fk *ForeignKey) {
	t.ForeignKeys = slices.DeleteFunc(t.ForeignKeys, func(other *ForeignKey) bool { return other == fk })
	referenced, ok := b.Table(fk.Referenced)
	if !ok {
		return
	}
	referenced.ReferredBy = slices.DeleteFunc(referenced.ReferredBy, func(other *ForeignKey) bool { return other == fk })
	if fk.ReferencedIndex != "" {
		b.removeIndex(referenced, fk.ReferencedIndex)
	}
	if fk.ReferringIndex != "" {
		b.removeIndex(t, fk.ReferringIndex)
	}
}

func (b *builder) dropConstraint(t *Table, name string) error {
	for i, check := range t.Checks {
		if strings.EqualFold(check.Name, name) {
			t.Checks = slices.Delete(t.Checks, i, i+1)
			return nil
		}
	}
	for _, fk := range t.ForeignKeys {
		if strings.EqualFold(fk.Name, name) {
			b.removeForeignKey(t, fk)
			return nil
		}
	}
	return notFound("%s is not a constraint in table %s.", name, t.Name)
}
