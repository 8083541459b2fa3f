package spanner_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// The names in the requests that are fuzzed, which become those of a real
// database, session and transaction.
const (
	anyDatabase    = "DATABASE"
	anySession     = "SESSION"
	anyTransaction = "VFJBTlNBQ1RJT04=" // bytes are base64 in JSON
)

var fuzzRequests = map[string][]string{
	"/google.spanner.v1.Spanner/StreamingRead": {
		`{"session":"SESSION","table":"T","columns":["A","B"],"keySet":{"all":true},"limit":"1","resumeToken":"AAEC"}`,
		`{"session":"SESSION","transaction":{"id":"VFJBTlNBQ1RJT04="},"table":"T","index":"TByC","columns":["C"],"keySet":{"keys":[["NaN",null],["x"]],"ranges":[{"startOpen":[],"endClosed":["1","2","3","4","5"]}]},"partitionToken":"AAEC"}`,
		`{"session":"SESSION","transaction":{"begin":{"readOnly":{"exactStaleness":"315576000000s"}}},"table":"U","columns":["A","A","Z"],"keySet":{"keys":[[1e300],[{"a":1}],["99999999999999999999"]]},"limit":"-1"}`,
	},
	"/google.spanner.v1.Spanner/Read": {`{"session":"SESSION","table":"T","columns":[],"keySet":{"ranges":[{"startClosed":["2"],"endOpen":["1"]},{}]},"limit":"9223372036854775807"}`},
	"/google.spanner.v1.Spanner/Commit": {
		`{"session":"SESSION","singleUseTransaction":{"readWrite":{}},"mutations":[{"insert":{"table":"T","columns":["A","B","E","G"],"values":[["9","x",["y",null],"{}"],["1"]]}},{"delete":{"table":"T","keySet":{"ranges":[{"startClosed":["1",null],"endOpen":["1","x"]}]}}},{"replace":{}}]}`,
		`{"session":"SESSION","transactionId":"VFJBTlNBQ1RJT04=","mutations":[{"update":{"table":"U","columns":["N","N"],"values":[["0","1"]]}},{"insertOrUpdate":{"table":"T","columns":["A","D","H","I","K"],"values":[["3","spanner.commit_timestamp()","!","9999-12-32","-Infinity"]]}}],"returnCommitStats":true,"maxCommitDelay":"-1s"}`,
	},
	"/google.spanner.v1.Spanner/BatchWrite":       {`{"session":"SESSION","mutationGroups":[{"mutations":[{"insert":{"table":"T","columns":["A"],"values":[["7"]]}}]},{}]}`},
	"/google.spanner.v1.Spanner/ExecuteSql":       {`{"session":"SESSION","transaction":{"begin":{"partitionedDml":{}}},"sql":"UPDATE T SET J = @j WHERE TRUE","params":{"j":["x"]},"paramTypes":{"j":{"code":"STRUCT","structType":{"fields":[{"type":{}}]}}},"seqno":"-1"}`},
	"/google.spanner.v1.Spanner/ExecuteBatchDml":  {`{"session":"SESSION","transaction":{"begin":{"readWrite":{}}},"statements":[{"sql":"DELETE FROM T WHERE A=@a","params":{"a":"1"}},{"sql":""},{"sql":"SELECT 1"}],"seqno":"1"}`},
	"/google.spanner.v1.Spanner/BeginTransaction": {`{"session":"SESSION","options":{"readOnly":{"minReadTimestamp":"0001-01-01T00:00:00Z"}}}`, `{"session":"SESSION","options":{"readWrite":{"readLockMode":"OPTIMISTIC"},"isolationLevel":"REPEATABLE_READ"},"mutationKey":{"delete":{"table":"T","keySet":{}}}}`},
	"/google.spanner.v1.Spanner/Rollback":         {`{"session":"SESSION","transactionId":"VFJBTlNBQ1RJT04="}`, `{"session":"SESSION/x","transactionId":"AA=="}`},
	"/google.spanner.v1.Spanner/PartitionQuery":   {`{"session":"SESSION","transaction":{"begin":{"readOnly":{"strong":true}}},"sql":"SELECT A FROM T","partitionOptions":{"partitionSizeBytes":"-1","maxPartitions":"9223372036854775807"}}`},
	"/google.spanner.v1.Spanner/PartitionRead":    {`{"session":"SESSION","transaction":{"begin":{"readOnly":{"strong":true}}},"table":"T","index":"TByC","columns":["C"],"keySet":{"all":true},"partitionOptions":{"partitionSizeBytes":"1","maxPartitions":"-9223372036854775808"}}`},
	"/google.spanner.v1.Spanner/BatchCreateSessions": {
		`{"database":"DATABASE","sessionCount":2147483647}`, `{"database":"DATABASE","sessionCount":-1,"sessionTemplate":{"creatorRole":"x","labels":{"":"\u0000"}}}`,
	},
	"/google.spanner.v1.Spanner/ListSessions":                                {`{"database":"DATABASE","pageSize":2147483647,"pageToken":"x","filter":"labels.a:b OR ("}`},
	"/google.spanner.v1.Spanner/CreateSession":                               {`{"database":"DATABASE","session":{"multiplexed":true,"creatorRole":"nobody"}}`},
	"/google.spanner.admin.database.v1.DatabaseAdmin/CreateDatabase":         {`{"parent":"projects/p/instances/main","createStatement":"CREATE DATABASE ` + "`a-b`" + `","extraStatements":["CREATE TABLE X (A INT64) PRIMARY KEY (A)"],"databaseDialect":"POSTGRESQL","protoDescriptors":"AAEC"}`},
	"/google.spanner.admin.database.v1.DatabaseAdmin/UpdateDatabaseDdl":      {`{"database":"DATABASE","statements":["DROP TABLE U"],"operationId":"../x"}`},
	"/google.spanner.admin.database.v1.DatabaseAdmin/ListDatabases":          {`{"parent":"projects/p/instances/main","pageSize":-5,"pageToken":"AAAA"}`},
	"/google.spanner.admin.database.v1.DatabaseAdmin/DropDatabase":           {`{"database":"DATABASE"}`},
	"/google.spanner.admin.database.v1.DatabaseAdmin/ListDatabaseRoles":      {`{"parent":"DATABASE","pageSize":1,"pageToken":"!"}`},
	"/google.spanner.admin.instance.v1.InstanceAdmin/CreateInstance":         {`{"parent":"projects/p","instanceId":"second","instance":{"name":"projects/q/instances/z","nodeCount":-1}}`},
	"/google.spanner.admin.instance.v1.InstanceAdmin/UpdateInstance":         {`{"instance":{"name":"projects/p/instances/main"},"fieldMask":"name,nope"}`},
	"/google.spanner.admin.instance.v1.InstanceAdmin/ListInstances":          {`{"parent":"projects/p","pageSize":-1,"pageToken":"x","filter":"name:("}`},
	"/google.longrunning.Operations/ListOperations":                          {`{"name":"DATABASE/operations","filter":"done:(","pageSize":-1,"pageToken":"AA"}`},
	"/google.longrunning.Operations/WaitOperation":                           {`{"name":"DATABASE/operations/x","timeout":"-315576000000s"}`},
	"/google.spanner.admin.database.v1.DatabaseAdmin/ListDatabaseOperations": {`{"parent":"projects/p/instances/main","filter":"x = (","pageToken":"-1"}`},
}

// FuzzCalls sends requests of every method: those above, changed by the fuzzer.
func FuzzCalls(f *testing.F) {
	g := newTarget(f)
	methods := allMethods(f)
	for name := range fuzzRequests {
		require.True(f, slices.ContainsFunc(methods, func(m method) bool { return m.name == name }), name)
	}
	for i, m := range methods {
		f.Add(uint8(i), "{}")
		f.Add(uint8(i), `{"name":"DATABASE"}`)
		f.Add(uint8(i), `{"name":"SESSION"}`)
		for _, request := range fuzzRequests[m.name] {
			require.NoError(f, protojson.Unmarshal([]byte(request), m.input.New().Interface()), "%s: %s", m.name, request)
			f.Add(uint8(i), request)
		}
	}
	f.Fuzz(func(t *testing.T, number uint8, request string) {
		m := methods[int(number)%len(methods)]
		message := m.input.New().Interface()
		database, session := g.database(t)
		begun, err := spannerpb.NewSpannerClient(g.conn).BeginTransaction(context.Background(), &spannerpb.BeginTransactionRequest{Session: session, Options: readWrite})
		require.NoError(t, err)
		real := strings.NewReplacer(anyDatabase, database, anySession, session, anyTransaction, base64.StdEncoding.EncodeToString(begun.Id)).Replace(request)
		if (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(real), message) != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), fuzzDeadline)
		defer cancel()
		_, err = g.call(ctx, m.name, m.stream, message, func() proto.Message { return m.output.New().Interface() })
		g.judge(t, err, m.name+" "+real)
		require.NotEqual(t, codes.DeadlineExceeded, status.Code(err), "%s %s", m.name, real)
		if err := g.server.DropDatabase(ctx, database); err != nil {
			require.Equal(t, codes.NotFound, status.Code(err), "%s %s", m.name, real)
		}
	})
}
