package infoschema

import (
	"strconv"
	"strings"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
)

const ownSchema = "INFORMATION_SCHEMA"

// ownTables lists the tables of INFORMATION_SCHEMA itself.
// Before them stand the database's views.
func ownTables(out *Table, of *schema.Catalog) {
	for _, v := range of.Views() {
		if out.viewer.Sees(v.ID) {
			out.add("", "", v.Name, "VIEW", null{}, null{}, null{}, null{}, null{})
		}
	}
	for _, d := range definitions {
		out.add("", ownSchema, d.name, "VIEW", null{}, null{}, null{}, null{}, null{})
	}
}

func ownColumns(out *Table, of *schema.Catalog) {
	viewColumns(out, of)
	for _, d := range definitions {
		for i, c := range d.columns() {
			out.add("", ownSchema, d.name, c.name, i+1, null{}, null{}, yesNo(c.nullable), c.spannerType(), "NEVER", false,
				null{}, null{}, null{}, "NO", null{}, null{}, null{}, null{}, null{})
		}
	}
}

func viewColumns(out *Table, of *schema.Catalog) {
	for _, v := range of.Views() {
		if !out.viewer.Sees(v.ID) {
			continue
		}
		for i, c := range v.Columns {
			out.add("", "", v.Name, c.Name, i+1, null{}, null{}, yesNo(true), (&schema.Column{Type: c.Type}).TypeDDL(), "NEVER", false,
				null{}, null{}, committed, "NO", null{}, null{}, null{}, null{}, null{})
		}
	}
}

func views(out *Table, of *schema.Catalog) {
	for _, v := range of.Views() {
		if out.viewer.Sees(v.ID) {
			out.add("", "", v.Name, v.Query.SQL(), v.Security())
		}
	}
}

func schemata(out *Table, _ *schema.Catalog) {
	for _, name := range []string{"", ownSchema, "SPANNER_SYS"} {
		out.add("", name, null{}, null{})
	}
}

func databaseOptions(out *Table, c *schema.Catalog) {
	add := func(name, text string) {
		if text != "" {
			out.add("", "", name, "STRING", text)
		}
	}
	add("database_dialect", "GOOGLE_STANDARD_SQL")
	add("default_sequence_kind", c.SequenceKind())
	if zone := c.TimeZone(); zone != nil {
		add("default_time_zone", zone.String())
	}
	add("version_retention_period", c.DeclaredRetention())
}

func sequences(out *Table, c *schema.Catalog) {
	for _, q := range c.Sequences() {
		if out.viewer.Sees(q.ID) {
			out.add("", "", q.Name, "INT64")
		}
	}
}

func sequenceOptions(out *Table, c *schema.Catalog) {
	for _, q := range c.Sequences() {
		if !out.viewer.Sees(q.ID) {
			continue
		}
		out.add("", "", q.Name, "sequence_kind", "STRING", schema.BitReversed)
		number := func(name string, n int64) { out.add("", "", q.Name, name, "INT64", strconv.FormatInt(n, 10)) }
		if q.Skip != nil {
			number("skip_range_min", q.Skip[0])
			number("skip_range_max", q.Skip[1])
		}
		if q.Start != 0 {
			number("start_with_counter", q.Start)
		}
	}
}

func roles(out *Table, c *schema.Catalog) {
	for _, r := range c.Roles() {
		if out.viewer.SeesRole(r.Name) {
			out.add(r.Name, r.System)
		}
	}
}

func roleGrantees(out *Table, c *schema.Catalog) {
	for _, r := range c.Roles() {
		if !out.viewer.SeesRole(r.Name) {
			continue
		}
		for _, of := range r.Member {
			out.add(of, r.Name)
		}
	}
}

// tablePrivileges lists what was granted on whole tables.
func tablePrivileges(out *Table, c *schema.Catalog) {
	eachGrant(out, c, func(r *schema.Role, t *schema.Table, p schema.Privilege) {
		if whole, _ := r.Granted(p, t.ID); whole {
			out.add("", "", t.Name, p.String(), r.Name)
		}
	})
}

// columnPrivileges lists what was granted on columns, by themselves or with the
// whole table.
func columnPrivileges(out *Table, c *schema.Catalog) {
	eachGrant(out, c, func(r *schema.Role, t *schema.Table, p schema.Privilege) {
		if p == schema.Delete {
			return
		}
		whole, some := r.Granted(p, t.ID)
		for _, col := range t.Columns {
			if whole || some[col.ID] {
				out.add("", "", t.Name, col.Name, p.String(), r.Name)
			}
		}
	})
}

func eachGrant(out *Table, c *schema.Catalog, visit func(*schema.Role, *schema.Table, schema.Privilege)) {
	for _, r := range c.Roles() {
		if !out.viewer.SeesRole(r.Name) {
			continue
		}
		for _, t := range c.Tables() {
			for p := schema.Select; p <= schema.Delete; p++ {
				visit(r, t, p)
			}
		}
	}
}

// constraintTableUsage tells which table a constraint uses: its own, or the one
// that a foreign key refers to.
func constraintTableUsage(out *Table, c *schema.Catalog) {
	seen := map[string]bool{}
	eachUse(out, c, func(t *schema.Table, _ int, constraint string) {
		if key := t.Name + "." + constraint; !seen[key] {
			seen[key] = true
			out.add("", "", t.Name, "", "", constraint)
		}
	})
}

func constraintColumnUsage(out *Table, c *schema.Catalog) {
	eachUse(out, c, func(t *schema.Table, ordinal int, constraint string) {
		if out.sees(t, ordinal) {
			out.add("", "", t.Name, t.Columns[ordinal].Name, "", "", constraint)
		}
	})
}

// eachUse visits the columns that constraints use.
func eachUse(out *Table, c *schema.Catalog, visit func(t *schema.Table, ordinal int, constraint string)) {
	for _, t := range c.Tables() {
		if !out.viewer.Sees(t.ID) {
			continue
		}
		for _, p := range t.Key {
			visit(t, p.Column, primaryKeyName(t.Name))
		}
		for _, x := range t.Indexes {
			for _, p := range x.Key {
				if x.Unique && x.Managed {
					visit(t, p.Column, x.Name)
				}
			}
		}
		for _, col := range t.Columns {
			if col.NotNull {
				visit(t, col.Ordinal, notNullName(t, col))
			}
		}
		for _, check := range t.Checks {
			for _, ordinal := range t.Mentioned(check.Expr) {
				visit(t, ordinal, check.Name)
			}
		}
		for _, fk := range t.ForeignKeys {
			if of, ok := c.Table(strings.ToLower(fk.Referenced)); ok && out.viewer.Sees(of.ID) {
				for _, ordinal := range fk.ReferencedCols {
					visit(of, ordinal, fk.Name)
				}
			}
		}
	}
}
