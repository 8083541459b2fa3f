package spanner_test

import (
	"context"
	"testing"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

var viewsDDL = []string{
	"CREATE TABLE Users (Id INT64 NOT NULL, Name STRING(MAX), Age INT64) PRIMARY KEY (Id)",
	"CREATE INDEX UsersByName ON Users(Name)",
	"CREATE VIEW Adults SQL SECURITY INVOKER AS SELECT u.* FROM Users AS u WHERE Age >= 18",
	"CREATE VIEW Names SQL SECURITY DEFINER AS SELECT a.Name, COUNT(*) AS N FROM Adults AS a GROUP BY a.Name",
}

// Every query here must be answered by key or index, inside the views.
func TestViewsAreQueried(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, viewsDDL...)
	_, err := client.Apply(ctx, []*spanner.Mutation{
		spanner.Insert("Users", []string{"Id", "Name", "Age"}, []any{1, "Ada", 36}),
		spanner.Insert("Users", []string{"Id", "Name", "Age"}, []any{2, "Ada", 17}),
		spanner.Insert("Users", []string{"Id", "Name", "Age"}, []any{3, "Bob", 50}),
	})
	require.NoError(t, err)
	require.NoError(t, changeSchema(newAdmin(t), client.DatabaseName(), "ALTER TABLE Users ADD COLUMN Later INT64"))
	for sql, want := range map[string][][]any{
		"SELECT * FROM Adults WHERE Id = 1":                                                                             {{"1", "Ada", "36"}},
		"SELECT Id FROM adults AS x WHERE x.Name = 'Ada'":                                                               {{"1"}},
		"SELECT N FROM Names WHERE Name = 'Bob'":                                                                        {{"1"}},
		"SELECT u.Age FROM Users u JOIN Adults a ON a.Id = u.Id WHERE u.Id = 3 AND a.Id = 3":                            {{"50"}},
		"WITH Adults AS (SELECT 7 AS Id) SELECT * FROM Adults":                                                          {{"7"}},
		"SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES t WHERE TABLE_TYPE = 'VIEW' AND TABLE_SCHEMA = '' ORDER BY 1": {{"Adults"}, {"Names"}},
		"SELECT COLUMN_NAME, SPANNER_TYPE FROM INFORMATION_SCHEMA.COLUMNS t WHERE TABLE_NAME = 'Names' ORDER BY 1":      {{"N", "INT64"}, {"Name", "STRING(MAX)"}},
		"SELECT TABLE_NAME, VIEW_DEFINITION, SECURITY_TYPE FROM INFORMATION_SCHEMA.VIEWS t WHERE TABLE_SCHEMA = '' AND TABLE_NAME = 'Adults'": {
			{"Adults", "SELECT u.* FROM Users AS u WHERE Age >= 18", "INVOKER"}},
	} {
		assert.Equal(t, want, readAll(t, client.Single().Query(ctx, spanner.NewStatement(sql))), sql)
	}
	for sql, message := range map[string]string{
		"SELECT Later FROM Adults WHERE Id = 1":                    "Unrecognized name: Later",
		"SELECT Id FROM Adults@{FORCE_INDEX=UsersByName}":          "hints cannot be used on view Adults",
		"DELETE FROM Adults WHERE Id = 1":                          "View Adults cannot be modified",
		"INSERT INTO Adults (Id) VALUES (1)":                       "View Adults cannot be modified",
		"UPDATE Adults SET Name = 'x' WHERE Id = 1 THEN RETURN Id": "View Adults cannot be modified",
	} {
		_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
			return tx.Query(ctx, spanner.NewStatement(sql)).Do(func(*spanner.Row) error { return nil })
		})
		assert.Equal(t, codes.InvalidArgument, spanner.ErrCode(err), sql)
		assert.ErrorContains(t, err, message, sql)
	}
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Adults", []string{"Id"}, []any{9})})
	assert.Equal(t, codes.NotFound, spanner.ErrCode(err))
}

func TestViewsAreDeclared(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, viewsDDL...)
	admin, database := newAdmin(t), client.DatabaseName()
	for _, tc := range []struct {
		sql     string
		code    codes.Code
		message string
	}{
		{"DROP TABLE Users", codes.FailedPrecondition, "dependent views: Adults, Names"},
		{"DROP VIEW Adults", codes.FailedPrecondition, "dependent views: Names"},
		{"ALTER TABLE Users DROP COLUMN Age", codes.FailedPrecondition, "view `Adults`"},
		{"CREATE VIEW Adults SQL SECURITY INVOKER AS SELECT 1 AS A", codes.FailedPrecondition, "Duplicate name"},
		{"CREATE TABLE Adults (Id INT64) PRIMARY KEY (Id)", codes.FailedPrecondition, "Duplicate name"},
		{"CREATE VIEW V SQL SECURITY INVOKER AS SELECT 1", codes.InvalidArgument, "column 1 has no name"},
		{"CREATE VIEW V SQL SECURITY INVOKER AS SELECT 1 AS a, 2 AS A", codes.InvalidArgument, "duplicate name A"},
		{"CREATE VIEW V SQL SECURITY INVOKER AS SELECT @p AS A", codes.InvalidArgument, "Query parameters"},
		{"CREATE VIEW V SQL SECURITY INVOKER AS SELECT * FROM Nothing", codes.InvalidArgument, "Table not found: Nothing"},
		{"CREATE VIEW V SQL SECURITY INVOKER AS SELECT * FROM V", codes.InvalidArgument, "View V is defined by itself"},
		{"CREATE OR REPLACE VIEW Adults SQL SECURITY INVOKER AS SELECT N AS Id, Name, N AS Age FROM Names", codes.InvalidArgument, "defined by itself"},
		{"CREATE OR REPLACE VIEW Adults SQL SECURITY INVOKER AS SELECT Id FROM Users", codes.FailedPrecondition, "view `Names` depends on it"},
	} {
		err := changeSchema(admin, database, tc.sql)
		assert.Equal(t, tc.code, status.Code(err), tc.sql)
		assert.ErrorContains(t, err, tc.message, tc.sql)
	}
	require.NoError(t, changeSchema(admin, database,
		"CREATE TABLE Pets (Name STRING(MAX)) PRIMARY KEY (Name)",
		"CREATE OR REPLACE VIEW Adults SQL SECURITY DEFINER AS SELECT Name FROM Pets",
		"CREATE ROLE reader", "GRANT SELECT ON VIEW Names TO ROLE reader"))
	ddl, err := admin.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: database})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"CREATE VIEW Adults SQL SECURITY DEFINER AS SELECT Name FROM Pets",
		"CREATE VIEW Names SQL SECURITY DEFINER AS SELECT a.Name, COUNT(*) AS N FROM Adults AS a GROUP BY a.Name",
		"GRANT SELECT ON VIEW Names TO ROLE reader",
	}, ddl.Statements[len(ddl.Statements)-3:])
	spannertesting.NewDatabase(t, ddl.Statements...) // reads what it prints
	require.NoError(t, changeSchema(admin, database, "DROP TABLE IF EXISTS Nothing", "DROP VIEW IF EXISTS Nothing",
		"REVOKE SELECT ON VIEW Names FROM ROLE reader", "DROP VIEW Names", "DROP VIEW Adults", "DROP INDEX UsersByName", "DROP TABLE Users"))
}

func TestViewsAfterRestartAndForRoles(t *testing.T) {
	t.Setenv("SPANNER_EMULATOR_HOST", "")
	ctx := context.Background()
	server, err := emulator.Start(ctx, emulator.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	t.Setenv("SPANNER_EMULATOR_HOST", server.Addr())
	name := "projects/p/instances/main/databases/views"
	require.NoError(t, server.CreateDatabase(ctx, name, viewsDDL...))
	require.NoError(t, changeSchema(newAdmin(t), name, "ALTER TABLE Users ADD COLUMN Later INT64",
		"CREATE ROLE reader", "GRANT SELECT ON VIEW Names TO ROLE reader", "CREATE ROLE half", "GRANT SELECT ON VIEW Adults TO ROLE half"))
	dir := t.TempDir()
	require.NoError(t, server.Snapshot(dir))
	require.NoError(t, server.Restore(dir))
	client := connect(t, server.Addr(), name)
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Users", []string{"Id", "Name", "Age"}, []any{1, "Ada", 36})})
	require.NoError(t, err)
	run := func(client *spanner.Client, sql string) error {
		return client.Single().Query(ctx, spanner.NewStatement(sql)).Do(func(*spanner.Row) error { return nil })
	}
	assert.Equal(t, [][]any{{"1", "Ada", "36"}}, readAll(t, client.Single().Query(ctx, spanner.NewStatement("SELECT * FROM Adults"))))
	assert.Equal(t, codes.InvalidArgument, spanner.ErrCode(run(client, "SELECT Later FROM Adults")))
	reader, half := clientAs(t, name, "reader"), clientAs(t, name, "half")
	require.NoError(t, run(reader, "SELECT * FROM Names"), "the definer's rights")
	for sql, who := range map[string]*spanner.Client{"SELECT * FROM Adults": half, "SELECT Id FROM Adults": reader, "SELECT N FROM Names": half} {
		assert.Equal(t, codes.PermissionDenied, spanner.ErrCode(run(who, sql)), sql)
	}
}
