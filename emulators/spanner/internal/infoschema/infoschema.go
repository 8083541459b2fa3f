// Package infoschema makes the tables of INFORMATION_SCHEMA out of a catalog,
// with what the one who reads them may see.
package infoschema

import (
	"strings"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Table is a table of INFORMATION_SCHEMA.
type Table struct {
	Columns []value.Field
	Rows    [][]value.Value

	viewer *schema.Access
}

// Find returns a table of INFORMATION_SCHEMA as the viewer sees it, nil sees
// all; false if there is none of that name.
func Find(name string, of *schema.Catalog, viewer *schema.Access) (*Table, bool) {
	def := find(name)
	if def == nil {
		return nil, false
	}
	out := &Table{viewer: viewer}
	for _, c := range def.columns() {
		out.Columns = append(out.Columns, value.Field{Name: c.name, Type: c.t})
	}
	if def.each != nil {
		for _, t := range of.Tables() {
			if viewer.Sees(t.ID) {
				def.each(out, t)
			}
		}
	}
	if def.whole != nil {
		def.whole(out, of)
	}
	return out, true
}

// column describes a column of these tables.
type column struct {
	name     string
	t        *value.Type
	nullable bool
}

func (d *definition) columns() []column {
	var out []column
	for _, word := range strings.Fields(d.layout) {
		c := column{name: strings.TrimRight(word, "#?*"), t: value.TypeString, nullable: strings.Contains(word, "*")}
		switch {
		case strings.Contains(word, "#"):
			c.t = value.TypeInt64
		case strings.Contains(word, "?"):
			c.t = value.TypeBool
		}
		out = append(out, c)
	}
	return out
}

func (c column) spannerType() string {
	if c.t.Code == value.CodeString {
		return "STRING(MAX)"
	}
	return c.t.String()
}

// sees says whether the viewer sees a column of one of the database's tables.
func (t *Table) sees(of *schema.Table, ordinal int) bool {
	return t.viewer.SeesColumn(of.ID, of.Columns[ordinal].ID)
}

// null is the NULL of a column.
type null struct{}

func (t *Table) add(values ...any) {
	row := make([]value.Value, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case string:
			row[i] = value.String(v)
		case int:
			row[i] = value.Int64(int64(v))
		case bool:
			row[i] = value.Bool(v)
		default:
			row[i] = value.Null()
		}
	}
	t.Rows = append(t.Rows, row)
}

func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// orNull returns text, or NULL in place of nothing.
func orNull(text string) any {
	if text == "" {
		return null{}
	}
	return text
}
