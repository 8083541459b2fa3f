package schema

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func (b *builder) createTable(s *ast.CreateTable) error {
	name, err := pathName(s.Name)
	if err != nil {
		return err
	}
	if _, exists := b.Table(name); exists && s.IfNotExists {
		return nil
	}
	if err := b.newTableAllowed(s, name); err != nil {
		return err
	}
	if err := b.checkTables(name); err != nil {
		return err
	}
	t := &Table{ID: b.newID(), Name: name}
	t.nameColumns()
	for _, def := range s.Columns {
		if _, err := b.addColumn(t, def); err != nil {
			return err
		}
	}
	if err := t.resolveGenerated(); err != nil {
		return err
	}
	if err := t.setKey(s); err != nil {
		return err
	}
	if s.Cluster != nil {
		if err := b.interleave(t, s.Cluster); err != nil {
			return err
		}
	}
	if s.RowDeletionPolicy != nil {
		if err := t.setRowDeletion(s.RowDeletionPolicy.RowDeletionPolicy); err != nil {
			return err
		}
	}
	b.addTable(t)
	for _, constraint := range s.TableConstraints {
		if err := b.addConstraint(t, constraint, false); err != nil {
			return err
		}
	}
	return b.checkTable(t)
}

func (b *builder) newTableAllowed(s *ast.CreateTable, name string) error {
	switch {
	case s.Options != nil:
		return unsupported("OPTIONS of a table")
	case len(s.Synonyms) > 0:
		return unsupported("SYNONYM")
	}
	if err := checkName("Table", name); err != nil {
		return err
	}
	return b.taken(name)
}

// addColumn appends a column; what it is generated from is resolved later.
func (b *builder) addColumn(t *Table, def *ast.ColumnDef) (*Column, error) {
	if _, exists := t.Column(def.Name.Name); exists {
		return nil, duplicate("Duplicate column name %s.%s.", t.Name, def.Name.Name)
	}
	if err := checkName("Column", def.Name.Name); err != nil {
		return nil, err
	}
	if def.PlacementKey != nil {
		return nil, unsupported("PLACEMENT KEY")
	}
	typ, length, err := b.columnType(def.Type)
	if err != nil {
		return nil, err
	}
	col := &Column{
		ID: b.newID(), Name: def.Name.Name, Type: typ, Length: length, NotNull: def.NotNull, Hidden: !def.Hidden.Invalid(),
	}
	if col.AllowCommitTimestamp, err = commitTimestampOption(def.Options); err != nil {
		return nil, err
	}
	if def.Options != nil && typ.Code != value.CodeTimestamp {
		return nil, failed("Option allow_commit_timestamp only allowed on TIMESTAMP columns, but %s.%s is of type %s.", t.Name, col.Name, typ)
	}
	switch d := def.DefaultSemantics.(type) {
	case nil:
	case *ast.ColumnDefaultExpr:
		if d.OnUpdate != nil {
			return nil, unsupported("ON UPDATE")
		}
		col.Default = d.Expr
	case *ast.GeneratedColumnExpr:
		col.Generated, col.Stored = d.Expr, !d.Stored.Invalid()
	case *ast.IdentityColumn:
		err = b.identity(t, col, d.Params)
	case *ast.AutoIncrement:
		err = b.identity(t, col, nil)
	default:
		err = unsupported("Column with " + def.DefaultSemantics.SQL())
	}
	if err != nil {
		return nil, err
	}
	t.Columns = append(t.Columns, col)
	t.nameColumns()
	return col, t.checkColumns()
}

func (t *Table) resolveGenerated() error {
	for _, col := range t.Columns {
		if col.Generated == nil {
			continue
		}
		col.GeneratedFrom = t.Mentioned(col.Generated)
		if slices.Contains(col.GeneratedFrom, col.Ordinal) {
			return invalid("Generated column %s.%s refers to itself.", t.Name, col.Name)
		}
	}
	return nil
}

func (t *Table) setKey(s *ast.CreateTable) error {
	keys, declared := s.PrimaryKeys, !s.PrimaryKeyRparen.Invalid()
	for _, def := range s.Columns {
		if def.PrimaryKey {
			if declared {
				return invalid("Multiple primary keys for table %s.", t.Name)
			}
			keys, declared = []*ast.IndexKey{{Name: def.Name}}, true
		}
	}
	for _, constraint := range s.TableConstraints {
		if pk, ok := constraint.Constraint.(*ast.TablePrimaryKey); ok {
			if declared {
				return invalid("Multiple primary keys for table %s.", t.Name)
			}
			keys, declared = pk.Columns, true
		}
	}
	if !declared {
		return invalid("Table %s needs a PRIMARY KEY.", t.Name)
	}
	parts, err := t.keyParts(keys, "Table "+t.Name)
	t.Key = parts
	return err
}

// keyParts resolves the columns of a key.
func (t *Table) keyParts(keys []*ast.IndexKey, of string) ([]KeyPart, error) {
	if err := checkKeyColumns(keys, of); err != nil {
		return nil, err
	}
	parts := []KeyPart{}
	for _, key := range keys {
		col, ok := t.Column(key.Name.Name)
		if !ok {
			return nil, invalid("%s references nonexistent key column %s.", of, key.Name.Name)
		}
		if slices.ContainsFunc(parts, func(p KeyPart) bool { return p.Column == col.Ordinal }) {
			return nil, invalid("%s has duplicate key column %s.", of, col.Name)
		}
		if !col.Type.Orderable() {
			return nil, invalid("%s has a key column %s of type %s, which cannot be part of a key.", of, col.Name, col.Type)
		}
		parts = append(parts, KeyPart{Column: col.Ordinal, Desc: key.Dir == ast.DirectionDesc})
	}
	return parts, nil
}

// interleave places a new table in its parent.
func (b *builder) interleave(t *Table, c *ast.Cluster) error {
	parent, err := b.mustTable(c.TableName)
	if err != nil {
		return err
	}
	t.Parent, t.ParentEnforced, t.CascadeOnDelete = parent.Name, c.Enforced, c.OnDelete == ast.OnDeleteCascade
	for i, part := range parent.Key {
		want := parent.Columns[part.Column]
		if i >= len(t.Key) || !strings.EqualFold(t.Columns[t.Key[i].Column].Name, want.Name) {
			return failed("Interleaved table %s must reference parent key column %s in the same position of its primary key as %s.", t.Name, want.Name, parent.Name)
		}
		got := t.Columns[t.Key[i].Column]
		if c.Enforced && got.Length != want.Length {
			return failed("Table %s references parent key column %s with incorrect length %s (should be %s).", t.Name, got.Name, lengthText(got.Length), lengthText(want.Length))
		}
		if !got.Type.Equal(want.Type) || t.Key[i].Desc != part.Desc || got.NotNull != want.NotNull && c.Enforced {
			return failed("Interleaved table %s: key column %s must be declared as in parent %s: type, order and NOT NULL.", t.Name, got.Name, parent.Name)
		}
	}
	if err := b.checkDepth(t); err != nil {
		return err
	}
	parent.Children = append(parent.Children, t.Name)
	return nil
}

func (t *Table) setRowDeletion(p *ast.RowDeletionPolicy) error {
	col, ok := t.Column(p.ColumnName.Name)
	if !ok {
		return invalid("Row deletion policy of table %s references nonexistent column %s.", t.Name, p.ColumnName.Name)
	}
	if col.Type.Code != value.CodeTimestamp {
		return invalid("Row deletion policy of table %s needs a TIMESTAMP column, but %s is of type %s.", t.Name, col.Name, col.Type)
	}
	days, err := strconv.ParseInt(p.NumDays.Value, 0, 64)
	if err != nil || days < 0 {
		return invalid("Row deletion policy of table %s: bad number of days %s.", t.Name, p.NumDays.Value)
	}
	t.RowDeletion = &RowDeletionPolicy{Column: col.Ordinal, Days: days}
	return nil
}

func (b *builder) dropTable(s *ast.DropTable) error {
	t, err := b.mustTable(s.Name)
	if err != nil {
		if s.IfExists {
			return nil
		}
		return err
	}
	if len(t.Children) > 0 {
		return failed("Cannot drop table %s with interleaved tables: %s.", t.Name, strings.Join(t.Children, ", "))
	}
	if users := b.viewsOn(t.Name); len(users) > 0 {
		return failed("Cannot drop TABLE `%s` on which there are dependent views: %s.", t.Name, strings.Join(users, ", "))
	}
	for _, x := range t.Indexes {
		if !x.Managed {
			return failed("Cannot drop table %s with indices: %s.", t.Name, x.Name)
		}
	}
	for _, fk := range t.ReferredBy {
		if fk.Table != t.Name {
			return failed("Cannot drop table `%s`. It is referenced by foreign key `%s` of table `%s`.", t.Name, fk.Name, fk.Table)
		}
	}
	for _, fk := range slices.Clone(t.ForeignKeys) {
		b.removeForeignKey(t, fk)
	}
	if parent, ok := b.Table(t.Parent); ok {
		parent.Children = slices.DeleteFunc(parent.Children, func(n string) bool { return n == t.Name })
	}
	for _, col := range t.Columns {
		b.dropIdentity(col)
	}
	b.dropGrants(t.ID)
	b.forget(t.Name)
	b.change(Change{Table: t.Name, Erase: t.ID})
	return nil
}
