package behaviour_test

import (
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

const usersQuery = "SELECT UserID, Name FROM Users"

// partitionQuery splits a query, as the change says.
func partitionQuery(sql string, change func(r *run, req *spannerpb.PartitionQueryRequest)) call {
	return custom("partition "+sql, func(r *run) error {
		req := &spannerpb.PartitionQueryRequest{Session: r.session, Transaction: beginning(false), Sql: sql}
		change(r, req)
		_, err := r.calls.PartitionQuery(r.context(), req)
		return err
	})
}

// queryParts splits a query and executes its parts, each as the change says.
func queryParts(sql string, args []any, change func(r *run, req *spannerpb.ExecuteSqlRequest)) call {
	return call{title: "parts of " + sql, do: func(r *run) answer {
		params, types := parameters(args)
		split, err := r.calls.PartitionQuery(r.context(), &spannerpb.PartitionQueryRequest{
			Session: r.session, Transaction: beginning(false), Sql: sql, Params: params, ParamTypes: types})
		require.NoError(r.t, err)
		require.NotEmpty(r.t, split.Partitions)
		var all answer
		for _, p := range split.Partitions {
			req := &spannerpb.ExecuteSqlRequest{Session: r.session, Transaction: &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Id{Id: split.Transaction.Id}},
				Sql: sql, Params: proto.CloneOf(params), ParamTypes: types, PartitionToken: p.PartitionToken}
			change(r, req)
			part := r.executeRequest(req)
			all.rows, all.err = append(all.rows, part.rows...), part.err
			if part.err != nil {
				break
			}
		}
		return all
	}}
}

// TestPartitionedQueries follows partition_query.cc.
func TestPartitionedQueries(t *testing.T) {
	ddl := append(threadsDDL[:len(threadsDDL):len(threadsDDL)], `CREATE INDEX UsersByNameUp ON Users(Name)`)
	fill := apply(insert("Users", "UserID Name", row(1, "a"), row(2, "b"), row(10, "c")),
		insert("Threads", "UserID ThreadID Starred", row(1, 1, true), row(1, 2, true), row(2, 1, false)))
	asIs := func(*run, *spannerpb.PartitionQueryRequest) {}
	whole := func(*run, *spannerpb.ExecuteSqlRequest) {}
	refused := func(name string, change func(r *run, req *spannerpb.PartitionQueryRequest)) behaviour {
		return behaviour{name, []step{fill, partitionQuery(usersQuery, change).fails(codes.InvalidArgument)}}
	}
	bound := func(name string, change func(r *run, req *spannerpb.ExecuteSqlRequest)) behaviour {
		return behaviour{name, []step{fill, queryParts(usersQuery+" WHERE UserID >= @p1", row(1), change).fails(codes.InvalidArgument)}}
	}
	show(t, ddl,
		refused("without a session", func(_ *run, req *spannerpb.PartitionQueryRequest) { req.Session = "" }),
		refused("without a transaction", func(_ *run, req *spannerpb.PartitionQueryRequest) { req.Transaction = nil }),
		refused("in a single use", func(_ *run, req *spannerpb.PartitionQueryRequest) { req.Transaction = singleUse(strong()) }),
		refused("beginning a read-write transaction", func(_ *run, req *spannerpb.PartitionQueryRequest) { req.Transaction = beginning(true) }),
		refused("in a read-write transaction", func(r *run, req *spannerpb.PartitionQueryRequest) { req.Transaction = r.selector() }),
		refused("in parts of negative size", func(_ *run, req *spannerpb.PartitionQueryRequest) {
			req.PartitionOptions = &spannerpb.PartitionOptions{PartitionSizeBytes: -1, MaxPartitions: 100}
		}),
		refused("in a negative number of parts", func(_ *run, req *spannerpb.PartitionQueryRequest) {
			req.PartitionOptions = &spannerpb.PartitionOptions{PartitionSizeBytes: 10000, MaxPartitions: -1}
		}),
		refused("without SQL", func(_ *run, req *spannerpb.PartitionQueryRequest) { req.Sql = "" }),
		behaviour{"all rows, some rows", []step{fill, queryParts(usersQuery, nil, whole).gives("1 a", "2 b", "10 c"),
			queryParts("SELECT ThreadID, Starred FROM Threads WHERE UserID = @p1 AND ThreadID = @p2", row(1, 2), whole).gives("2 true")}},
		behaviour{"twice in a transaction", []step{fill, snapshot(strong()),
			partitionQuery(usersQuery, func(r *run, req *spannerpb.PartitionQueryRequest) { req.Transaction = r.selector() }),
			partitionQuery("SELECT UserID FROM Users", func(r *run, req *spannerpb.PartitionQueryRequest) { req.Transaction = r.selector() })}},
		behaviour{"of no table", []step{queryParts("SELECT a FROM UNNEST([1, 2, 3]) AS a", nil, whole).gives("1", "2", "3"), queryParts("SELECT a FROM UNNEST([1, 2, 3]) AS a WHERE a = 1", nil, whole).gives("1")}},
		behaviour{"not what needs all rows", []step{fill, partitionQuery(usersQuery+" ORDER BY Name", asIs).fails(codes.InvalidArgument)}},
		behaviour{"not of several tables", []step{fill,
			partitionQuery(usersQuery+" WHERE EXISTS (SELECT ThreadID FROM Threads)", asIs).fails(codes.InvalidArgument),
			partitionQuery(usersQuery+" WHERE UserID IN (SELECT ThreadID FROM Threads)", asIs).fails(codes.InvalidArgument),
			partitionQuery("SELECT u.UserID, ARRAY(SELECT ThreadID FROM Threads) FROM Users AS u", asIs).fails(codes.InvalidArgument),
			partitionQuery("SELECT u.UserID, b.Name FROM Users AS u, UsersByNameUp AS b", asIs).fails(codes.InvalidArgument)}},
		behaviour{"groups of rows that lie together", []step{fill,
			queryParts("@{spanner_emulator.disable_query_partitionability_check=true} SELECT ANY_VALUE(Starred), UserID FROM Threads WHERE ThreadID = 1 GROUP BY UserID", nil, whole).gives("true 1", "false 2")}},
		bound("not in another session", func(r *run, req *spannerpb.ExecuteSqlRequest) {
			req.Session, req.Transaction = r.otherSession(), beginning(false)
		}),
		bound("not in another transaction", func(_ *run, req *spannerpb.ExecuteSqlRequest) { req.Transaction = beginning(false) }),
		bound("not with other SQL", func(_ *run, req *spannerpb.ExecuteSqlRequest) { req.Sql = usersQuery + " WHERE UserID > @p1" }),
		bound("not with other parameters", func(_ *run, req *spannerpb.ExecuteSqlRequest) { req.Params.Fields["p1"] = wire(2) }),
		bound("not to see its plan", func(_ *run, req *spannerpb.ExecuteSqlRequest) { req.QueryMode = spannerpb.ExecuteSqlRequest_PLAN }),
		bound("not with its profile", func(_ *run, req *spannerpb.ExecuteSqlRequest) { req.QueryMode = spannerpb.ExecuteSqlRequest_PROFILE }),
	)
}
