package spanner_test

import (
	"context"
	"os"
	"testing"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

var rolesDDL = []string{
	`CREATE TABLE Staff (Id INT64 NOT NULL, Name STRING(MAX), Salary INT64) PRIMARY KEY (Id)`,
	`CREATE INDEX StaffByName ON Staff (Name)`,
	`CREATE TABLE Secrets (Id INT64 NOT NULL) PRIMARY KEY (Id)`,
	`CREATE SEQUENCE Numbers BIT_REVERSED_POSITIVE`,
	`CREATE ROLE clerk`, `CREATE ROLE boss`, `CREATE ROLE auditor`,
	`GRANT SELECT(Id, Name), INSERT(Id, Name), UPDATE(Id, Name) ON TABLE Staff TO ROLE clerk`,
	`GRANT SELECT(Salary), UPDATE(Salary), DELETE ON TABLE Staff TO ROLE boss`,
	`GRANT SELECT, UPDATE ON SEQUENCE Numbers TO ROLE boss`,
	`GRANT ROLE clerk TO ROLE boss`, `GRANT ROLE spanner_info_reader TO ROLE auditor`,
}

func clientAs(t *testing.T, name, role string) *spanner.Client {
	client, err := spanner.NewClientWithConfig(context.Background(), name, spanner.ClientConfig{DisableNativeMetrics: true, DatabaseRole: role})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func TestRolesBoundStatements(t *testing.T) {
	ctx := context.Background()
	name := spannertesting.NewDatabaseName(t, rolesDDL...)
	clients := map[string]*spanner.Client{}
	for _, role := range []string{"", "clerk", "boss", "auditor", "public"} {
		clients[role] = clientAs(t, name, role)
	}
	_, err := clients[""].Apply(ctx, []*spanner.Mutation{spanner.Insert("Staff", []string{"Id", "Name", "Salary"}, []any{1, "ann", 10})})
	require.NoError(t, err)
	for _, tc := range []struct {
		sql    string
		may    []string
		mayNot []string
	}{
		{"SELECT Name FROM Staff WHERE Id = 1", []string{"clerk", "boss"}, []string{"auditor", "public"}},
		{"SELECT Salary FROM Staff WHERE Id = 1", []string{"boss"}, []string{"clerk"}},
		{"SELECT 1 FROM Staff WHERE Id = 1 AND Salary > 0", []string{"boss"}, []string{"clerk"}},
		{"SELECT (SELECT MAX(Salary) FROM Staff WHERE Id = 1)", []string{"boss"}, []string{"clerk"}},
		{"SELECT * FROM Staff WHERE Id = 1", []string{"boss"}, []string{"clerk"}},
		{"WITH s AS (SELECT Salary FROM Staff WHERE Id = 1) SELECT 1 FROM s", []string{"boss"}, []string{"clerk"}},
		{"SELECT COUNT(*) FROM Staff@{FORCE_INDEX=StaffByName} WHERE Name = 'x'", []string{"clerk", "boss"}, []string{"public"}},
		{"SELECT Id FROM Secrets WHERE Id = 1", nil, []string{"clerk", "boss", "auditor"}},
		{"INSERT Staff (Id, Name) VALUES (7, 'x')", []string{"clerk", "boss"}, []string{"auditor"}},
		{"INSERT Staff (Id, Name) VALUES (7, 'x') THEN RETURN Salary", []string{"boss"}, []string{"clerk"}},
		{"INSERT Staff (Id, Salary) VALUES (7, 1)", nil, []string{"clerk", "boss"}},
		{"INSERT OR UPDATE Staff (Id, Name) VALUES (1, 'x')", []string{"clerk", "boss"}, []string{"public"}},
		{"UPDATE Staff SET Name = 'x' WHERE Id = 1", []string{"clerk", "boss"}, []string{"public"}},
		{"UPDATE Staff SET Salary = 1 WHERE Id = 1", []string{"boss"}, []string{"clerk"}},
		{"DELETE FROM Staff WHERE Id = 1", []string{"boss"}, []string{"clerk"}},
		{"SELECT GET_NEXT_SEQUENCE_VALUE(SEQUENCE Numbers)", []string{"boss"}, []string{"clerk"}},
	} {
		run := func(role string) error {
			_, err := clients[role].ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
				if err := tx.Query(ctx, spanner.NewStatement(tc.sql)).Do(func(*spanner.Row) error { return nil }); err != nil {
					return err
				}
				return os.ErrExist // nothing is to stay
			})
			return err
		}
		for _, role := range append(tc.may, "") {
			assert.ErrorIs(t, run(role), os.ErrExist, "%s: %s", role, tc.sql)
		}
		for _, role := range tc.mayNot {
			err := run(role)
			assert.Equal(t, codes.PermissionDenied, spanner.ErrCode(err), "%s: %s: %v", role, tc.sql, err)
			assert.ErrorContains(t, err, "Role "+role+" does not have required privileges on ")
		}
	}
}

func TestRolesBoundReadsAndMutations(t *testing.T) {
	ctx := context.Background()
	name := spannertesting.NewDatabaseName(t, rolesDDL...)
	clerk, boss := clientAs(t, name, "clerk"), clientAs(t, name, "boss")
	columns := []string{"Id", "Name"}
	_, err := clerk.Apply(ctx, []*spanner.Mutation{spanner.Insert("Staff", columns, []any{1, "ann"}), spanner.InsertOrUpdate("Staff", columns, []any{2, "bob"})})
	require.NoError(t, err)
	for _, m := range []*spanner.Mutation{
		spanner.Insert("Staff", []string{"Id", "Salary"}, []any{3, 1}), spanner.Update("Staff", []string{"Id", "Salary"}, []any{1, 1}),
		spanner.Replace("Staff", columns, []any{1, "x"}), spanner.Delete("Staff", spanner.Key{1}), spanner.Insert("Secrets", []string{"Id"}, []any{1}),
	} {
		_, err := clerk.Apply(ctx, []*spanner.Mutation{spanner.Update("Staff", columns, []any{1, "changed"}), m})
		assert.Equal(t, codes.PermissionDenied, spanner.ErrCode(err), "%v", err)
	}
	_, err = boss.Apply(ctx, []*spanner.Mutation{spanner.Replace("Staff", columns, []any{2, "x"}), spanner.Update("Staff", []string{"Id", "Salary"}, []any{1, 9})})
	require.NoError(t, err)
	row, err := clerk.Single().ReadRowUsingIndex(ctx, "Staff", "StaffByName", spanner.Key{"ann"}, columns)
	require.NoError(t, err, "nothing of what was refused is there")
	assert.Equal(t, 2, row.Size())
	_, err = clerk.Single().ReadRow(ctx, "Staff", spanner.Key{1}, []string{"Salary"})
	assert.Equal(t, codes.PermissionDenied, spanner.ErrCode(err), "%v", err)
	groups := clerk.BatchWrite(ctx, []*spanner.MutationGroup{
		{Mutations: []*spanner.Mutation{spanner.Insert("Staff", columns, []any{5, "eve"})}},
		{Mutations: []*spanner.Mutation{spanner.Delete("Staff", spanner.Key{5})}},
	})
	var got []codes.Code
	require.NoError(t, groups.Do(func(r *spannerpb.BatchWriteResponse) error {
		got = append(got, codes.Code(r.Status.GetCode()))
		return nil
	}))
	assert.ElementsMatch(t, []codes.Code{codes.OK, codes.PermissionDenied}, got)
	_, err = clerk.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		_, err := tx.BatchUpdate(ctx, []spanner.Statement{spanner.NewStatement("UPDATE Staff SET Salary = 0 WHERE Id = 1")})
		return err
	})
	assert.Equal(t, codes.PermissionDenied, spanner.ErrCode(err), "%v", err)
}

func TestRolesSeeTheirTables(t *testing.T) {
	ctx := context.Background()
	name := spannertesting.NewDatabaseName(t, rolesDDL...)
	for _, tc := range []struct {
		role, sql string
		want      [][]any
	}{
		{"clerk", "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ''", [][]any{{"Staff"}}},
		{"clerk", "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ''", [][]any{{"Id"}, {"Name"}}},
		{"clerk", "SELECT ROLE_NAME FROM INFORMATION_SCHEMA.ROLES ORDER BY 1", [][]any{{"clerk"}, {"public"}}},
		{"clerk", "SELECT NAME FROM INFORMATION_SCHEMA.SEQUENCES", nil},
		{"boss", "SELECT NAME FROM INFORMATION_SCHEMA.SEQUENCES", [][]any{{"Numbers"}}},
		{"boss", "SELECT ROLE_NAME, GRANTEE FROM INFORMATION_SCHEMA.ROLE_GRANTEES", [][]any{{"clerk", "boss"}}},
		{"public", "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ''", nil},
		{"auditor", "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '' ORDER BY 1", [][]any{{"Secrets"}, {"Staff"}}},
		{"", "SELECT PRIVILEGE_TYPE FROM INFORMATION_SCHEMA.TABLE_PRIVILEGES", [][]any{{"DELETE"}}},
		{"", "SELECT PRIVILEGE_TYPE, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMN_PRIVILEGES WHERE GRANTEE = 'boss' ORDER BY 1", [][]any{{"SELECT", "Salary"}, {"UPDATE", "Salary"}}},
		{"", "SELECT ROLE_NAME FROM INFORMATION_SCHEMA.ROLES WHERE IS_SYSTEM ORDER BY 1", [][]any{{"public"}, {"spanner_info_reader"}, {"spanner_sys_reader"}}},
	} {
		assert.Equal(t, tc.want, readAll(t, clientAs(t, name, tc.role).Single().Query(ctx, spanner.NewStatement(tc.sql))), "%s: %s", tc.role, tc.sql)
	}
}

func TestSessionsWithRoles(t *testing.T) {
	ctx := context.Background()
	name := spannertesting.NewDatabaseName(t, rolesDDL...)
	conn, err := grpc.NewClient(os.Getenv("SPANNER_EMULATOR_HOST"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { assert.NoError(t, conn.Close()) }()
	api := spannerpb.NewSpannerClient(conn)
	for _, isMultiplexed := range []bool{true, false} {
		made, err := api.CreateSession(ctx, &spannerpb.CreateSessionRequest{Database: name, Session: &spannerpb.Session{CreatorRole: "CLERK", Multiplexed: isMultiplexed}})
		require.NoError(t, err)
		found, err := api.GetSession(ctx, &spannerpb.GetSessionRequest{Name: made.Name})
		require.NoError(t, err)
		assert.Equal(t, "clerk", found.CreatorRole)
		_, err = api.ExecuteSql(ctx, &spannerpb.ExecuteSqlRequest{Session: made.Name, Sql: "SELECT Salary FROM Staff WHERE Id = 1"})
		assert.Equal(t, codes.PermissionDenied, status.Code(err))
	}
	batch, err := api.BatchCreateSessions(ctx, &spannerpb.BatchCreateSessionsRequest{Database: name, SessionCount: 2, SessionTemplate: &spannerpb.Session{CreatorRole: "boss"}})
	require.NoError(t, err)
	assert.Equal(t, "boss", batch.Session[1].CreatorRole)
	_, err = api.CreateSession(ctx, &spannerpb.CreateSessionRequest{Database: name, Session: &spannerpb.Session{CreatorRole: "nobody"}})
	assert.Equal(t, codes.PermissionDenied, status.Code(err))
	assert.ErrorContains(t, err, "Role not found: nobody.")
	_, err = clientAs(t, name, "nobody").Single().Query(ctx, spanner.NewStatement("SELECT 1")).Next()
	assert.NotErrorIs(t, err, iterator.Done)
	assert.Equal(t, codes.PermissionDenied, spanner.ErrCode(err))
}
