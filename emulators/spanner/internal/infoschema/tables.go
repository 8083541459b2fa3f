package infoschema

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
)

const committed = "COMMITTED"

func tables(out *Table, t *schema.Table) {
	var action, kind, policy string
	switch {
	case t.ParentEnforced:
		action, kind = "NO ACTION", "IN PARENT"
		if t.CascadeOnDelete {
			action = "CASCADE"
		}
	case t.Parent != "":
		kind = "IN"
	}
	if p := t.RowDeletion; p != nil {
		policy = fmt.Sprintf("OLDER_THAN(%s, INTERVAL %d DAY)", t.Columns[p.Column].Name, p.Days)
	}
	out.add("", "", t.Name, "BASE TABLE", orNull(t.Parent), orNull(action), committed, orNull(kind), orNull(policy))
}

func columns(out *Table, t *schema.Table) {
	for i, c := range t.Columns {
		generated, expression, stored, byDefault := "NEVER", any(null{}), any(null{}), any(null{})
		if c.Generated != nil {
			generated, expression, stored = "ALWAYS", c.Generated.SQL(), yesNo(c.Stored)
		}
		if c.Default != nil && c.Identity == nil {
			byDefault = c.Default.SQL()
		}
		if !out.sees(t, i) {
			continue
		}
		row := []any{"", "", t.Name, c.Name, i + 1, byDefault, null{}, yesNo(!c.NotNull), c.TypeDDL(), generated, c.Hidden, expression, stored, committed}
		out.add(append(row, identity(c)...)...)
	}
}

// identity returns what COLUMNS tells of an identity column.
func identity(c *schema.Column) []any {
	out := []any{yesNo(c.Identity != nil), null{}, null{}, null{}, null{}, null{}}
	if c.Identity == nil {
		return out
	}
	out[1] = "BY DEFAULT"
	if c.IdentityKind != "" { // else that of the database
		out[2] = "BIT_REVERSED_POSITIVE_SEQUENCE"
	}
	if c.Identity.Start != 0 {
		out[3] = strconv.FormatInt(c.Identity.Start, 10)
	}
	if skip := c.Identity.Skip; skip != nil {
		out[4], out[5] = strconv.FormatInt(skip[0], 10), strconv.FormatInt(skip[1], 10)
	}
	return out
}

func columnColumnUsage(out *Table, t *schema.Table) {
	for _, c := range t.Columns {
		for _, from := range c.GeneratedFrom {
			if out.sees(t, from) && out.sees(t, c.Ordinal) {
				out.add("", "", t.Name, t.Columns[from].Name, c.Name)
			}
		}
	}
}

func columnOptions(out *Table, t *schema.Table) {
	for _, c := range t.Columns {
		if c.AllowCommitTimestamp && out.sees(t, c.Ordinal) {
			out.add("", "", t.Name, c.Name, "allow_commit_timestamp", "BOOL", "TRUE")
		}
	}
}

const primaryKey = "PRIMARY_KEY"

func indexes(out *Table, t *schema.Table) {
	out.add("", "", t.Name, primaryKey, primaryKey, "", true, false, null{}, false)
	for _, x := range t.Indexes {
		out.add("", "", t.Name, x.Name, "INDEX", x.Interleave, x.Unique, x.NullFiltered, "READ_WRITE", x.Managed)
	}
}

func indexColumns(out *Table, t *schema.Table) {
	part := func(index, kind string, ordinal int, position, ordering any, nullable bool) {
		if !out.sees(t, ordinal) {
			return
		}
		c := t.Columns[ordinal]
		out.add("", "", t.Name, index, kind, c.Name, position, ordering, yesNo(nullable && !c.NotNull), c.TypeDDL())
	}
	key := func(index, kind string, parts []schema.KeyPart, filtered func(int) bool) {
		for i, p := range parts {
			ordering := "ASC"
			if p.Desc {
				ordering = "DESC"
			}
			part(index, kind, p.Column, i+1, ordering, !filtered(p.Column))
		}
	}
	key(primaryKey, primaryKey, t.Key, func(int) bool { return false })
	for _, x := range t.Indexes {
		key(x.Name, "INDEX", x.Key, func(ordinal int) bool { return x.NullFiltered || slices.Contains(x.NotNull, ordinal) })
		for _, ordinal := range x.Storing {
			part(x.Name, "INDEX", ordinal, null{}, null{}, true)
		}
	}
}

// primaryKeyName names the constraint that a primary key is.
func primaryKeyName(table string) string { return "PK_" + table }

func notNullName(t *schema.Table, c *schema.Column) string {
	return "CK_IS_NOT_NULL_" + t.Name + "_" + c.Name
}

func tableConstraints(out *Table, t *schema.Table) {
	add := func(name, kind string, enforced bool) {
		out.add("", "", name, "", "", t.Name, kind, "NO", "NO", yesNo(enforced))
	}
	add(primaryKeyName(t.Name), "PRIMARY KEY", true)
	for _, x := range t.Indexes {
		if x.Unique && x.Managed { // of a foreign key; others are no constraints
			add(x.Name, "UNIQUE", true)
		}
	}
	for _, c := range t.Columns {
		if c.NotNull {
			add(notNullName(t, c), "CHECK", true)
		}
	}
	for _, c := range t.Checks {
		add(c.Name, "CHECK", true)
	}
	for _, fk := range t.ForeignKeys {
		add(fk.Name, "FOREIGN KEY", fk.Enforced)
	}
}

func referentialConstraints(out *Table, t *schema.Table) {
	for _, fk := range t.ForeignKeys {
		referenced, rule := fk.ReferencedIndex, "NO ACTION"
		if referenced == "" {
			referenced = primaryKeyName(fk.Referenced)
		}
		if fk.CascadeOnDelete {
			rule = "CASCADE"
		}
		out.add("", "", fk.Name, "", "", referenced, "SIMPLE", "NO ACTION", rule, committed)
	}
}

func checkConstraints(out *Table, t *schema.Table) {
	for _, c := range t.Columns {
		if c.NotNull {
			out.add("", "", notNullName(t, c), c.Name+" IS NOT NULL", committed)
		}
	}
	for _, c := range t.Checks {
		out.add("", "", c.Name, c.Expr.SQL(), committed)
	}
}

func keyColumnUsage(out *Table, t *schema.Table) {
	key := func(name string, parts []schema.KeyPart) {
		for i, p := range parts {
			if !out.sees(t, p.Column) {
				continue
			}
			out.add("", "", name, "", "", t.Name, t.Columns[p.Column].Name, i+1, null{})
		}
	}
	key(primaryKeyName(t.Name), t.Key)
	for _, x := range t.Indexes {
		if x.Unique && x.Managed {
			key(x.Name, x.Key)
		}
	}
	for _, fk := range t.ForeignKeys {
		for i, ordinal := range fk.Columns {
			if !out.sees(t, ordinal) {
				continue
			}
			out.add("", "", fk.Name, "", "", t.Name, t.Columns[ordinal].Name, i+1, i+1)
		}
	}
}
