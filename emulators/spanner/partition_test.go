package spanner_test

import (
	"context"
	"os"
	"testing"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

func TestPartitionsAreTheWhole(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, `CREATE TABLE T (A STRING(9) NOT NULL, B INT64 NOT NULL, V INT64) PRIMARY KEY (A, B DESC)`, `CREATE INDEX ByV ON T (V)`)
	var mutations []*spanner.Mutation
	for i := range 300 {
		mutations = append(mutations, spanner.Insert("T", []string{"A", "B", "V"}, []any{string(rune('a' + i%7)), i, i / 3}))
	}
	_, err := client.Apply(ctx, mutations)
	require.NoError(t, err)
	txn, err := client.BatchReadOnlyTransaction(ctx, spanner.StrongRead())
	require.NoError(t, err)
	defer txn.Close()
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Delete("T", spanner.AllKeys())}) // the snapshot does not mind
	require.NoError(t, err)
	options := spanner.PartitionOptions{MaxPartitions: 4}
	query := func(sql string) func() ([]*spanner.Partition, error) {
		return func() ([]*spanner.Partition, error) {
			return txn.PartitionQuery(ctx, spanner.NewStatement(sql), options)
		}
	}
	for name, tc := range map[string]struct {
		split func() ([]*spanner.Partition, error)
		parts int
		want  []int64
	}{
		"read": {func() ([]*spanner.Partition, error) {
			return txn.PartitionRead(ctx, "T", spanner.AllKeys(), []string{"B"}, options)
		}, 4, span(0, 300)},
		"range": {func() ([]*spanner.Partition, error) {
			keys := spanner.KeySets(spanner.KeyRange{Start: spanner.Key{"a"}, End: spanner.Key{"g"}, Kind: spanner.ClosedClosed}, spanner.Key{"x", 1})
			return txn.PartitionRead(ctx, "T", keys, []string{"B"}, options)
		}, 4, span(0, 300)},
		"index": {func() ([]*spanner.Partition, error) {
			return txn.PartitionReadUsingIndex(ctx, "T", "ByV", spanner.KeyRange{Start: spanner.Key{10}, End: spanner.Key{19}, Kind: spanner.ClosedClosed}, []string{"B"}, options)
		}, 4, span(30, 60)},
		"few":     {query("SELECT B FROM T WHERE A = 'a' AND B IN (0, 7)"), 2, []int64{0, 7}},
		"none":    {query("SELECT B FROM T WHERE A = 'x'"), 1, nil},
		"query":   {query("SELECT B + 0 FROM T@{FORCE_INDEX=ByV} WHERE V >= 50 AND B != 299"), 4, span(150, 299)},
		"nothing": {query("SELECT 7"), 1, []int64{7}},
	} {
		t.Run(name, func(t *testing.T) {
			partitions, err := tc.split()
			require.NoError(t, err)
			require.Len(t, partitions, tc.parts)
			var got []int64
			for _, p := range partitions {
				before := len(got)
				require.NoError(t, txn.Execute(ctx, p).Do(func(row *spanner.Row) error {
					got = append(got, 0)
					return row.Columns(&got[len(got)-1])
				}))
				if tc.want != nil {
					assert.Greater(t, len(got), before, "a part of the rows")
				}
			}
			assert.ElementsMatch(t, tc.want, got)
		})
	}
	for _, sql := range []string{
		"SELECT COUNT(*) FROM T WHERE A = 'a'", "SELECT B FROM T WHERE A = 'a' ORDER BY V", "SELECT B FROM T WHERE A = 'a' LIMIT 3",
		"SELECT t.B FROM T t JOIN T u USING (A, B) WHERE t.A = 'a'", "SELECT DISTINCT V FROM T WHERE A = 'a'",
		"SELECT (SELECT MAX(V) FROM T WHERE A = 'a') FROM T WHERE A = 'a'", "DELETE FROM T WHERE A = 'a'",
	} {
		_, err := txn.PartitionQuery(ctx, spanner.NewStatement(sql), options)
		assert.Equal(t, codes.InvalidArgument, spanner.ErrCode(err), "%s: %v", sql, err)
	}
}

func span(from, to int64) (out []int64) {
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

func TestPartitionTokensAreBound(t *testing.T) {
	ctx := context.Background()
	name := spannertesting.NewDatabaseName(t, `CREATE TABLE T (K INT64 NOT NULL) PRIMARY KEY (K)`)
	conn, err := grpc.NewClient(os.Getenv("SPANNER_EMULATOR_HOST"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { assert.NoError(t, conn.Close()) }()
	api := spannerpb.NewSpannerClient(conn)
	sessions := make([]string, 2)
	for i := range sessions {
		made, err := api.CreateSession(ctx, &spannerpb.CreateSessionRequest{Database: name})
		require.NoError(t, err)
		sessions[i] = made.Name
	}
	begin := &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadOnly_{ReadOnly: &spannerpb.TransactionOptions_ReadOnly{}}}
	sql := "SELECT K FROM T WHERE K > 0"
	split, err := api.PartitionQuery(ctx, &spannerpb.PartitionQueryRequest{Session: sessions[0], Sql: sql,
		Transaction: &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Begin{Begin: begin}}})
	require.NoError(t, err)
	other, err := api.BeginTransaction(ctx, &spannerpb.BeginTransactionRequest{Session: sessions[0], Options: begin})
	require.NoError(t, err)
	id := func(id []byte) *spannerpb.TransactionSelector {
		return &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Id{Id: id}}
	}
	good := &spannerpb.ExecuteSqlRequest{Session: sessions[0], Sql: sql, Transaction: id(split.Transaction.Id), PartitionToken: split.Partitions[0].PartitionToken, DataBoostEnabled: true}
	_, err = api.ExecuteSql(ctx, good)
	require.NoError(t, err)
	changed := func(change func(*spannerpb.ExecuteSqlRequest)) *spannerpb.ExecuteSqlRequest {
		req := proto.CloneOf(good)
		change(req)
		return req
	}
	refusals := map[string]*spannerpb.ExecuteSqlRequest{
		"different session":     changed(func(r *spannerpb.ExecuteSqlRequest) { r.Session = sessions[1] }),
		"different transaction": changed(func(r *spannerpb.ExecuteSqlRequest) { r.Transaction = id(other.Id) }),
		"different read or sql": changed(func(r *spannerpb.ExecuteSqlRequest) { r.Sql = "SELECT K FROM T WHERE K > 1" }),
		"Query modes":           changed(func(r *spannerpb.ExecuteSqlRequest) { r.QueryMode = spannerpb.ExecuteSqlRequest_PROFILE }),
		"Invalid partition tok": changed(func(r *spannerpb.ExecuteSqlRequest) { r.PartitionToken = []byte("whole") }),
	}
	for i := range good.PartitionToken {
		tampered := changed(func(r *spannerpb.ExecuteSqlRequest) { r.PartitionToken[i] ^= 1 })
		_, err := api.ExecuteSql(ctx, tampered)
		assert.Equal(t, codes.InvalidArgument, status.Code(err), "byte %d: %v", i, err)
	}
	for part, req := range refusals {
		_, err := api.ExecuteSql(ctx, req)
		assert.Equal(t, codes.InvalidArgument, status.Code(err), "%s: %v", part, err)
		assert.ErrorContains(t, err, part)
	}
	_, err = api.PartitionQuery(ctx, &spannerpb.PartitionQueryRequest{Session: sessions[0], Sql: sql})
	assert.ErrorContains(t, err, "single-use")
	_, err = api.PartitionQuery(ctx, &spannerpb.PartitionQueryRequest{Session: sessions[0], Sql: sql, Transaction: id(other.Id), PartitionOptions: &spannerpb.PartitionOptions{MaxPartitions: -1}})
	assert.ErrorContains(t, err, "max partition count")
}
