package schema

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
)

// checkTable refuses a table, just made or altered, whose parts do not go together.
func (b *builder) checkTable(t *Table) error {
	if t.Parent != "" && len(t.Columns) == 0 {
		return failed("Table %s adds no columns and is not a top level table.", t.Name)
	}
	for _, col := range t.Columns {
		if err := t.checkValueOf(col); err != nil {
			return err
		}
	}
	for _, check := range t.Checks {
		if err := t.checkCheck(check); err != nil {
			return err
		}
	}
	return b.checkRowDeletion(t)
}

// checkValueOf refuses defaults and generated values that the column cannot have.
func (t *Table) checkValueOf(col *Column) error {
	pending := isPendingCommitTimestamp(col.Default)
	switch {
	case pending && !col.AllowCommitTimestamp:
		return invalid("Cannot use default value expression PENDING_COMMIT_TIMESTAMP() on column `%s` without the allow_commit_timestamp column option.", col.Name)
	case col.Default != nil && !pending && col.AllowCommitTimestamp:
		return invalid("The only default value expression permitted for commit timestamp column `%s` is PENDING_COMMIT_TIMESTAMP().", col.Name)
	case col.Generated != nil && !col.Stored && col.NotNull && !t.IsKey(col.Ordinal):
		return invalid("Generated column `%s.%s` that are not marked as STORED cannot be specified as NOT NULL.", t.Name, col.Name)
	}
	if col.Generated == nil || !col.Stored {
		return nil
	}
	if from := t.commitTimestampIn(col.GeneratedFrom); from != nil {
		return failed("Cannot use commit timestamp column `%s` as a dependency of a materialized generated column.", from.Name)
	}
	return nil
}

func isPendingCommitTimestamp(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	return ok && len(call.Func.Idents) == 1 && strings.EqualFold(call.Func.Idents[0].Name, "PENDING_COMMIT_TIMESTAMP")
}

// commitTimestampIn finds a column that takes the commit timestamp.
func (t *Table) commitTimestampIn(ordinals []int) *Column {
	for _, ordinal := range ordinals {
		if col := t.Columns[ordinal]; col.AllowCommitTimestamp {
			return col
		}
	}
	return nil
}

// checkCheck refuses a check of constants, and of what is known at commit only.
func (t *Table) checkCheck(check *Check) error {
	columns := t.Mentioned(check.Expr)
	if col := t.commitTimestampIn(columns); col != nil {
		return invalid("Column `%s` has option commit_timestamp, which is not supported in check constraint.", col.Name)
	}
	if !t.dependsOnWritten(columns, map[int]bool{}) {
		return invalid("Check constraint `%s`.`%s` does not use any non generated column. Expression: '%s'. A check constraint expression requires at least one non-generated column as dependency.",
			t.Name, check.Name, check.Expr.SQL())
	}
	return nil
}

// dependsOnWritten says whether columns are, or are generated from, one that is written.
func (t *Table) dependsOnWritten(ordinals []int, seen map[int]bool) bool {
	return slices.ContainsFunc(ordinals, func(ordinal int) bool {
		if seen[ordinal] {
			return false
		}
		seen[ordinal] = true
		col := t.Columns[ordinal]
		return col.Generated == nil || t.dependsOnWritten(col.GeneratedFrom, seen)
	})
}

// checkRowDeletion refuses a policy over rows that ON DELETE NO ACTION keeps.
func (b *builder) checkRowDeletion(t *Table) error {
	if t.RowDeletion != nil {
		if child := b.keeper(t); child != "" {
			return failed("Cannot create row deletion policy on %s because there is a descendant Table %s with ON DELETE NO ACTION.", t.Name, child)
		}
	}
	for at := t; !at.cascades(); {
		parent, ok := b.Table(at.Parent)
		if !ok {
			break
		}
		if parent.RowDeletion != nil {
			return failed("Cannot create or alter table %s with ON DELETE NO ACTION because there is a row deletion policy on ancestor table %s.", t.Name, parent.Name)
		}
		at = parent
	}
	return nil
}

// cascades says whether deleting the parent's row may go ahead whatever rows the table has.
func (t *Table) cascades() bool { return t.Parent == "" || !t.ParentEnforced || t.CascadeOnDelete }

// keeper names a descendant with ON DELETE NO ACTION.
func (b *builder) keeper(t *Table) string {
	for _, name := range t.Children {
		child, ok := b.Table(name)
		if !ok || !child.ParentEnforced {
			continue
		}
		if !child.CascadeOnDelete {
			return child.Name
		}
		if found := b.keeper(child); found != "" {
			return found
		}
	}
	return ""
}

// checkAlteration refuses a change of type or NOT NULL of a column that others rely on.
func (b *builder) checkAlteration(t *Table, col *Column, notNull bool) error {
	if parent, ok := b.Table(t.Parent); ok && t.ParentEnforced {
		if slices.ContainsFunc(parent.Key, func(p KeyPart) bool { return strings.EqualFold(parent.Columns[p.Column].Name, col.Name) }) {
			return failed("Cannot alter parent key column %s.%s.", t.Name, col.Name)
		}
	}
	if notNull == col.NotNull {
		return nil
	}
	if t.IsKey(col.Ordinal) {
		return failed("Cannot change key column %s.%s.", t.Name, col.Name)
	}
	for _, x := range t.Indexes {
		if !x.Managed && slices.ContainsFunc(x.Key, func(p KeyPart) bool { return p.Column == col.Ordinal }) {
			return failed("Changing NOT NULL constraints on column %s is not allowed because it affects index %s.", col.Name, x.Name)
		}
	}
	if fk := t.foreignKeyOn(col); fk != nil {
		return failed("Cannot change the nullability for column `%s` of table `%s`. It is used by one or more foreign keys: `%s`.", col.Name, t.Name, fk.Name)
	}
	return nil
}

// inheritLength gives the copies of a key column in interleaved tables its length.
func (b *builder) inheritLength(t *Table, col *Column) {
	for _, name := range t.Children {
		child, ok := b.Table(name)
		if !ok || !child.ParentEnforced {
			continue
		}
		if same, ok := child.Column(col.Name); ok {
			same.Length = col.Length
			b.inheritLength(child, same)
		}
	}
}

// foreignKeyOn finds a foreign key in which the column takes part.
func (t *Table) foreignKeyOn(col *Column) *ForeignKey {
	for _, fk := range t.ForeignKeys {
		if slices.Contains(fk.Columns, col.Ordinal) {
			return fk
		}
	}
	for _, fk := range t.ReferredBy {
		if slices.Contains(fk.ReferencedCols, col.Ordinal) {
			return fk
		}
	}
	return nil
}
