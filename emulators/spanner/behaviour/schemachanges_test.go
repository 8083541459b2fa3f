package behaviour_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// refusal is a schema change that is refused, after others that are not.
type refusal struct {
	name   string
	before []string
	ddl    string
	code   codes.Code
	part   string
}

// showRefusals is of schema_changes.cc and its data files.
func showRefusals(t *testing.T, refusals []refusal) {
	for _, c := range refusals {
		show(t, c.before, behaviour{c.name, []step{alter(c.ddl).fails(c.code, c.part)}})
	}
}

var (
	usersAndAlbums = []string{
		"CREATE TABLE Users (Id STRING(20) NOT NULL, Name STRING(MAX), Ts TIMESTAMP) PRIMARY KEY (Id)",
		"CREATE TABLE Albums (Id STRING(20) NOT NULL, Title STRING(9) NOT NULL) PRIMARY KEY (Id, Title), INTERLEAVE IN PARENT Users ON DELETE NO ACTION",
	}
	stamped   = []string{"CREATE TABLE S (K INT64, Ts TIMESTAMP OPTIONS (allow_commit_timestamp = true)) PRIMARY KEY (K)"}
	unstamped = []string{"CREATE TABLE S (K INT64, Ts TIMESTAMP) PRIMARY KEY (K)"}
	indexed   = []string{"CREATE TABLE I (K INT64, A INT64 NOT NULL, B INT64) PRIMARY KEY (K)", "CREATE INDEX ByAB ON I(A, B)"}
	referring = []string{
		"CREATE TABLE P (K INT64 NOT NULL, B INT64 NOT NULL, Ts TIMESTAMP) PRIMARY KEY (K)",
		"CREATE TABLE C (K INT64 NOT NULL, B INT64, Ts TIMESTAMP, CONSTRAINT OnB FOREIGN KEY (B) REFERENCES P (B), CONSTRAINT OnTs FOREIGN KEY (Ts) REFERENCES P (Ts)) PRIMARY KEY (K)",
	}
	parentWithPolicy = []string{"CREATE TABLE P (K INT64, Ts TIMESTAMP) PRIMARY KEY (K), ROW DELETION POLICY (OLDER_THAN(Ts, INTERVAL 7 DAY))"}
)

func TestSchemaChangesOfTables(t *testing.T) {
	alterKey := "ALTER TABLE Users ALTER COLUMN Id STRING(20)"
	showRefusals(t, []refusal{
		{"key column loses NOT NULL", usersAndAlbums, alterKey, codes.FailedPrecondition, "Cannot change key column Users.Id"},
		{"key column of the parent", usersAndAlbums, "ALTER TABLE Albums ALTER COLUMN Id STRING(40) NOT NULL", codes.FailedPrecondition, "Cannot alter parent key column Albums.Id"},
		{"the same type again, of the parent's key", usersAndAlbums, "ALTER TABLE Albums ALTER COLUMN Id STRING(20) NOT NULL", codes.FailedPrecondition, "Cannot alter parent key column"},
		{"key of another length than the parent's", usersAndAlbums, "CREATE TABLE X (Id STRING(4) NOT NULL) PRIMARY KEY (Id), INTERLEAVE IN PARENT Users", codes.FailedPrecondition, "incorrect length 4 (should be 20)"},
		{"child without columns", []string{"CREATE TABLE P () PRIMARY KEY ()"}, "CREATE TABLE C () PRIMARY KEY (), INTERLEAVE IN PARENT P", codes.FailedPrecondition, "Table C adds no columns"},
		{"policy over a child that keeps rows", usersAndAlbums, "ALTER TABLE Users ADD ROW DELETION POLICY (OLDER_THAN(Ts, INTERVAL 7 DAY))", codes.FailedPrecondition, "descendant Table Albums with ON DELETE NO ACTION"},
		{"child that keeps rows under a policy", parentWithPolicy, "CREATE TABLE C (K INT64, L INT64) PRIMARY KEY (K, L), INTERLEAVE IN PARENT P ON DELETE NO ACTION", codes.FailedPrecondition, "row deletion policy on ancestor table P"},
		{"commit timestamps in an INT64", nil, "CREATE TABLE T (K INT64 OPTIONS (allow_commit_timestamp = false)) PRIMARY KEY (K)", codes.FailedPrecondition, "only allowed on TIMESTAMP columns"},
	})
	show(t, usersAndAlbums, behaviour{"a longer key is longer in children too", []step{
		alter("ALTER TABLE Users ALTER COLUMN Id STRING(30) NOT NULL"),
		change("INSERT INTO Users (Id) VALUES ('123456789012345678901234567890')").counts(1),
		change("INSERT INTO Albums (Id, Title) VALUES ('123456789012345678901234567890', 'x')").counts(1),
	}})
	show(t, nil, behaviour{"statistics are gathered by the way", []step{alter("ANALYZE")}},
		behaviour{"no statements", []step{alter().fails(codes.InvalidArgument)}})
}

func TestSchemaChangesOfIndexes(t *testing.T) {
	showRefusals(t, []refusal{
		{"indexed column becomes nullable", indexed, "ALTER TABLE I ALTER COLUMN A INT64", codes.FailedPrecondition, "it affects index ByAB"},
		{"indexed column becomes NOT NULL", indexed, "ALTER TABLE I ALTER COLUMN B INT64 NOT NULL", codes.FailedPrecondition, "it affects index ByAB"},
		{"no key", indexed, "CREATE INDEX X ON I()", codes.InvalidArgument, "does not specify any key columns"},
		{"reserved name", indexed, "CREATE INDEX Primary_Key ON I(A)", codes.InvalidArgument, "reserved name PRIMARY_KEY"},
		{"other order than the parent's", usersAndAlbums, "CREATE INDEX X ON Albums(Id DESC, Title), INTERLEAVE IN Users", codes.FailedPrecondition, "parent key column Id with incorrect order"},
	})
}

func TestSchemaChangesOfConstraints(t *testing.T) {
	one := []string{"CREATE TABLE T (K INT64, G INT64 AS (1) STORED, H INT64 AS (G) STORED, CONSTRAINT Positive CHECK (K > 0)) PRIMARY KEY (K)"}
	showRefusals(t, []refusal{
		{"name of another table's check", one, "CREATE TABLE X (K INT64, CONSTRAINT positive CHECK (K > 1)) PRIMARY KEY (K)", codes.FailedPrecondition, "Duplicate name in schema"},
		{"name of the table", nil, "CREATE TABLE X (K INT64, CONSTRAINT X CHECK (K > 1)) PRIMARY KEY (K)", codes.FailedPrecondition, "Duplicate name in schema: X"},
		{"table with the name of a check", one, "CREATE TABLE Positive (K INT64) PRIMARY KEY (K)", codes.FailedPrecondition, "Duplicate name in schema"},
		{"name of the system", one, "ALTER TABLE T ADD CONSTRAINT _C CHECK (K > 1)", codes.InvalidArgument, "name not valid: _C"},
		{"name like a primary key's", one, "ALTER TABLE T ADD CONSTRAINT PK_C FOREIGN KEY (G) REFERENCES T (K)", codes.InvalidArgument, "Prefix PK_"},
		{"check of a constant", one, "ALTER TABLE T ADD CONSTRAINT C CHECK (1 > 0)", codes.InvalidArgument, "does not use any non generated column"},
		{"check of what is generated of constants", one, "ALTER TABLE T ADD CHECK (H > 0)", codes.InvalidArgument, "does not use any non generated column"},
		{"check of a commit timestamp", stamped, "ALTER TABLE S ADD CHECK (Ts > '2020-01-01')", codes.InvalidArgument, "commit_timestamp"},
		{"foreign key loses NOT NULL", referring, "ALTER TABLE P ALTER COLUMN B INT64", codes.FailedPrecondition, "used by one or more foreign keys: `OnB`"},
		{"foreign key becomes NOT NULL", referring, "ALTER TABLE C ALTER COLUMN B INT64 NOT NULL", codes.FailedPrecondition, "used by one or more foreign keys: `OnB`"},
		{"foreign key of commit timestamps", []string{stamped[0], stampless}, "ALTER TABLE U ADD FOREIGN KEY (Ts) REFERENCES S (Ts)", codes.InvalidArgument, "Commit timestamp column"},
		{"foreign key becomes commit timestamps", referring, "ALTER TABLE C ALTER COLUMN Ts SET OPTIONS (allow_commit_timestamp = true)", codes.FailedPrecondition, "`OnTs`"},
	})
}

const stampless = "CREATE TABLE U (K INT64, Ts TIMESTAMP) PRIMARY KEY (K)"

func TestSchemaChangesOfValues(t *testing.T) {
	showRefusals(t, []refusal{
		{"commit timestamp as default", unstamped, "ALTER TABLE S ALTER COLUMN Ts SET DEFAULT (PENDING_COMMIT_TIMESTAMP())", codes.InvalidArgument, "without the allow_commit_timestamp column option"},
		{"other default of commit timestamps", stamped, "ALTER TABLE S ALTER COLUMN Ts SET DEFAULT (CURRENT_TIMESTAMP())", codes.InvalidArgument, "only default value expression permitted"},
		{"generated from a commit timestamp", stamped, "ALTER TABLE S ADD COLUMN G TIMESTAMP AS (Ts) STORED", codes.FailedPrecondition, "Cannot use commit timestamp column `Ts`"},
		{"generated, not stored, NOT NULL", unstamped, "ALTER TABLE S ADD COLUMN G INT64 NOT NULL AS (K)", codes.InvalidArgument, "not marked as STORED"},
		{"default from another column", unstamped, "ALTER TABLE S ADD COLUMN D INT64 DEFAULT (K + 1)", codes.InvalidArgument, "K"},
		{"default of another type", unstamped, "ALTER TABLE S ADD COLUMN D INT64 DEFAULT ('x')", codes.InvalidArgument, "INT64"},
		{"default from a query", unstamped, "ALTER TABLE S ADD COLUMN D INT64 DEFAULT ((SELECT 1))", codes.InvalidArgument, "Subqueries"},
	})
}
