package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// DDL returns statements that declare the schema.
func (c *Catalog) DDL() []string {
	var out, later []string
	if c.retention != "" {
		out = append(out, fmt.Sprintf("ALTER DATABASE %s SET OPTIONS (version_retention_period = '%s')", quote(c.name), c.retention))
	}
	if c.protos != nil {
		out = append(out, c.protoBundleDDL())
	}
	if c.sequenceKind != "" {
		out = append(out, fmt.Sprintf("ALTER DATABASE %s SET OPTIONS (default_sequence_kind = '%s')", quote(c.name), c.sequenceKind))
	}
	if c.zone != nil {
		out = append(out, fmt.Sprintf("ALTER DATABASE %s SET OPTIONS (default_time_zone = '%s')", quote(c.name), c.zone))
	}
	roles, members := c.rolesDDL()
	out = append(out, roles...)
	known := map[string]bool{}
	for _, name := range c.order {
		known[name] = true
		if t, ok := c.tables[name]; ok {
			inline, after := c.tableDDL(t, known)
			out, later = append(out, inline), append(later, after...)
		}
		if x, ok := c.indexes[name]; ok && !x.Managed {
			out = append(out, x.ddl(c.tables[strings.ToLower(x.Table)]))
		}
		if q, ok := c.sequences[name]; ok && !q.Identity {
			out = append(out, q.ddl())
		}
	}
	for _, v := range c.Views() {
		later = append(later, v.ddl())
	}
	return slices.Concat(out, later, members, c.grantsDDL())
}

func quote(name string) string { return token.QuoteSQLIdent(name) }

// tableDDL returns CREATE TABLE, and ALTER TABLE for references to tables that
// come later.
func (c *Catalog) tableDDL(t *Table, known map[string]bool) (create string, later []string) {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (\n", quote(t.Name))
	for _, col := range t.Columns {
		fmt.Fprintf(&b, "  %s,\n", col.ddl())
	}
	for _, fk := range t.ForeignKeys {
		text := c.foreignKeyDDL(t, fk)
		if known[strings.ToLower(fk.Referenced)] {
			fmt.Fprintf(&b, "  %s,\n", text)
		} else {
			later = append(later, fmt.Sprintf("ALTER TABLE %s ADD %s", quote(t.Name), text))
		}
	}
	for _, check := range t.Checks {
		fmt.Fprintf(&b, "  CONSTRAINT %s CHECK(%s),\n", quote(check.Name), check.Expr.SQL())
	}
	fmt.Fprintf(&b, ") PRIMARY KEY(%s)", t.partsDDL(t.Key))
	if t.Parent != "" {
		b.WriteString(",\n  INTERLEAVE IN ")
		if t.ParentEnforced {
			b.WriteString("PARENT ")
		}
		b.WriteString(quote(t.Parent))
		switch {
		case t.CascadeOnDelete:
			b.WriteString(" ON DELETE CASCADE")
		case t.ParentEnforced:
			b.WriteString(" ON DELETE NO ACTION")
		}
	}
	if p := t.RowDeletion; p != nil {
		fmt.Fprintf(&b, ",\n  ROW DELETION POLICY (OLDER_THAN(%s, INTERVAL %d DAY))", quote(t.Columns[p.Column].Name), p.Days)
	}
	return b.String(), later
}

func (t *Table) partsDDL(parts []KeyPart) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = quote(t.Columns[part.Column].Name)
		if part.Desc {
			texts[i] += " DESC"
		}
	}
	return strings.Join(texts, ", ")
}

func (t *Table) columnsDDL(ordinals []int) string {
	texts := make([]string, len(ordinals))
	for i, ordinal := range ordinals {
		texts[i] = quote(t.Columns[ordinal].Name)
	}
	return strings.Join(texts, ", ")
}

func (col *Column) ddl() string {
	text := quote(col.Name) + " " + col.TypeDDL()
	if col.NotNull {
		text += " NOT NULL"
	}
	if col.Identity != nil {
		text += " " + identityDDL(col)
	} else if col.Default != nil {
		text += " DEFAULT (" + col.Default.SQL() + ")"
	}
	if col.Generated != nil {
		text += " AS (" + col.Generated.SQL() + ")"
		if col.Stored {
			text += " STORED"
		}
	}
	if col.Hidden {
		text += " HIDDEN"
	}
	if col.AllowCommitTimestamp {
		text += " OPTIONS (\n    allow_commit_timestamp = true\n  )"
	}
	return text
}

// TypeDDL returns the type as declared, such as STRING(MAX).
func (col *Column) TypeDDL() string {
	scalar := func(t *value.Type) string {
		if t.Code != value.CodeString && t.Code != value.CodeBytes {
			return t.String()
		}
		if col.Length == 0 {
			return t.String() + "(MAX)"
		}
		return fmt.Sprintf("%s(%d)", t, col.Length)
	}
	if col.Type.Code == value.CodeArray {
		return "ARRAY<" + scalar(col.Type.Elem) + ">"
	}
	return scalar(col.Type)
}

func (c *Catalog) foreignKeyDDL(t *Table, fk *ForeignKey) string {
	referenced := c.tables[strings.ToLower(fk.Referenced)]
	text := fmt.Sprintf("CONSTRAINT %s FOREIGN KEY(%s) REFERENCES %s(%s)", quote(fk.Name), t.columnsDDL(fk.Columns),
		quote(referenced.Name), referenced.columnsDDL(fk.ReferencedCols))
	if fk.CascadeOnDelete {
		text += " ON DELETE CASCADE"
	}
	if !fk.Enforced {
		text += " NOT ENFORCED"
	}
	return text
}

func (x *Index) ddl(t *Table) string {
	text := "CREATE "
	if x.Unique {
		text += "UNIQUE "
	}
	if x.NullFiltered {
		text += "NULL_FILTERED "
	}
	text += fmt.Sprintf("INDEX %s ON %s(%s)", quote(x.Name), quote(t.Name), t.partsDDL(x.Key))
	if len(x.Storing) > 0 {
		text += " STORING (" + t.columnsDDL(x.Storing) + ")"
	}
	for i, ordinal := range x.NotNull {
		word := " AND "
		if i == 0 {
			word = " WHERE "
		}
		text += word + quote(t.Columns[ordinal].Name) + " IS NOT NULL"
	}
	if x.Interleave != "" {
		text += ", INTERLEAVE IN " + quote(x.Interleave)
	}
	return text
}

// Retention returns how long old versions of rows can be read.
func (c *Catalog) Retention() time.Duration {
	if c.retention == "" {
		return time.Hour
	}
	d, _ := parseRetention(c.retention) // was checked when declared
	return d
}

func parseRetention(text string) (time.Duration, error) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	var d time.Duration
	if n := len(text); n > 1 && units[text[n-1]] > 0 {
		if count, err := strconv.ParseInt(text[:n-1], 10, 32); err == nil {
			d = time.Duration(count) * units[text[n-1]]
		}
	}
	if d < time.Hour || d > 7*24*time.Hour {
		return 0, invalid("version_retention_period must be between 1 hour and 7 days, not '%s'", text)
	}
	return d, nil
}

// TimeZone returns default_time_zone as declared, nil for none.
func (c *Catalog) TimeZone() *time.Location { return c.zone }

// DeclaredRetention returns version_retention_period as declared, "" for the default.
func (c *Catalog) DeclaredRetention() string { return c.retention }
