// Package infoschema makes the tables of INFORMATION_SCHEMA out of a catalog:
// those that clients and migration tools read, with the rows of the database's
// own tables.
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
}

var definitions = map[string]struct {
	columns string // a trailing # marks INT64, ? BOOL
	fill    func(*Table, *schema.Table)
}{
	"TABLES": {"TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_TYPE PARENT_TABLE_NAME ON_DELETE_ACTION SPANNER_STATE INTERLEAVE_TYPE " +
		"ROW_DELETION_POLICY_EXPRESSION", tables},
	"COLUMNS": {"TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION# COLUMN_DEFAULT DATA_TYPE IS_NULLABLE SPANNER_TYPE " +
		"IS_GENERATED GENERATION_EXPRESSION IS_STORED SPANNER_STATE", columns},
	"COLUMN_OPTIONS": {"TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME OPTION_NAME OPTION_TYPE OPTION_VALUE", columnOptions},
	"INDEXES": {"TABLE_CATALOG TABLE_SCHEMA TABLE_NAME INDEX_NAME INDEX_TYPE PARENT_TABLE_NAME IS_UNIQUE? IS_NULL_FILTERED? INDEX_STATE " +
		"SPANNER_IS_MANAGED?", indexes},
	"INDEX_COLUMNS": {"TABLE_CATALOG TABLE_SCHEMA TABLE_NAME INDEX_NAME INDEX_TYPE COLUMN_NAME ORDINAL_POSITION# COLUMN_ORDERING IS_NULLABLE " +
		"SPANNER_TYPE", indexColumns},
	"TABLE_CONSTRAINTS": {"CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE " +
		"IS_DEFERRABLE INITIALLY_DEFERRED ENFORCED", tableConstraints},
	"REFERENTIAL_CONSTRAINTS": {"CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME UNIQUE_CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_SCHEMA " +
		"UNIQUE_CONSTRAINT_NAME MATCH_OPTION UPDATE_RULE DELETE_RULE SPANNER_STATE", referentialConstraints},
	"CHECK_CONSTRAINTS": {"CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME CHECK_CLAUSE SPANNER_STATE", checkConstraints},
	"KEY_COLUMN_USAGE": {"CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME " +
		"ORDINAL_POSITION# POSITION_IN_UNIQUE_CONSTRAINT#", keyColumnUsage},
	"SCHEMATA": {"CATALOG_NAME SCHEMA_NAME", func(*Table, *schema.Table) {}},
}

// Find returns a table of INFORMATION_SCHEMA as it stands over the tables of a
// database; false if there is none of that name here.
func Find(name string, of []*schema.Table) (*Table, bool) {
	name = strings.ToUpper(name)
	def, ok := definitions[name]
	if !ok {
		return nil, false
	}
	out := &Table{}
	for _, column := range strings.Fields(def.columns) {
		t := value.TypeString
		switch column[len(column)-1] {
		case '#':
			t = value.TypeInt64
		case '?':
			t = value.TypeBool
		}
		out.Columns = append(out.Columns, value.Field{Name: strings.TrimRight(column, "#?"), Type: t})
	}
	if name == "SCHEMATA" {
		for _, s := range []string{"", "INFORMATION_SCHEMA", "SPANNER_SYS"} {
			out.add("", s)
		}
	}
	for _, t := range of {
		def.fill(out, t)
	}
	return out, true
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
