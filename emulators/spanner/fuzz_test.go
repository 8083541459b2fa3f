package spanner_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	_ "cloud.google.com/go/longrunning/autogen/longrunningpb" // describes its service
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	_ "cloud.google.com/go/spanner/admin/instance/apiv1/instancepb" // describes its service
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/structpb"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

const (
	fuzzInstance = "projects/p/instances/main"
	fuzzDeadline = 5 * time.Second // of a call
	fuzzMemory   = 2 << 30         // what all calls together may hold
)

var fuzzDDL = []string{
	`CREATE TABLE T (A INT64 NOT NULL, B STRING(MAX), C FLOAT64, D TIMESTAMP OPTIONS (allow_commit_timestamp=true), E ARRAY<STRING(MAX)>, F NUMERIC, G JSON, H BYTES(MAX), I DATE, J BOOL, K FLOAT32) PRIMARY KEY (A, B DESC)`,
	`CREATE INDEX TByC ON T(C DESC, D) STORING (F)`,
	`CREATE TABLE U (A INT64 NOT NULL, B STRING(MAX), N INT64 NOT NULL DEFAULT (1), CHECK (N > 0)) PRIMARY KEY (A, B DESC, N), INTERLEAVE IN PARENT T ON DELETE CASCADE`,
}

// target is an emulator that hostile calls are sent to over gRPC.
type target struct {
	server *emulator.Server
	conn   *grpc.ClientConn
	count  int
}

func newTarget(tb testing.TB) *target {
	server, err := emulator.Start(context.Background(), emulator.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(tb, err)
	conn, err := grpc.NewClient(server.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<30)))
	require.NoError(tb, err)
	stop := make(chan struct{})
	go watchMemory(stop)
	tb.Cleanup(func() {
		close(stop)
		assert.NoError(tb, conn.Close())
		assert.NoError(tb, server.Close())
	})
	return &target{server: server, conn: conn}
}

// watchMemory ends the process, so that the fuzzer keeps the input, when calls
// make it hold too much.
func watchMemory(stop <-chan struct{}) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for {
		select {
		case <-stop:
			return
		case <-time.After(10 * time.Millisecond):
		}
		if metrics.Read(sample); sample[0].Value.Uint64() > fuzzMemory {
			panic(fmt.Sprintf("a call made the emulator hold %d bytes", sample[0].Value.Uint64()))
		}
	}
}

// database makes a database with a few rows, and returns its name and a session.
func (g *target) database(t *testing.T) (database, session string) {
	g.count++
	database = fmt.Sprintf("%s/databases/db%d", fuzzInstance, g.count)
	require.NoError(t, g.server.CreateDatabase(context.Background(), database, fuzzDDL...))
	created, err := spannerpb.NewSpannerClient(g.conn).CreateSession(context.Background(), &spannerpb.CreateSessionRequest{Database: database})
	require.NoError(t, err)
	_, err = spannerpb.NewSpannerClient(g.conn).Commit(context.Background(), &spannerpb.CommitRequest{
		Session:     created.Name,
		Transaction: &spannerpb.CommitRequest_SingleUseTransaction{SingleUseTransaction: readWrite},
		Mutations: []*spannerpb.Mutation{{Operation: &spannerpb.Mutation_Insert{Insert: &spannerpb.Mutation_Write{
			Table: "T", Columns: []string{"A", "B", "C"}, Values: []*structpb.ListValue{listOf("1", "x", 1.5), listOf("2", nil, "NaN")},
		}}}},
	})
	require.NoError(t, err)
	return database, created.Name
}

var readWrite = &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadWrite_{ReadWrite: &spannerpb.TransactionOptions_ReadWrite{}}}

func listOf(values ...any) *structpb.ListValue {
	list, err := structpb.NewList(values)
	if err != nil {
		panic(err)
	}
	return list
}

// judge fails the test if a call ended as none may: by a panic, an error that
// nobody foresaw, or not at all.
func (g *target) judge(t *testing.T, err error, what string) {
	require.NotContains(t, []codes.Code{codes.Internal, codes.Unknown, codes.Unavailable}, status.Code(err), "%s: %v", what, err)
	require.Eventually(t, func() bool { return g.server.InFlight() == 0 }, fuzzDeadline, time.Millisecond, "still at work after its end: %s", what)
}

// FuzzSQL sends statements with parameters of any kind and declared type, in
// each kind of transaction.
func FuzzSQL(f *testing.F) {
	g := newTarget(f)
	for i, sql := range []string{
		"SELECT * FROM T WHERE A = @p AND B >= @q", "SELECT * FROM T@{FORCE_INDEX=TByC} WHERE C IN UNNEST(@p) ORDER BY D LIMIT @q",
		"INSERT INTO T (A, B, D) VALUES (@p, @q, PENDING_COMMIT_TIMESTAMP()) THEN RETURN *", "UPDATE U SET N = @p WHERE N = @q",
		"DELETE FROM T WHERE STARTS_WITH(B, @p)", "SELECT REPEAT(REPEAT('x', 1000000), 1000000)", "SELECT @p IN UNNEST(@q), @p.x[OFFSET(@q)]",
		"SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a, UNNEST(GENERATE_ARRAY(1, 1000000)) b",
		"SELECT ARRAY_AGG(a) FROM UNNEST(GENERATE_ARRAY(1, 100000)) a, UNNEST(GENERATE_ARRAY(1, 100000)) b",
		"SELECT STRING_AGG(REPEAT('x', 1000000)) FROM UNNEST(GENERATE_ARRAY(1, 100000)) a",
		"SELECT a, REPEAT('x', 100000) AS s FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a ORDER BY s, a",
		"SELECT REGEXP_CONTAINS(REPEAT('a', 100000), @p), CAST(@q AS STRING), JSON_QUERY(PARSE_JSON(@p), '$')",
		"SELECT SPLIT(REPEAT('a,', 1000000), ',')", "SELECT TO_HEX(SHA256(REPEAT('a', 1000000))), REPLACE(REPEAT('a', 1000000), 'a', REPEAT('b', 1000000))",
		"SELECT x FROM UNNEST([1,2]) x UNION ALL SELECT @p", "WITH a AS (SELECT @p AS x) SELECT * FROM a, a b, a c",
		"SELECT * FROM INFORMATION_SCHEMA.COLUMNS c WHERE c.TABLE_NAME = @p", "SELECT GENERATE_DATE_ARRAY('0001-01-01', '9999-12-31')",
		"SELECT FORMAT('%*d', 2147483647, 1)", "SELECT TO_JSON_STRING(ARRAY(SELECT AS STRUCT * FROM T))",
	} {
		for j, params := range []string{
			`{"p":"1","q":"x"}`, `{"p":null,"q":[]}`, `{"p":[1,null,"x",{"a":1}],"q":{"b":[[]]}}`, `{"p":1e308,"q":true}`, `{"P":"NaN","q":"2026-01-01T00:00:00.999999999Z"}`,
		} {
			f.Add(sql, params, uint8(i+j), uint8(j))
		}
	}
	database, session := "", ""
	f.Fuzz(func(t *testing.T, sql, params string, kind, mode uint8) {
		if !utf8.ValidString(sql) {
			return // gRPC sends none
		}
		if session == "" {
			database, session = g.database(t)
		}
		request := &spannerpb.ExecuteSqlRequest{Session: session, Sql: sql, Params: &structpb.Struct{}, QueryMode: spannerpb.ExecuteSqlRequest_QueryMode(mode >> 4 & 3)}
		if protojson.Unmarshal([]byte(params), request.Params) != nil {
			return
		}
		request.ParamTypes = fuzzTypes(kind)
		request.Transaction = fuzzSelector(mode)
		ctx, cancel := context.WithTimeout(context.Background(), fuzzDeadline/5)
		defer cancel()
		method := spannerpb.Spanner_ExecuteStreamingSql_FullMethodName
		response, err := g.call(ctx, method, true, request, func() proto.Message { return &spannerpb.PartialResultSet{} })
		g.judge(t, err, fmt.Sprintf("%s in %s: %s with %s", method, database, sql, params))
		if first, ok := response.(*spannerpb.PartialResultSet); ok && len(first.GetMetadata().GetTransaction().GetId()) > 0 {
			_, err := spannerpb.NewSpannerClient(g.conn).Rollback(ctx, &spannerpb.RollbackRequest{Session: session, TransactionId: first.Metadata.Transaction.Id})
			assert.NotEqual(t, codes.Internal, status.Code(err))
		}
	})
}

// fuzzTypes declares the types of p and q, or not.
func fuzzTypes(kind uint8) map[string]*spannerpb.Type {
	one := func(n uint8) *spannerpb.Type {
		element := &spannerpb.Type{Code: spannerpb.TypeCode(n % 20)}
		switch element.Code {
		case spannerpb.TypeCode_ARRAY:
			element.ArrayElementType = &spannerpb.Type{Code: spannerpb.TypeCode(n / 20)}
		case spannerpb.TypeCode_STRUCT:
			element.StructType = &spannerpb.StructType{Fields: []*spannerpb.StructType_Field{{Name: "a", Type: &spannerpb.Type{Code: spannerpb.TypeCode(n / 20)}}, {}}}
		}
		return element
	}
	if kind == 0 {
		return nil
	}
	return map[string]*spannerpb.Type{"p": one(kind), "q": one(kind * 7)}
}

// fuzzSelector chooses a transaction.
func fuzzSelector(mode uint8) *spannerpb.TransactionSelector {
	switch mode % 5 {
	case 1, 2:
		return &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Begin{Begin: readWrite}}
	case 3:
		return &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Id{Id: []byte{mode, 0, 0}}}
	case 4:
		return &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_SingleUse{SingleUse: &spannerpb.TransactionOptions{
			Mode: &spannerpb.TransactionOptions_ReadOnly_{ReadOnly: &spannerpb.TransactionOptions_ReadOnly{ReturnReadTimestamp: true}},
		}}}
	}
	return nil
}

// call sends one request and takes all responses, of which it returns the first.
func (g *target) call(ctx context.Context, method string, stream bool, request proto.Message, newResponse func() proto.Message) (proto.Message, error) {
	first := newResponse()
	if !stream {
		return first, g.conn.Invoke(ctx, method, request, first)
	}
	s, err := g.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.SendMsg(request), s.CloseSend()); err != nil {
		return nil, err
	}
	if err := s.RecvMsg(first); err != nil {
		return nil, ignoreEnd(err)
	}
	for {
		if err := s.RecvMsg(newResponse()); err != nil {
			return first, ignoreEnd(err)
		}
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// FuzzDDL creates databases with hostile statements, and changes others by them.
func FuzzDDL(f *testing.F) {
	g := newTarget(f)
	for _, ddl := range []string{
		strings.Join(fuzzDDL, ";"), "ALTER TABLE T ADD COLUMN Z INT64 NOT NULL DEFAULT (1/0)", "DROP TABLE T", "DROP INDEX TByC;DROP TABLE U;DROP TABLE T",
		"ALTER TABLE U ADD CONSTRAINT FK FOREIGN KEY (A, B) REFERENCES T (A, B);ALTER TABLE U DROP CONSTRAINT FK", "ALTER TABLE T DROP COLUMN C",
		"CREATE UNIQUE NULL_FILTERED INDEX X ON T(C, C)", "CREATE TABLE V (A INT64 AS (B) STORED, B INT64 AS (A) STORED) PRIMARY KEY (A)",
		"CREATE TABLE W (A INT64, G STRING(MAX) AS (REPEAT('x', A)) STORED, CHECK (A / 0 > 1)) PRIMARY KEY (A), ROW DELETION POLICY (OLDER_THAN(A, INTERVAL -1 DAY))",
		"ALTER TABLE T ALTER COLUMN B STRING(1);ALTER TABLE T ALTER COLUMN B BYTES(MAX) NOT NULL", "CREATE ROLE r;GRANT SELECT ON TABLE T TO ROLE r",
		"CREATE SEQUENCE S OPTIONS (sequence_kind='bit_reversed_positive');DROP SEQUENCE S", "CREATE TABLE X () PRIMARY KEY ()",
		"CREATE TABLE Y (A INT64, B ARRAY<ARRAY<INT64>>) PRIMARY KEY (B)", "ALTER DATABASE d SET OPTIONS (version_retention_period='9999999d')",
		"CREATE TABLE Z (A INT64, FOREIGN KEY (A) REFERENCES Z (A)) PRIMARY KEY (A)", "CREATE INDEX I ON T(B), INTERLEAVE IN U", "CREATE TABLE " + strings.Repeat("x", 1000) + " (A INT64) PRIMARY KEY (A)",
	} {
		f.Add(ddl, true)
		f.Add(ddl, false)
	}
	f.Fuzz(func(t *testing.T, ddl string, exists bool) {
		if !utf8.ValidString(ddl) {
			return // gRPC sends none
		}
		admin := databasepb.NewDatabaseAdminClient(g.conn)
		statements := strings.Split(ddl, ";")
		ctx, cancel := context.WithTimeout(context.Background(), fuzzDeadline)
		defer cancel()
		var err error
		var name string
		if exists {
			name, _ = g.database(t)
			_, err = admin.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{Database: name, Statements: statements})
		} else {
			g.count++
			id := fmt.Sprintf("db%d", g.count)
			name = fuzzInstance + "/databases/" + id
			require.NoError(t, g.server.CreateDatabase(ctx, name+"x"))
			require.NoError(t, g.server.DropDatabase(ctx, name+"x")) // its instance stays
			_, err = admin.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{Parent: fuzzInstance, CreateStatement: "CREATE DATABASE " + id, ExtraStatements: statements})
		}
		g.judge(t, err, ddl)
		require.NotEqual(t, codes.DeadlineExceeded, status.Code(err), ddl)
		if err != nil && !exists {
			return
		}
		got, err := admin.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: name})
		require.NoError(t, err, ddl)
		require.NoError(t, g.server.DropDatabase(ctx, name))
		require.NoError(t, g.server.CreateDatabase(ctx, name, got.Statements...), "what GetDatabaseDdl prints makes the same database again: %s", ddl)
		require.NoError(t, g.server.DropDatabase(ctx, name))
	})
}

// method is one of the emulator's calls.
type method struct {
	name          string
	stream        bool
	input, output protoreflect.MessageType
}

// allMethods lists the calls of all services, in order.
func allMethods(tb testing.TB) (all []method) {
	for _, name := range []protoreflect.FullName{
		"google.spanner.v1.Spanner", "google.spanner.admin.database.v1.DatabaseAdmin", "google.spanner.admin.instance.v1.InstanceAdmin", "google.longrunning.Operations",
	} {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
		require.NoError(tb, err)
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			m := methods.Get(i)
			input, err := protoregistry.GlobalTypes.FindMessageByName(m.Input().FullName())
			require.NoError(tb, err)
			output, err := protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName())
			require.NoError(tb, err)
			all = append(all, method{fmt.Sprintf("/%s/%s", name, m.Name()), m.IsStreamingServer(), input, output})
		}
	}
	return all
}
