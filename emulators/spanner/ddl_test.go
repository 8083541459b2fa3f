package spanner_test

import (
	"context"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	databaseadmin "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

func newAdmin(t *testing.T) *databaseadmin.DatabaseAdminClient {
	admin, err := databaseadmin.NewDatabaseAdminClient(context.Background(),
		option.WithEndpoint(os.Getenv("SPANNER_EMULATOR_HOST")), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, admin.Close()) })
	return admin
}

func changeSchema(admin *databaseadmin.DatabaseAdminClient, database string, statements ...string) error {
	ctx := context.Background()
	op, err := admin.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{Database: database, Statements: statements})
	if err != nil {
		return err
	}
	return op.Wait(ctx)
}

func TestSchemaChangesFillWhatExists(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, counterDDL)
	admin := newAdmin(t)
	database := client.DatabaseName()
	var rows []*spanner.Mutation
	for id := range 20 {
		rows = append(rows, spanner.Insert("Counters", []string{"Id", "N"}, []any{id, id % 10}))
	}
	before, err := client.Apply(ctx, rows)
	require.NoError(t, err)

	require.NoError(t, changeSchema(admin, database,
		"CREATE INDEX ByN ON Counters(N DESC)",
		"ALTER TABLE Counters ADD COLUMN Name STRING(MAX) NOT NULL DEFAULT ('none')",
		"ALTER TABLE Counters ADD COLUMN Twice INT64 AS (N * 2) STORED",
		"CREATE TABLE Notes (Id INT64 NOT NULL, Note INT64 NOT NULL) PRIMARY KEY (Id, Note), INTERLEAVE IN PARENT Counters",
	))
	assert.Equal(t, [][]any{{"9", "9"}, {"19", "9"}, {"8", "8"}}, readAll(t, client.Single().ReadWithOptions(ctx, "Counters", spanner.AllKeys(),
		[]string{"Id", "N"}, &spanner.ReadOptions{Index: "ByN", Limit: 3})))
	assert.Equal(t, [][]any{{"7", "none", "14"}}, readAll(t, client.Single().Read(ctx, "Counters", spanner.Key{7}, []string{"Id", "Name", "Twice"})))
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Update("Counters", []string{"Id", "N"}, []any{7, 100})})
	require.NoError(t, err)
	assert.Equal(t, [][]any{{"7", "200"}}, readAll(t, client.Single().Query(ctx, statement("SELECT Id, Twice FROM Counters WHERE N = 100"))))

	past := client.Single().WithTimestampBound(spanner.ReadTimestamp(before))
	err = past.Read(ctx, "Counters", spanner.Key{7}, []string{"Name"}).Do(func(*spanner.Row) error { return nil })
	assert.Equal(t, codes.NotFound, spanner.ErrCode(err), "the past has the schema of its time")

	for name, tc := range map[string]struct {
		statement string
		code      codes.Code
	}{
		"not unique":    {"CREATE UNIQUE INDEX OnceN ON Counters(N)", codes.FailedPrecondition},
		"check fails":   {"ALTER TABLE Counters ADD CONSTRAINT Small CHECK (N < 50)", codes.FailedPrecondition},
		"unknown":       {"ALTER TABLE Nothing ADD COLUMN X INT64", codes.NotFound},
		"bad default":   {"ALTER TABLE Counters ADD COLUMN X INT64 DEFAULT ('x')", codes.InvalidArgument},
		"bad generated": {"ALTER TABLE Counters ADD COLUMN X INT64 AS (Nothing + 1) STORED", codes.InvalidArgument},
		"unsupported":   {"CREATE CHANGE STREAM S FOR ALL", codes.Unimplemented},
		"column used":   {"ALTER TABLE Counters DROP COLUMN N", codes.FailedPrecondition},
	} {
		t.Run(name, func(t *testing.T) {
			err := changeSchema(admin, database, tc.statement)
			assert.Equal(t, tc.code, status.Code(err), "%v", err)
		})
	}
	require.NoError(t, changeSchema(admin, database, "DROP INDEX ByN", "ALTER TABLE Counters DROP COLUMN Twice", "DROP TABLE Notes"))
	ddl, err := admin.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: database})
	require.NoError(t, err)
	assert.Equal(t, []string{"CREATE TABLE Counters (\n  Id INT64 NOT NULL,\n  N INT64 NOT NULL,\n  Name STRING(MAX) NOT NULL DEFAULT (\"none\"),\n) PRIMARY KEY(Id)"}, ddl.Statements)
	require.NoError(t, changeSchema(admin, database, "ALTER TABLE Counters ADD COLUMN Twice STRING(5)"))
	assert.Equal(t, [][]any{{"1", nil}}, readAll(t, client.Single().Read(ctx, "Counters", spanner.Key{1}, []string{"Id", "Twice"})), "a new column is not the old one")
}

func TestRolesAreListed(t *testing.T) {
	name := spannertesting.NewDatabaseName(t, "CREATE ROLE zoo", "CREATE ROLE ape", "CREATE ROLE gone", "DROP ROLE gone")
	it := newAdmin(t).ListDatabaseRoles(context.Background(), &databasepb.ListDatabaseRolesRequest{Parent: name, PageSize: 2})
	for _, role := range []string{"ape", "public", "spanner_info_reader", "spanner_sys_reader", "zoo"} {
		listed, err := it.Next()
		require.NoError(t, err)
		assert.Equal(t, name+"/databaseRoles/"+role, listed.Name)
	}
	_, err := it.Next()
	assert.Equal(t, iterator.Done, err)
}

func TestSchemaChangeAbortsTransactions(t *testing.T) {
	ctx := context.Background()
	client := newCounters(t, 1)
	admin := newAdmin(t)
	attempts := 0
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		attempts++
		if _, err := txn.ReadRow(ctx, "Counters", spanner.Key{0}, []string{"N"}); err != nil {
			return err
		}
		if attempts == 1 {
			if err := changeSchema(admin, client.DatabaseName(), "CREATE INDEX ByN ON Counters(N)"); err != nil {
				return err
			}
		}
		return txn.BufferWrite([]*spanner.Mutation{spanner.Update("Counters", []string{"Id", "N"}, []any{0, 1})})
	})
	require.NoError(t, err)
	assert.Equal(t, 2, attempts)
	assert.Equal(t, [][]any{{"1"}}, readAll(t, client.Single().ReadUsingIndex(ctx, "Counters", "ByN", spanner.AllKeys(), []string{"N"})))
}

func TestConstraints(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t,
		`CREATE TABLE Owners (Id INT64 NOT NULL, Email STRING(50)) PRIMARY KEY (Id)`,
		`CREATE TABLE Things (Id STRING(36) NOT NULL DEFAULT (GENERATE_UUID()), Owner INT64, Email STRING(50), Price INT64 NOT NULL DEFAULT (1),
			Made TIMESTAMP NOT NULL DEFAULT (CURRENT_TIMESTAMP()), Label STRING(MAX) AS (CONCAT('thing ', Id)) STORED,
			CONSTRAINT FK_Owner FOREIGN KEY (Owner) REFERENCES Owners (Id) ON DELETE CASCADE,
			CONSTRAINT FK_Email FOREIGN KEY (Email) REFERENCES Owners (Email),
			CONSTRAINT Positive CHECK (Price > 0)) PRIMARY KEY (Id)`)
	apply := func(ms ...*spanner.Mutation) codes.Code {
		_, err := client.Apply(ctx, ms)
		return spanner.ErrCode(err)
	}
	owner := func(id int, email any) *spanner.Mutation {
		return spanner.InsertOrUpdate("Owners", []string{"Id", "Email"}, []any{id, email})
	}
	thing := func(id string, owner, email any) *spanner.Mutation {
		return spanner.InsertOrUpdate("Things", []string{"Id", "Owner", "Email"}, []any{id, owner, email})
	}
	assert.Equal(t, codes.OK, apply(thing("a", 1, "x"), owner(1, "x")), "the order within a commit does not matter")
	assert.Equal(t, codes.OK, apply(spanner.Insert("Things", []string{"Owner"}, []any{1})))
	assert.Equal(t, [][]any{{"thing a", "1"}}, readAll(t, client.Single().Read(ctx, "Things", spanner.Key{"a"}, []string{"Label", "Price"})))
	assert.Equal(t, codes.FailedPrecondition, apply(thing("b", 2, nil)), "no such owner")
	assert.Equal(t, codes.FailedPrecondition, apply(thing("b", nil, "y")), "no such email")
	assert.Equal(t, codes.OutOfRange, apply(spanner.Update("Things", []string{"Id", "Price"}, []any{"a", 0})))
	assert.Equal(t, codes.FailedPrecondition, apply(spanner.Update("Things", []string{"Id", "Label"}, []any{"a", "mine"})))
	assert.Equal(t, codes.FailedPrecondition, apply(owner(1, "y")), "the old email is referred to")
	assert.Equal(t, codes.AlreadyExists, apply(owner(2, "x")), "referenced columns are unique")
	assert.Equal(t, codes.OK, apply(thing("c", nil, "x")))
	assert.Equal(t, codes.FailedPrecondition, apply(spanner.Delete("Owners", spanner.Key{1})), "one foreign key cascades, the other is in its way")
	assert.Equal(t, codes.OK, apply(thing("c", nil, nil)))
	assert.Equal(t, codes.OK, apply(spanner.Delete("Owners", spanner.Key{1})))
	assert.Equal(t, [][]any{{"c"}}, readAll(t, client.Single().Read(ctx, "Things", spanner.AllKeys(), []string{"Id"})), "the others went with their owner")
}

// TestDatabaseIsMadeInMilliseconds guards what makes a database for each test affordable.
func TestDatabaseIsMadeInMilliseconds(t *testing.T) {
	spannertesting.NewDatabaseName(t, accountsDDL...)
	const count = 50
	start := time.Now()
	for range count {
		spannertesting.NewDatabaseName(t, accountsDDL...)
	}
	each := time.Since(start) / count
	t.Log("a database takes", each)
	assert.Less(t, each, 50*time.Millisecond, "even on a busy machine")
}
