package server

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"cloud.google.com/go/spanner/admin/instance/apiv1/instancepb"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

const testDatabase = "projects/p/instances/main/databases/test"

func newServer(tb testing.TB) (*Server, string) {
	st, err := store.Open(store.Options{})
	require.NoError(tb, err)
	s, err := New(st, Options{IdleTimeout: time.Minute, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	require.NoError(tb, err)
	tb.Cleanup(func() { s.Close(); assert.NoError(tb, st.Close()) })
	require.NoError(tb, s.CreateNewInstance("projects/p/instances/main"))
	require.NoError(tb, s.CreateNewDatabase(testDatabase, []string{
		"CREATE TABLE T (K STRING(MAX) NOT NULL, D BYTES(MAX), V INT64, A ARRAY<STRING(5)>, At1 TIMESTAMP OPTIONS (allow_commit_timestamp=true)) PRIMARY KEY (K, D DESC)",
		"CREATE INDEX ByV ON T(V) STORING (At1)",
	}, nil))
	sess, err := s.CreateSession(context.Background(), &spannerpb.CreateSessionRequest{Database: testDatabase, Session: &spannerpb.Session{Multiplexed: true}})
	require.NoError(tb, err)
	return s, sess.Name
}

func list(values ...any) *structpb.ListValue {
	out, err := structpb.NewList(values)
	if err != nil {
		panic(err)
	}
	return out
}

func readWrite() *spannerpb.TransactionOptions {
	return &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadWrite_{ReadWrite: &spannerpb.TransactionOptions_ReadWrite{}}}
}

func insert(k string, v any) []*spannerpb.Mutation {
	return []*spannerpb.Mutation{{Operation: &spannerpb.Mutation_Insert{Insert: &spannerpb.Mutation_Write{
		Table: "T", Columns: []string{"K", "V"}, Values: []*structpb.ListValue{list(k, v)},
	}}}}
}

func TestCommitSentAgainIsAnsweredAgain(t *testing.T) {
	s, session := newServer(t)
	ctx := context.Background()
	txn, err := s.BeginTransaction(ctx, &spannerpb.BeginTransactionRequest{Session: session, Options: readWrite()})
	require.NoError(t, err)
	req := &spannerpb.CommitRequest{Session: session, Transaction: &spannerpb.CommitRequest_TransactionId{TransactionId: txn.Id}, Mutations: insert("a", "1")}
	first, err := s.Commit(ctx, req)
	require.NoError(t, err)
	again, err := s.Commit(ctx, req)
	require.NoError(t, err)
	assert.Equal(t, first.CommitTimestamp.AsTime(), again.CommitTimestamp.AsTime())
}

func TestStatementSentAgainRunsOnce(t *testing.T) {
	s, session := newServer(t)
	ctx := context.Background()
	_, err := s.Commit(ctx, &spannerpb.CommitRequest{Session: session, Transaction: &spannerpb.CommitRequest_SingleUseTransaction{SingleUseTransaction: readWrite()}, Mutations: insert("a", "1")})
	require.NoError(t, err)
	txn, err := s.BeginTransaction(ctx, &spannerpb.BeginTransactionRequest{Session: session, Options: readWrite()})
	require.NoError(t, err)
	selector := &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Id{Id: txn.Id}}
	req := &spannerpb.ExecuteSqlRequest{Session: session, Transaction: selector, Sql: "UPDATE T SET V = V + 1 WHERE K = 'a'", Seqno: 5}
	for range 3 {
		result, err := s.ExecuteSql(ctx, req)
		require.NoError(t, err)
		assert.EqualValues(t, 1, result.Stats.GetRowCountExact())
	}
	other := proto.CloneOf(req)
	other.Sql = "UPDATE T SET V = 0 WHERE K = 'a'"
	_, err = s.ExecuteSql(ctx, other)
	assert.Equal(t, codes.InvalidArgument, status.Code(err), "the number is taken")
	other.Seqno = 4
	_, err = s.ExecuteSql(ctx, other)
	assert.Equal(t, codes.InvalidArgument, status.Code(err), "numbers go up")
	result, err := s.ExecuteSql(ctx, &spannerpb.ExecuteSqlRequest{Session: session, Transaction: selector, Sql: "SELECT V FROM T WHERE K = 'a'"})
	require.NoError(t, err)
	assert.Equal(t, "2", result.Rows[0].Values[0].GetStringValue())
}

func TestStreamIsResumedWhereItStopped(t *testing.T) {
	s, session := newServer(t)
	ctx := context.Background()
	var mutations []*spannerpb.Mutation
	for i := range 5000 {
		mutations = append(mutations, insert(string(rune('a'+i%26))+time.Duration(i).String(), nil)...)
	}
	single := &spannerpb.CommitRequest_SingleUseTransaction{SingleUseTransaction: readWrite()}
	_, err := s.Commit(ctx, &spannerpb.CommitRequest{Session: session, Transaction: single, Mutations: mutations})
	require.NoError(t, err)
	req := &spannerpb.ReadRequest{Session: session, Table: "T", Columns: []string{"K"}, KeySet: &spannerpb.KeySet{All: true}}
	var messages []*spannerpb.PartialResultSet
	keep := func(m *spannerpb.PartialResultSet) error { messages = append(messages, m); return nil }
	require.NoError(t, s.read(ctx, req, keep))
	require.Greater(t, len(messages), 1)
	whole := messages
	_, err = s.Commit(ctx, &spannerpb.CommitRequest{Session: session, Transaction: single, Mutations: insert("a", nil)})
	require.NoError(t, err)
	messages, req.ResumeToken = nil, whole[0].ResumeToken
	require.NoError(t, s.read(ctx, req, keep))
	require.Len(t, messages, len(whole)-1)
	for i, m := range messages {
		assert.True(t, proto.Equal(&spannerpb.PartialResultSet{Values: whole[i+1].Values}, &spannerpb.PartialResultSet{Values: m.Values}))
	}
}

func TestAdministration(t *testing.T) {
	s, session := newServer(t)
	ctx := context.Background()
	instances, databases := &instanceAdmin{Server: s}, &databaseAdmin{Server: s}
	op, err := instances.CreateInstance(ctx, &instancepb.CreateInstanceRequest{Parent: "projects/p", InstanceId: "other", Instance: &instancepb.Instance{NodeCount: 1}})
	require.NoError(t, err)
	assert.True(t, op.Done)
	_, err = instances.CreateInstance(ctx, &instancepb.CreateInstanceRequest{Parent: "projects/p", InstanceId: "other"})
	assert.Equal(t, codes.AlreadyExists, status.Code(err))
	_, err = databases.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{Parent: "projects/p/instances/none", CreateStatement: "CREATE DATABASE `db-1`"})
	assert.Equal(t, codes.NotFound, status.Code(err))
	op, err = databases.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{Parent: "projects/p/instances/other", CreateStatement: "CREATE DATABASE `db-1`"})
	require.NoError(t, err)
	assert.True(t, op.Done)
	service := &operationsService{Server: s}
	_, err = service.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: "nothing"})
	assert.Equal(t, codes.NotFound, status.Code(err))
	again, err := service.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: op.Name})
	require.NoError(t, err)
	assert.True(t, proto.Equal(op, again), "an operation is answered as it was")
	for filter, count := range map[string]int{
		"": 1, "(name:db-1/operations/)": 1, "(name:other-db)": 0,
		"(metadata.@type:type.googleapis.com/google.spanner.admin.database.v1.CreateDatabaseMetadata) AND (name:db-1/)": 1,
		"(metadata.@type:type.googleapis.com/google.spanner.admin.database.v1.UpdateDatabaseDdlMetadata)":               0,
	} {
		found, err := databases.ListDatabaseOperations(ctx, &databasepb.ListDatabaseOperationsRequest{Parent: "projects/p/instances/other", Filter: filter})
		require.NoError(t, err)
		assert.Len(t, found.Operations, count, filter)
	}
	_, err = databases.ListDatabaseOperations(ctx, &databasepb.ListDatabaseOperationsRequest{Parent: "projects/p/instances/other", Filter: "done:true"})
	assert.Equal(t, codes.Unimplemented, status.Code(err))
	for filter, count := range map[string]int{"name:OTH": 1, "name:x": 0, "": 2} {
		found, err := instances.ListInstances(ctx, &instancepb.ListInstancesRequest{Parent: "projects/p", Filter: filter})
		require.NoError(t, err)
		assert.Len(t, found.Instances, count, filter)
	}
	listed, err := databases.ListDatabases(ctx, &databasepb.ListDatabasesRequest{Parent: "projects/p/instances/other"})
	require.NoError(t, err)
	require.Len(t, listed.Databases, 1)
	assert.Equal(t, "1h", listed.Databases[0].VersionRetentionPeriod)
	_, err = databases.DropDatabase(ctx, &databasepb.DropDatabaseRequest{Database: testDatabase})
	require.NoError(t, err)
	_, err = s.Read(ctx, &spannerpb.ReadRequest{Session: session, Table: "T", Columns: []string{"K"}, KeySet: &spannerpb.KeySet{All: true}})
	assert.Equal(t, codes.NotFound, status.Code(err))
	_, err = instances.DeleteInstance(ctx, &instancepb.DeleteInstanceRequest{Name: "projects/p/instances/other"})
	require.NoError(t, err)
	_, err = databases.GetDatabase(ctx, &databasepb.GetDatabaseRequest{Name: "projects/p/instances/other/databases/db-1"})
	assert.Equal(t, codes.NotFound, status.Code(err))
}

// FuzzRequests sends requests of any shape: each gets an answer or an error
// that blames the request.
func FuzzRequests(f *testing.F) {
	s, session := newServer(f)
	add := func(kind byte, m proto.Message) {
		data, err := proto.Marshal(m)
		require.NoError(f, err)
		f.Add(kind, data)
	}
	begin := &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Begin{Begin: readWrite()}}
	add(0, &spannerpb.CommitRequest{Transaction: &spannerpb.CommitRequest_SingleUseTransaction{SingleUseTransaction: readWrite()}, Mutations: append(insert("\x00\x01", "1"), &spannerpb.Mutation{})})
	add(0, &spannerpb.CommitRequest{Transaction: &spannerpb.CommitRequest_SingleUseTransaction{SingleUseTransaction: readWrite()}, Mutations: []*spannerpb.Mutation{{Operation: &spannerpb.Mutation_Delete_{}}}})
	add(1, &spannerpb.ReadRequest{Table: "T", Index: "ByV", Columns: []string{"K", "V"}, Transaction: begin, KeySet: &spannerpb.KeySet{Ranges: []*spannerpb.KeyRange{
		{StartKeyType: &spannerpb.KeyRange_StartClosed{StartClosed: list("5")}, EndKeyType: &spannerpb.KeyRange_EndOpen{EndOpen: list("1", "x")}},
	}}})
	add(1, &spannerpb.ReadRequest{Table: "T", Columns: []string{"K"}, KeySet: &spannerpb.KeySet{Keys: []*structpb.ListValue{list("a", nil), nil}}})
	add(2, &spannerpb.ExecuteSqlRequest{Sql: "SELECT * FROM T WHERE K = @k", Params: &structpb.Struct{Fields: map[string]*structpb.Value{"k": structpb.NewStringValue("a")}}})
	add(2, &spannerpb.ExecuteSqlRequest{Sql: "INSERT INTO T (K, V) VALUES ('b', 1) THEN RETURN V", Transaction: begin, Seqno: 1})
	add(3, &spannerpb.ExecuteBatchDmlRequest{Transaction: begin, Statements: []*spannerpb.ExecuteBatchDmlRequest_Statement{{Sql: "DELETE FROM T WHERE TRUE"}, nil}})
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err := send(ctx, s, session, kind, data)
		assert.NotContains(t, []codes.Code{codes.Internal, codes.Unknown}, status.Code(toStatus(err)), "%v", err)
	})
}

func send(ctx context.Context, s *Server, session string, kind byte, data []byte) (err error) {
	var commit spannerpb.CommitRequest
	var read spannerpb.ReadRequest
	var sql spannerpb.ExecuteSqlRequest
	var batch spannerpb.ExecuteBatchDmlRequest
	switch kind % 4 {
	case 0:
		if proto.Unmarshal(data, &commit) == nil {
			commit.Session = session
			_, err = s.Commit(ctx, &commit)
		}
	case 1:
		if proto.Unmarshal(data, &read) == nil {
			read.Session = session
			_, err = s.Read(ctx, &read)
		}
	case 2:
		if proto.Unmarshal(data, &sql) == nil {
			sql.Session = session
			_, err = s.ExecuteSql(ctx, &sql)
		}
	case 3:
		if proto.Unmarshal(data, &batch) == nil {
			batch.Session = session
			_, err = s.ExecuteBatchDml(ctx, &batch)
		}
	}
	return err
}
