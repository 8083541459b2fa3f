package infoschema

import (
	"slices"
	"strings"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
)

// definition is a table of INFORMATION_SCHEMA: its columns, of which a trailing
// # marks INT64, ? BOOL and * that it may be NULL, and what fills it: each of the
// database's tables, then the schema as a whole. What has neither is of features
// that no database here uses.
type definition struct {
	name   string
	layout string
	each   func(*Table, *schema.Table)
	whole  func(*Table, *schema.Catalog)
}

// Columns that many of the tables have.
const (
	inTable      = "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME "
	inConstraint = "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME "
	inStream     = "CHANGE_STREAM_CATALOG CHANGE_STREAM_SCHEMA CHANGE_STREAM_NAME "
	inModel      = "MODEL_CATALOG MODEL_SCHEMA MODEL_NAME "
	inRoutine    = "SPECIFIC_CATALOG SPECIFIC_SCHEMA SPECIFIC_NAME "
	option       = "OPTION_NAME OPTION_TYPE OPTION_VALUE"
	grantee      = "PRIVILEGE_TYPE GRANTEE"
)

// definitions is made before anything is read; it is a function's result since
// some of the tables describe all of them.
var definitions []definition

func init() {
	definitions = slices.Concat(ofTables(), ofConstraints(), ofRoles(), ofOthers())
	slices.SortFunc(definitions, func(a, b definition) int { return strings.Compare(a.name, b.name) })
}

func find(name string) *definition {
	for i := range definitions {
		if strings.EqualFold(definitions[i].name, name) {
			return &definitions[i]
		}
	}
	return nil
}

func ofTables() []definition {
	return []definition{
		{"TABLES", inTable + "TABLE_TYPE PARENT_TABLE_NAME* ON_DELETE_ACTION* SPANNER_STATE* INTERLEAVE_TYPE* ROW_DELETION_POLICY_EXPRESSION*",
			tables, ownTables},
		{"COLUMNS", inTable + "COLUMN_NAME ORDINAL_POSITION# COLUMN_DEFAULT* DATA_TYPE* IS_NULLABLE* SPANNER_TYPE* IS_GENERATED IS_HIDDEN? " +
			"GENERATION_EXPRESSION* IS_STORED* SPANNER_STATE* IS_IDENTITY* IDENTITY_GENERATION* IDENTITY_KIND* IDENTITY_START_WITH_COUNTER* " +
			"IDENTITY_SKIP_RANGE_MIN* IDENTITY_SKIP_RANGE_MAX*", columns, ownColumns},
		{"COLUMN_COLUMN_USAGE", inTable + "COLUMN_NAME DEPENDENT_COLUMN", columnColumnUsage, nil},
		{"COLUMN_OPTIONS", inTable + "COLUMN_NAME " + option, columnOptions, nil},
		{"INDEXES", inTable + "INDEX_NAME INDEX_TYPE PARENT_TABLE_NAME IS_UNIQUE? IS_NULL_FILTERED? INDEX_STATE* SPANNER_IS_MANAGED?",
			indexes, nil},
		{"INDEX_COLUMNS", inTable + "INDEX_NAME INDEX_TYPE COLUMN_NAME ORDINAL_POSITION#* COLUMN_ORDERING* IS_NULLABLE* SPANNER_TYPE*",
			indexColumns, nil},
		{"INDEX_OPTIONS", inTable + "INDEX_NAME INDEX_TYPE " + option, nil, nil},
		{"VIEWS", inTable + "VIEW_DEFINITION* SECURITY_TYPE", nil, views},
	}
}

func ofConstraints() []definition {
	return []definition{
		{"TABLE_CONSTRAINTS", inConstraint + inTable + "CONSTRAINT_TYPE IS_DEFERRABLE INITIALLY_DEFERRED ENFORCED", tableConstraints, nil},
		{"REFERENTIAL_CONSTRAINTS", inConstraint + "UNIQUE_CONSTRAINT_CATALOG* UNIQUE_CONSTRAINT_SCHEMA* UNIQUE_CONSTRAINT_NAME* " +
			"MATCH_OPTION UPDATE_RULE DELETE_RULE SPANNER_STATE", referentialConstraints, nil},
		{"CHECK_CONSTRAINTS", inConstraint + "CHECK_CLAUSE SPANNER_STATE", checkConstraints, nil},
		{"KEY_COLUMN_USAGE", inConstraint + inTable + "COLUMN_NAME ORDINAL_POSITION# POSITION_IN_UNIQUE_CONSTRAINT#*", keyColumnUsage, nil},
		{"CONSTRAINT_COLUMN_USAGE", inTable + "COLUMN_NAME " + inConstraint, nil, constraintColumnUsage},
		{"CONSTRAINT_TABLE_USAGE", inTable + inConstraint, nil, constraintTableUsage},
	}
}

func ofRoles() []definition {
	return []definition{
		{"ROLES", "ROLE_NAME IS_SYSTEM?", nil, roles},
		{"ROLE_GRANTEES", "ROLE_NAME GRANTEE", nil, roleGrantees},
		{"TABLE_PRIVILEGES", inTable + grantee, nil, tablePrivileges},
		{"ROLE_TABLE_GRANTS", inTable + grantee, nil, tablePrivileges},
		{"COLUMN_PRIVILEGES", inTable + "COLUMN_NAME " + grantee, nil, columnPrivileges},
		{"ROLE_COLUMN_GRANTS", inTable + "COLUMN_NAME " + grantee, nil, columnPrivileges},
		{"CHANGE_STREAM_PRIVILEGES", inStream + grantee, nil, nil},
		{"ROLE_CHANGE_STREAM_GRANTS", inStream + grantee, nil, nil},
		{"ROUTINE_PRIVILEGES", inRoutine + grantee, nil, nil},
		{"ROLE_ROUTINE_GRANTS", inRoutine + grantee, nil, nil},
	}
}

func ofOthers() []definition {
	return []definition{
		{"SCHEMATA", "CATALOG_NAME SCHEMA_NAME EFFECTIVE_TIMESTAMP#* SCHEMA_OWNER*", nil, schemata},
		{"DATABASE_OPTIONS", "CATALOG_NAME SCHEMA_NAME " + option, nil, databaseOptions},
		{"SPANNER_STATISTICS", "CATALOG_NAME SCHEMA_NAME PACKAGE_NAME ALLOW_GC?", nil, nil},
		{"SEQUENCES", "CATALOG SCHEMA NAME DATA_TYPE", nil, sequences},
		{"SEQUENCE_OPTIONS", "CATALOG SCHEMA NAME " + option, nil, sequenceOptions},
		{"CHANGE_STREAMS", inStream + "ALL?", nil, nil},
		{"CHANGE_STREAM_COLUMNS", inStream + inTable + "COLUMN_NAME", nil, nil},
		{"CHANGE_STREAM_OPTIONS", inStream + option, nil, nil},
		{"CHANGE_STREAM_TABLES", inStream + inTable + "ALL_COLUMNS?", nil, nil},
		{"LOCALITY_GROUP_OPTIONS", "LOCALITY_GROUP_NAME OPTION_NAME OPTION_VALUE*", nil, nil},
		{"MODELS", inModel + "IS_REMOTE?", nil, nil},
		{"MODEL_OPTIONS", inModel + option, nil, nil},
		{"MODEL_COLUMNS", inModel + "COLUMN_KIND COLUMN_NAME ORDINAL_POSITION# DATA_TYPE IS_EXPLICIT?", nil, nil},
		{"MODEL_COLUMN_OPTIONS", inModel + "COLUMN_KIND COLUMN_NAME " + option, nil, nil},
		{"PARAMETERS", inRoutine + "ORDINAL_POSITION# PARAMETER_NAME DATA_TYPE", nil, nil},
		{"ROUTINES", inRoutine + "ROUTINE_CATALOG ROUTINE_SCHEMA ROUTINE_NAME ROUTINE_TYPE DATA_TYPE ROUTINE_BODY ROUTINE_DEFINITION SECURITY_TYPE",
			nil, nil},
		{"ROUTINE_OPTIONS", inRoutine + option, nil, nil},
	}
}
