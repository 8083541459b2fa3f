package schema

import (
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones must be known on machines without them

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func (b *builder) alterTable(s *ast.AlterTable) error {
	t, err := b.mustTable(s.Name)
	if err != nil {
		return err
	}
	if err := b.alter(t, s); err != nil {
		return err
	}
	return b.checkTable(t)
}

func (b *builder) alter(t *Table, s *ast.AlterTable) error {
	switch a := s.TableAlteration.(type) {
	case *ast.AddColumn:
		return b.alterAddColumn(t, a)
	case *ast.DropColumn:
		return b.dropColumn(t, a.Name.Name)
	case *ast.AlterColumn:
		return b.alterColumn(t, a)
	case *ast.AddTableConstraint:
		return b.addConstraint(t, a.TableConstraint, true)
	case *ast.DropConstraint:
		return b.dropConstraint(t, a.Name.Name)
	case *ast.AddRowDeletionPolicy:
		if t.RowDeletion != nil {
			return failed("Table %s already has a row deletion policy.", t.Name)
		}
		return t.setRowDeletion(a.RowDeletionPolicy)
	case *ast.ReplaceRowDeletionPolicy:
		if t.RowDeletion == nil {
			return failed("Table %s does not have a row deletion policy.", t.Name)
		}
		return t.setRowDeletion(a.RowDeletionPolicy)
	case *ast.DropRowDeletionPolicy:
		if t.RowDeletion == nil {
			return failed("Table %s does not have a row deletion policy.", t.Name)
		}
		t.RowDeletion = nil
		return nil
	case *ast.SetOnDelete:
		if t.Parent == "" {
			return failed("Cannot change ON DELETE of table %s, which is not interleaved.", t.Name)
		}
		t.CascadeOnDelete = a.OnDelete == ast.OnDeleteCascade
		return nil
	}
	return unsupported("ALTER TABLE " + s.TableAlteration.SQL())
}

func (b *builder) alterAddColumn(t *Table, a *ast.AddColumn) error {
	if _, exists := t.Column(a.Column.Name.Name); exists && a.IfNotExists {
		return nil
	}
	if a.Column.PrimaryKey {
		return invalid("Cannot add primary key column %s.%s.", t.Name, a.Column.Name.Name)
	}
	col, err := b.addColumn(t, a.Column)
	if err != nil {
		return err
	}
	if err := t.resolveGenerated(); err != nil {
		return err
	}
	switch {
	case col.Default != nil || col.Generated != nil:
		b.change(Change{Table: t.Name, FillColumn: col})
	case col.NotNull:
		return invalid("Cannot add NOT NULL column %s.%s to existing table %s.", t.Name, col.Name, t.Name)
	}
	return nil
}

func (b *builder) dropColumn(t *Table, name string) error {
	col, ok := t.Column(name)
	if !ok {
		return notFound("Column not found in table %s: %s", t.Name, name)
	}
	if user := t.userOf(col); user != "" {
		return failed("Cannot drop column %s.%s, which is used by %s.", t.Name, col.Name, user)
	}
	if role := b.grantedOn(t.ID, col.ID); role != "" {
		return failed("Cannot drop column %s.%s: revoke the privileges of role %s on it first.", t.Name, col.Name, role)
	}
	b.dropIdentity(col)
	dropped := col.Ordinal
	t.Columns = slices.Delete(t.Columns, dropped, dropped+1)
	t.nameColumns()
	t.renumber(func(ordinal int) int {
		if ordinal > dropped {
			return ordinal - 1
		}
		return ordinal
	})
	return nil
}

// userOf names what keeps a column from being dropped.
func (t *Table) userOf(col *Column) string {
	uses := func(parts []KeyPart) bool {
		return slices.ContainsFunc(parts, func(p KeyPart) bool { return p.Column == col.Ordinal })
	}
	if uses(t.Key) {
		return "the primary key"
	}
	for _, fk := range t.ForeignKeys {
		if slices.Contains(fk.Columns, col.Ordinal) {
			return "foreign key " + fk.Name
		}
	}
	for _, fk := range t.ReferredBy {
		if slices.Contains(fk.ReferencedCols, col.Ordinal) {
			return "foreign key " + fk.Name
		}
	}
	for _, x := range t.Indexes {
		if uses(x.Key) || slices.Contains(x.Storing, col.Ordinal) || slices.Contains(x.NotNull, col.Ordinal) {
			return "index " + x.Name
		}
	}
	for _, check := range t.Checks {
		if slices.Contains(t.Mentioned(check.Expr), col.Ordinal) {
			return "check constraint " + check.Name
		}
	}
	for _, other := range t.Columns {
		if slices.Contains(other.GeneratedFrom, col.Ordinal) {
			return "generated column " + other.Name
		}
	}
	if t.RowDeletion != nil && t.RowDeletion.Column == col.Ordinal {
		return "the row deletion policy"
	}
	return ""
}

// renumber replaces the ordinals of the table's columns wherever they are kept.
func (t *Table) renumber(to func(int) int) {
	list := func(in []int) []int {
		var out []int
		for _, ordinal := range in {
			out = append(out, to(ordinal))
		}
		return out
	}
	parts := func(in []KeyPart) []KeyPart {
		out := make([]KeyPart, 0, len(in))
		for _, part := range in {
			out = append(out, KeyPart{Column: to(part.Column), Desc: part.Desc})
		}
		return out
	}
	t.Key = parts(t.Key)
	for _, x := range t.Indexes {
		x.Key, x.Suffix, x.Storing, x.NotNull = parts(x.Key), parts(x.Suffix), list(x.Storing), list(x.NotNull)
	}
	for _, fk := range t.ForeignKeys {
		fk.Columns = list(fk.Columns)
	}
	for _, fk := range t.ReferredBy {
		fk.ReferencedCols = list(fk.ReferencedCols)
	}
	for _, col := range t.Columns {
		col.GeneratedFrom = list(col.GeneratedFrom)
	}
	if t.RowDeletion != nil {
		t.RowDeletion.Column = to(t.RowDeletion.Column)
	}
}

func (b *builder) alterColumn(t *Table, a *ast.AlterColumn) error {
	col, ok := t.Column(a.Name.Name)
	if !ok {
		return notFound("Column not found in table %s: %s", t.Name, a.Name.Name)
	}
	switch change := a.Alteration.(type) {
	case *ast.AlterColumnType:
		return b.alterColumnType(t, col, change)
	case *ast.AlterColumnSetOptions:
		allow, err := commitTimestampOption(change.Options)
		if err == nil && allow && col.Type.Code != value.CodeTimestamp {
			err = failed("Option allow_commit_timestamp only allowed on TIMESTAMP columns, but %s.%s is of type %s.", t.Name, col.Name, col.Type)
		}
		if fk := t.foreignKeyOn(col); err == nil && allow && fk != nil {
			err = failed("Cannot set the commit_timestamp option for column `%s` of table `%s`. It is used by one or more foreign keys: `%s`.", col.Name, t.Name, fk.Name)
		}
		col.AllowCommitTimestamp = allow
		return err
	case *ast.AlterColumnSetDefault:
		if col.Generated != nil {
			return failed("Cannot set a default for generated column %s.%s.", t.Name, col.Name)
		}
		if col.Identity != nil {
			return invalid("Cannot alter an identity column `%s.%s` to a generated or default column.", t.Name, col.Name)
		}
		col.Default = change.DefaultExpr.Expr
		return nil
	case *ast.AlterColumnDropDefault:
		if col.Identity == nil { // else there is none to drop
			col.Default = nil
		}
		return nil
	case *ast.AlterColumnAlterIdentity:
		return b.alterIdentity(t, col, change.Alteration)
	}
	return unsupported("ALTER COLUMN " + a.Alteration.SQL())
}

// alterColumnType changes length and NOT NULL. Between STRING and BYTES the
// rows would have to be rewritten, which is not supported.
func (b *builder) alterColumnType(t *Table, col *Column, a *ast.AlterColumnType) error {
	typ, length, err := b.columnType(a.Type)
	if err != nil {
		return err
	}
	if !typ.Equal(col.Type) {
		both := typ.String() + col.Type.String()
		if both == "STRINGBYTES" || both == "BYTESSTRING" {
			return unsupported("Changing a column between STRING and BYTES")
		}
		return failed("Cannot change type of column `%s.%s` from `%s` to `%s`.", t.Name, col.Name, col.Type, typ)
	}
	if a.GeneratedExpr != nil || col.Generated != nil {
		return unsupported("Altering a generated column")
	}
	if err := b.checkAlteration(t, col, a.NotNull); err != nil {
		return err
	}
	tighter := a.NotNull && !col.NotNull || length != 0 && (col.Length == 0 || length < col.Length)
	col.Length, col.NotNull = length, a.NotNull
	if t.IsKey(col.Ordinal) {
		b.inheritLength(t, col)
	}
	if col.Identity == nil {
		col.Default = nil
	}
	if a.DefaultExpr != nil {
		if col.Identity != nil {
			return invalid("Cannot alter an identity column `%s.%s` to a generated or default column.", t.Name, col.Name)
		}
		col.Default = a.DefaultExpr.Expr
	}
	if tighter {
		b.change(Change{Table: t.Name, VerifyColumn: col})
	}
	return nil
}

// setTimeZone sets default_time_zone, on which what tables declare may depend.
func (b *builder) setTimeZone(e ast.Expr) (err error) {
	if len(b.tables) > 0 {
		return failed("The 'default_time_zone' database option cannot be changed on a database with user defined tables.")
	}
	switch v := e.(type) {
	case *ast.NullLiteral:
		b.zone = nil
	case *ast.StringLiteral:
		if b.zone, err = time.LoadLocation(v.Value); err != nil || v.Value == "" || v.Value == "Local" {
			return failed("Invalid time zone name: '%s'.", v.Value)
		}
	default:
		return failed("Option default_time_zone can only take a STRING value.")
	}
	return nil
}

func (b *builder) alterDatabase(s *ast.AlterDatabase) error {
	for _, record := range s.Options.Records {
		switch strings.ToLower(record.Name.Name) {
		case "version_retention_period":
			text, ok := record.Value.(*ast.StringLiteral)
			if !ok {
				return invalid("version_retention_period must be a string, such as '7d'")
			}
			if _, err := parseRetention(text.Value); err != nil {
				return err
			}
			b.retention = text.Value
		case "default_sequence_kind":
			kind, err := kindOption(record.Name.Name, record.Value)
			if err != nil {
				return err
			}
			switch {
			case kind != nil:
				b.sequenceKind = *kind
			case b.sequenceKind != "":
				return failed("The default_sequence_kind option may not be unset once set.")
			}
		case "default_time_zone":
			if err := b.setTimeZone(record.Value); err != nil {
				return err
			}
		default:
			return unsupported("Database option " + record.Name.Name)
		}
	}
	return nil
}
