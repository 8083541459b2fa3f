package schema

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func apply(t *testing.T, c *Catalog, statements ...string) *Catalog {
	for _, sql := range statements {
		ddl, err := Parse(sql)
		require.NoError(t, err, sql)
		c, _, err = c.Apply(ddl)
		require.NoError(t, err, sql)
	}
	return c
}

var singersDDL = []string{
	"CREATE TABLE Singers (\n  SingerId INT64 NOT NULL,\n  FirstName STRING(1024),\n  LastName STRING(MAX) NOT NULL DEFAULT (\"x\"),\n" +
		"  FullName STRING(MAX) AS (FirstName || LastName) STORED,\n  Tags ARRAY<STRING(10)>,\n  `Order` BYTES(5),\n" +
		"  At1 TIMESTAMP OPTIONS (\n    allow_commit_timestamp = true\n  ),\n  CONSTRAINT CK_Singers_1 CHECK(SingerId > 0),\n" +
		") PRIMARY KEY(SingerId),\n  ROW DELETION POLICY (OLDER_THAN(At1, INTERVAL 30 DAY))",
	"CREATE TABLE Albums (\n  SingerId INT64 NOT NULL,\n  AlbumId INT64 NOT NULL,\n  Label INT64,\n" +
		"  CONSTRAINT FK_Label FOREIGN KEY(Label) REFERENCES Singers(SingerId),\n" +
		") PRIMARY KEY(SingerId, AlbumId DESC),\n  INTERLEAVE IN PARENT Singers ON DELETE CASCADE",
	"CREATE UNIQUE NULL_FILTERED INDEX ByName ON Singers(LastName, FirstName DESC) STORING (Tags)",
	"CREATE INDEX AlbumsByLabel ON Albums(SingerId, Label) WHERE Label IS NOT NULL, INTERLEAVE IN Singers",
}

func TestDDLIsPrintedAsItWasDeclared(t *testing.T) {
	c := apply(t, Empty("db"), singersDDL...)
	assert.Equal(t, singersDDL, c.DDL())
	assert.Equal(t, c.DDL(), apply(t, Empty("db"), c.DDL()...).DDL())
	albums, ok := c.Table("ALBUMS")
	require.True(t, ok)
	assert.Len(t, albums.Indexes, 2, "the foreign key has an index of its own")
	assert.Equal(t, []KeyPart{{Column: 1, Desc: true}}, albums.Indexes[1].Suffix)
}

func TestApplyLeavesTheOldCatalogAlone(t *testing.T) {
	before := apply(t, Empty("db"), singersDDL...)
	after := apply(t, before,
		"ALTER TABLE Albums ADD COLUMN Year INT64",
		"ALTER TABLE Albums DROP CONSTRAINT FK_Label",
		"DROP INDEX AlbumsByLabel",
		"ALTER TABLE Albums DROP COLUMN Label",
		"ALTER TABLE Singers DROP ROW DELETION POLICY",
		"ALTER TABLE Singers DROP CONSTRAINT CK_Singers_1",
		"DROP INDEX ByName",
		"CREATE INDEX ByYear ON Albums(Year DESC)",
	)
	assert.Equal(t, singersDDL, before.DDL())
	assert.Equal(t, "CREATE TABLE Albums (\n  SingerId INT64 NOT NULL,\n  AlbumId INT64 NOT NULL,\n  Year INT64,\n) PRIMARY KEY(SingerId, AlbumId DESC),\n  INTERLEAVE IN PARENT Singers ON DELETE CASCADE", after.DDL()[1])
	albums, _ := after.Table("Albums")
	assert.Equal(t, 2, albums.Indexes[0].Key[0].Column, "ordinals move up")
	apply(t, after, "DROP INDEX ByYear", "DROP TABLE Albums", "DROP TABLE Singers")
}

func TestApplyRefuses(t *testing.T) {
	c := apply(t, Empty("db"), singersDDL...)
	for _, tc := range []struct {
		sql  string
		code codes.Code
		part string
	}{
		{"CREATE TABLE", codes.InvalidArgument, "syntax error"},
		{"CREATE TABLE Singers (A INT64) PRIMARY KEY (A)", codes.FailedPrecondition, "Duplicate name in schema: Singers"},
		{"CREATE TABLE X (A INT64, a INT64) PRIMARY KEY (A)", codes.FailedPrecondition, "Duplicate column name X.a"},
		{"CREATE TABLE X (A INT64) PRIMARY KEY (B)", codes.InvalidArgument, "nonexistent key column B"},
		{"CREATE TABLE X (A INT64)", codes.InvalidArgument, "PRIMARY KEY"},
		{"CREATE TABLE X (A ARRAY<INT64>) PRIMARY KEY (A)", codes.InvalidArgument, "A of type ARRAY"},
		{"CREATE TABLE X (A STRING(0)) PRIMARY KEY (A)", codes.InvalidArgument, "length"},
		{"CREATE TABLE X (A INT64 OPTIONS (allow_commit_timestamp=true)) PRIMARY KEY (A)", codes.FailedPrecondition, "TIMESTAMP"},
		{"CREATE TABLE X (A INT64) PRIMARY KEY (A), INTERLEAVE IN PARENT Nothing", codes.NotFound, "Nothing"},
		{"CREATE TABLE X (A INT64) PRIMARY KEY (A), INTERLEAVE IN PARENT Singers", codes.FailedPrecondition, "SingerId"},
		{"CREATE TABLE X (A INT64, B INT64 AS (B + 1) STORED) PRIMARY KEY (A)", codes.InvalidArgument, "itself"},
		{"CREATE TABLE X (A STRING(5), FOREIGN KEY (A) REFERENCES Singers(SingerId)) PRIMARY KEY (A)", codes.InvalidArgument, "INT64"},
		{"CREATE INDEX ByName ON Singers(At1)", codes.FailedPrecondition, "Duplicate name"},
		{"CREATE INDEX I ON Nothing(A)", codes.NotFound, "Nothing"},
		{"CREATE INDEX I ON Singers(A)", codes.InvalidArgument, "nonexistent key column A"},
		{"DROP TABLE Singers", codes.FailedPrecondition, "interleaved tables: Albums"},
		{"DROP INDEX Nothing", codes.NotFound, "Nothing"},
		{"ALTER TABLE Singers DROP COLUMN LastName", codes.FailedPrecondition, "index ByName"},
		{"ALTER TABLE Singers DROP COLUMN SingerId", codes.FailedPrecondition, "primary key"},
		{"ALTER TABLE Singers DROP COLUMN At1", codes.FailedPrecondition, "row deletion policy"},
		{"ALTER TABLE Singers DROP COLUMN Nothing", codes.NotFound, "Nothing"},
		{"ALTER TABLE Singers ADD COLUMN X INT64 NOT NULL", codes.InvalidArgument, "NOT NULL"},
		{"ALTER TABLE Singers ALTER COLUMN FirstName INT64", codes.FailedPrecondition, "Cannot change type"},
		{"ALTER DATABASE db SET OPTIONS (version_retention_period = '30d')", codes.InvalidArgument, "7 days"},
		{"CREATE VIEW Singers SQL SECURITY INVOKER AS SELECT 1 AS A", codes.FailedPrecondition, "Duplicate name"},
		{"DROP VIEW Singers", codes.NotFound, "View not found"},
		{"CREATE CHANGE STREAM S FOR ALL", codes.Unimplemented, "CREATE CHANGE STREAM"},
		{"CREATE SEQUENCE S", codes.InvalidArgument, "sequence kind"},
		{"CREATE SEQUENCE S BIT_REVERSED_POSITIVE SKIP RANGE 9, 8", codes.FailedPrecondition, "skip_range_min"},
		{"CREATE SEQUENCE S OPTIONS (sequence_kind='other')", codes.FailedPrecondition, "Invalid Sequence Kind: other"},
		{"CREATE SEQUENCE S OPTIONS (sequence_kind='bit_reversed_positive', skip_range_min=1)", codes.FailedPrecondition, "set together"},
		{"CREATE SEQUENCE S OPTIONS (sequence_kind='bit_reversed_positive', start_with_counter=0)", codes.FailedPrecondition, "positive INT64"},
		{"CREATE SEQUENCE S BIT_REVERSED_POSITIVE OPTIONS (start_with_counter=1)", codes.InvalidArgument, "either"},
		{"ALTER SEQUENCE S SKIP RANGE 1, 2", codes.NotFound, "Sequence not found: S"},
		{"DROP SEQUENCE S", codes.NotFound, "Sequence not found: S"},
		{"CREATE TABLE X (A INT64 GENERATED BY DEFAULT AS IDENTITY) PRIMARY KEY (A)", codes.InvalidArgument, "default_sequence_kind"},
		{"CREATE TABLE X (A STRING(9) GENERATED BY DEFAULT AS IDENTITY (BIT_REVERSED_POSITIVE)) PRIMARY KEY (A)", codes.InvalidArgument, "INT64"},
		{"CREATE ROLE public", codes.FailedPrecondition, "Duplicate name"},
		{"DROP ROLE spanner_sys_reader", codes.InvalidArgument, "system role"},
		{"GRANT SELECT ON TABLE Singers TO ROLE nobody", codes.NotFound, "Role not found: nobody"},
		{"GRANT SELECT ON TABLE Nothing TO ROLE public", codes.NotFound, "Nothing"},
		{"GRANT SELECT(Nothing) ON TABLE Singers TO ROLE public", codes.NotFound, "Nothing"},
		{"GRANT SELECT ON TABLE Singers TO ROLE spanner_info_reader", codes.InvalidArgument, "system role"},
		{"GRANT SELECT ON VIEW V TO ROLE public", codes.NotFound, "View not found: V"},
		{"GRANT EXECUTE ON TABLE FUNCTION F TO ROLE public", codes.Unimplemented, "EXECUTE ON TABLE FUNCTION F"},
	} {
		t.Run(tc.sql, func(t *testing.T) {
			ddl, err := Parse(tc.sql)
			if err == nil {
				_, _, err = c.Apply(ddl)
			}
			assert.Equal(t, tc.code, status.Code(err), "%v", err)
			assert.ErrorContains(t, err, tc.part)
		})
	}
	assert.Equal(t, singersDDL, c.DDL())
}

func FuzzApply(f *testing.F) {
	for _, sql := range singersDDL {
		f.Add(sql)
	}
	f.Add("ALTER TABLE Singers ADD CONSTRAINT c FOREIGN KEY (FirstName, SingerId) REFERENCES Singers (LastName, SingerId)")
	f.Fuzz(func(t *testing.T, sql string) {
		c := Empty("db")
		for _, statement := range append(strings.Split(sql, ";"), sql) {
			ddl, err := Parse(statement)
			if err != nil {
				return
			}
			next, _, err := c.Apply(ddl)
			if err != nil {
				return
			}
			c = next
		}
		for _, statement := range c.DDL() {
			_, err := Parse(statement)
			require.NoError(t, err, "what is printed can be parsed")
		}
	})
}
