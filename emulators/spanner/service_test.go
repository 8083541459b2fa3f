package spanner_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

var accountColumns = []string{"Id", "Name", "Balance"}

func TestBatchWriteCommitsEachGroupByItself(t *testing.T) {
	client := spannertesting.NewDatabase(t, accountsDDL...)
	group := func(id int) *spanner.MutationGroup {
		return &spanner.MutationGroup{Mutations: []*spanner.Mutation{spanner.Insert("Accounts", accountColumns, []any{id, nil, 1})}}
	}
	outcome := map[int32]codes.Code{}
	require.NoError(t, client.BatchWrite(context.Background(), []*spanner.MutationGroup{group(1), group(1), group(2)}).Do(func(r *spannerpb.BatchWriteResponse) error {
		for _, i := range r.Indexes {
			outcome[i] = codes.Code(r.GetStatus().GetCode())
			assert.Equal(t, outcome[i] == codes.OK, r.CommitTimestamp != nil)
		}
		return nil
	}))
	assert.Equal(t, map[int32]codes.Code{0: codes.OK, 1: codes.AlreadyExists, 2: codes.OK}, outcome)
	assert.Equal(t, [][]any{{"1"}, {"2"}}, readAll(t, client.Single().Read(context.Background(), "Accounts", spanner.AllKeys(), []string{"Id"})))
}

func TestMutationsAreCountedAsTheServiceDoes(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, accountsDDL...)
	count := func(change func(context.Context, *spanner.ReadWriteTransaction) error) int64 {
		resp, err := client.ReadWriteTransactionWithOptions(ctx, change, spanner.TransactionOptions{CommitOptions: spanner.CommitOptions{ReturnCommitStats: true}})
		require.NoError(t, err)
		return resp.CommitStats.MutationCount
	}
	mutate := func(m ...*spanner.Mutation) func(context.Context, *spanner.ReadWriteTransaction) error {
		return func(_ context.Context, tx *spanner.ReadWriteTransaction) error { return tx.BufferWrite(m) }
	}
	execute := func(sql string) func(context.Context, *spanner.ReadWriteTransaction) error {
		return func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
			_, err := tx.Update(ctx, spanner.NewStatement(sql))
			return err
		}
	}
	assert.EqualValues(t, 5, count(mutate(spanner.Insert("Accounts", accountColumns, []any{1, "a", 1}))), "three columns, and two in the index")
	assert.EqualValues(t, 3, count(mutate(spanner.Insert("Accounts", accountColumns, []any{2, nil, 1}))), "not in the index")
	assert.EqualValues(t, 4, count(mutate(spanner.Update("Accounts", []string{"Id", "Balance"}, []any{1, 2}))), "stored in the index")
	assert.EqualValues(t, 2, count(mutate(spanner.Update("Accounts", []string{"Id", "Balance"}, []any{1, 2}))), "the index stays as it was")
	assert.EqualValues(t, 5, count(execute("UPDATE Accounts SET Name = 'b' WHERE Id = 1")), "an entry goes, another comes")
	assert.EqualValues(t, 2, count(mutate(spanner.Delete("Accounts", spanner.AllKeys()))), "one range, one entry")
}

func TestTooManyMutationsAreRefused(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, "CREATE TABLE T (K INT64, V INT64) PRIMARY KEY (K)")
	rows := func(n int) (out []*spanner.Mutation) {
		for k := range n {
			out = append(out, spanner.InsertOrUpdate("T", []string{"K", "V"}, []any{k, k}))
		}
		return out
	}
	_, err := client.Apply(ctx, rows(40_001))
	require.Equal(t, codes.InvalidArgument, spanner.ErrCode(err))
	assert.ErrorContains(t, err, "too many mutations")
	_, err = client.Apply(ctx, rows(40_000))
	require.NoError(t, err)
}

func TestQueryModesTellPlanAndRowsScanned(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, accountsDDL...)
	_, err := client.Apply(ctx, []*spanner.Mutation{
		spanner.Insert("Accounts", accountColumns, []any{1, "a", 10}), spanner.Insert("Accounts", accountColumns, []any{2, "b", 20}),
	})
	require.NoError(t, err)
	query := spanner.NewStatement("SELECT Balance FROM Accounts WHERE Name = 'b'")
	plan, err := client.Single().AnalyzeQuery(ctx, query)
	require.NoError(t, err)
	scan, seek := plan.PlanNodes[len(plan.PlanNodes)-2], plan.PlanNodes[len(plan.PlanNodes)-1]
	assert.Equal(t, "Scan", scan.DisplayName)
	assert.Equal(t, map[string]any{"scan_type": "IndexScan", "scan_target": "AccountsByName"}, scan.Metadata.AsMap())
	assert.Equal(t, "Seek Condition", scan.ChildLinks[0].Type)
	assert.Equal(t, "($Name = 'b')", seek.ShortRepresentation.Description)

	it := client.Single().QueryWithStats(ctx, query)
	require.NoError(t, it.Do(func(*spanner.Row) error { return nil }))
	assert.Equal(t, "1", it.QueryStats["rows_scanned"])
	assert.Equal(t, "1", it.QueryStats["rows_returned"])
	mode := spannerpb.ExecuteSqlRequest_WITH_STATS
	_, err = client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		it := tx.QueryWithOptions(ctx, spanner.NewStatement("UPDATE Accounts SET Balance = 0 WHERE Id IN (1, 2)"), spanner.QueryOptions{Mode: &mode})
		_, err := it.Next()
		assert.Equal(t, iterator.Done, err)
		assert.Equal(t, "2", it.QueryStats["rows_scanned"])
		assert.EqualValues(t, 2, it.RowCount)
		assert.Nil(t, it.QueryPlan)
		return nil
	})
	require.NoError(t, err)
}

func TestSnapshotFromBeforeTheDatabaseIsEmpty(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, accountsDDL...)
	_, err := client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Accounts", accountColumns, []any{1, "a", 1})})
	require.NoError(t, err)
	before := client.Single().WithTimestampBound(spanner.ExactStaleness(10 * time.Minute))
	assert.Empty(t, readAll(t, before.Query(ctx, spanner.NewStatement("SELECT Id FROM Accounts WHERE Id = 1"))))
	tooOld := client.Single().WithTimestampBound(spanner.ExactStaleness(2 * time.Hour))
	_, err = tooOld.ReadRow(ctx, "Accounts", keyed(1), []string{"Id"})
	assert.Equal(t, codes.FailedPrecondition, spanner.ErrCode(err))
}

func TestSessionsEndWithTheirDatabase(t *testing.T) {
	ctx := context.Background()
	server, err := emulator.Start(ctx, emulator.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	t.Setenv("SPANNER_EMULATOR_HOST", server.Addr())
	const name = "projects/p/instances/main/databases/again"
	connect := func() *spanner.Client {
		client, err := spanner.NewClientWithConfig(ctx, name, spanner.ClientConfig{DisableNativeMetrics: true})
		require.NoError(t, err)
		t.Cleanup(client.Close)
		return client
	}
	read := func(client *spanner.Client) error {
		_, err := client.Single().Query(ctx, spanner.NewStatement("SELECT 1")).Next()
		return err
	}
	require.NoError(t, server.CreateDatabase(ctx, name))
	old := connect()
	require.NoError(t, read(old))
	require.NoError(t, server.DropDatabase(ctx, name))
	require.ErrorContains(t, read(old), "Database not found")
	require.NoError(t, server.CreateDatabase(ctx, name))
	require.ErrorContains(t, read(old), "Session not found")
	require.NoError(t, read(connect()))
}

func TestOperationsOfClientsHaveTheirNames(t *testing.T) {
	ctx := context.Background()
	name := spannertesting.NewDatabaseName(t, "CREATE TABLE T (K INT64) PRIMARY KEY (K)")
	admin := newAdmin(t)
	change := func(id, column string) error {
		op, err := admin.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{
			Database: name, OperationId: id, Statements: []string{fmt.Sprintf("ALTER TABLE T ADD COLUMN %s INT64", column)},
		})
		if err != nil {
			return err
		}
		assert.Equal(t, name+"/operations/"+id, op.Name())
		return admin.UpdateDatabaseDdlOperation(op.Name()).Wait(ctx)
	}
	require.NoError(t, change("first", "A"))
	assert.Equal(t, codes.AlreadyExists, spanner.ErrCode(change("first", "B")))
	assert.Equal(t, codes.InvalidArgument, spanner.ErrCode(change("No id", "B")))
}

// Who lost the answer, or was killed, finds out by the id what became of the statements.
func TestOperationThatFailsHalfWayTellsWhatWasApplied(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, "CREATE TABLE T (K INT64, V INT64) PRIMARY KEY (K)")
	_, err := client.Apply(ctx, []*spanner.Mutation{
		spanner.Insert("T", []string{"K", "V"}, []any{1, 7}), spanner.Insert("T", []string{"K", "V"}, []any{2, 7}),
	})
	require.NoError(t, err)
	admin := newAdmin(t)
	request := &databasepb.UpdateDatabaseDdlRequest{Database: client.DatabaseName(), OperationId: "half", Statements: []string{
		"ALTER TABLE T ADD COLUMN A INT64", "CREATE UNIQUE INDEX ByV ON T(V)", "ALTER TABLE T ADD COLUMN B INT64",
	}}
	_, err = admin.UpdateDatabaseDdl(ctx, request)
	require.NoError(t, err)
	op, err := admin.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: client.DatabaseName() + "/operations/half"})
	require.NoError(t, err)
	assert.True(t, op.Done)
	assert.Equal(t, codes.FailedPrecondition, codes.Code(op.GetError().GetCode()), op)
	var metadata databasepb.UpdateDatabaseDdlMetadata
	require.NoError(t, op.Metadata.UnmarshalTo(&metadata))
	assert.Len(t, metadata.CommitTimestamps, 1)
	assert.Equal(t, request.Statements, metadata.Statements)

	request.Statements = request.Statements[1:]
	_, err = admin.UpdateDatabaseDdl(ctx, request)
	assert.Equal(t, codes.AlreadyExists, spanner.ErrCode(err), "the id is taken")
	request.OperationId = "again"
	_, err = admin.UpdateDatabaseDdl(ctx, request)
	assert.Equal(t, codes.FailedPrecondition, spanner.ErrCode(err))
	_, err = admin.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: client.DatabaseName() + "/operations/again"})
	assert.Equal(t, codes.NotFound, spanner.ErrCode(err), "what was refused as a whole has no operation")
}
