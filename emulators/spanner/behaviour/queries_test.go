package behaviour_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// inMode executes SQL by itself in a query mode and looks at what it tells besides rows.
func inMode(mode spannerpb.ExecuteSqlRequest_QueryMode, sql string, look func(r *run, set *spannerpb.ResultSet)) call {
	return call{title: sql, do: func(r *run) answer {
		set, err := r.calls.ExecuteSql(r.context(), &spannerpb.ExecuteSqlRequest{Session: r.session, Sql: sql, QueryMode: mode})
		if err == nil {
			look(r, set)
		}
		return answerOf(set, err)
	}}
}

// TestQueryModes follows query_modes.cc.
func TestQueryModes(t *testing.T) {
	two := apply(insert("Users", "ID Name", row(1, "a"), row(2, "b")))
	show(t, usersDDL,
		behaviour{"PLAN tells plan and columns, not rows", []step{two, inMode(spannerpb.ExecuteSqlRequest_PLAN, "SELECT * FROM Users", func(r *run, set *spannerpb.ResultSet) {
			assert.NotEmpty(r.t, set.GetStats().GetQueryPlan().GetPlanNodes())
			assert.Len(r.t, set.Metadata.RowType.Fields, 4)
		}).gives()}},
		behaviour{"PROFILE tells what it took", []step{two, inMode(spannerpb.ExecuteSqlRequest_PROFILE, "SELECT ID FROM Users", func(r *run, set *spannerpb.ResultSet) {
			stats := set.GetStats().GetQueryStats().GetFields()
			assert.Equal(r.t, "2", stats["rows_returned"].GetStringValue())
			assert.Contains(r.t, stats, "elapsed_time")
		}).gives("1", "2")}},
	)
}

// streamed is the values of a stream, with those put together that came in pieces.
func streamed(stream grpc.ServerStreamingClient[spannerpb.PartialResultSet]) ([]string, error) {
	var values []string
	chunked := false
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, err
		}
		for i, v := range part.Values {
			if i == 0 && chunked {
				values[len(values)-1] += v.GetStringValue()
				continue
			}
			values = append(values, v.GetStringValue())
		}
		chunked = part.ChunkedValue
	}
}

// TestLargeReads follows large_reads.cc: more than the 4 MB of one gRPC message, by streams.
func TestLargeReads(t *testing.T) {
	const rows, size = 20, 409600
	fill := custom("fill", func(r *run) error {
		var mutations []*spannerpb.Mutation
		for i := range rows {
			mutations = append(mutations, insert("Users", "ID Name", row(i, strings.Repeat(string(rune('a'+i)), size))))
		}
		return r.commitRequest(&spannerpb.CommitRequest{Session: r.session, Mutations: mutations, Transaction: &spannerpb.CommitRequest_TransactionId{TransactionId: r.transaction()}})
	})
	check := func(keys *spannerpb.KeySet, n int) step {
		return custom("read all", func(r *run) error {
			stream, err := r.calls.StreamingRead(r.context(), &spannerpb.ReadRequest{Session: r.session, Table: "Users", Columns: []string{"ID", "Name"}, KeySet: keys})
			if err != nil {
				return err
			}
			values, err := streamed(stream)
			if assert.Len(r.t, values, 2*n) {
				for i := range n {
					assert.True(r.t, values[2*i+1] == strings.Repeat(string(rune('a'+i)), size), i)
				}
			}
			return err
		})
	}
	show(t, usersDDL, behaviour{"a range, and all rows", []step{fill, check(between("[)", row(0), row(12)), 12), check(allKeys(), rows)}})
}

// TestSelectForUpdate follows select_for_update.cc in GoogleSQL.
func TestSelectForUpdate(t *testing.T) {
	seed := apply(insert("Users", "UserID", row(1), row(2), row(3)), insert("Threads", "UserID ThreadID Starred", row(1, 1, true), row(1, 2, true), row(2, 1, false), row(3, 1, true)))
	const wrong = codes.InvalidArgument
	show(t, threadsDDL,
		behaviour{"only where rows can be locked", []step{
			ask("SELECT UserID FROM Users FOR UPDATE").fails(wrong, "FOR UPDATE"), snapshot(strong()), do("SELECT UserID FROM Users WHERE UserID = 2 FOR UPDATE").fails(wrong, "FOR UPDATE is not supported in this transaction type")}},
		behaviour{"other modes", []step{do("SELECT UserID FROM Users FOR SHARE").fails(wrong, "yntax error")}},
		behaviour{"with a hint of the same", []step{do("@{lock_scanned_ranges=exclusive} SELECT UserID FROM Users FOR UPDATE").fails(wrong, "FOR UPDATE cannot be combined with statement-level lock hints")}},
		behaviour{"rows", []step{
			seed, do("SELECT 1 FOR UPDATE").fails(wrong), do("SELECT UserID FROM Users FOR UPDATE").gives("1", "2", "3"), do("SELECT UserID FROM Users WHERE UserID = 1 FOR UPDATE").gives("1"), commit()}},
		behaviour{"WITH", []step{
			seed, do("WITH t AS (SELECT UserID FROM Users FOR UPDATE) SELECT * FROM t").gives("1", "2", "3"), do("WITH t AS (SELECT UserID FROM Users) SELECT * FROM t FOR UPDATE").gives("1", "2", "3")}},
		behaviour{"subqueries", []step{
			seed, do("SELECT t.ThreadID FROM (SELECT UserID FROM Users WHERE UserID = 1 FOR UPDATE) AS u JOIN Threads t ON t.UserID = u.UserID").gives("1", "2"),
			do("SELECT t.ThreadID FROM (SELECT UserID FROM Users WHERE UserID = 1) AS u JOIN Threads t ON t.UserID = u.UserID FOR UPDATE").gives("1", "2")}},
		behaviour{"set operations", []step{
			seed, do("(SELECT UserID FROM Users WHERE UserID = 3 FOR UPDATE) UNION ALL SELECT ThreadID FROM Threads WHERE UserID = 1").gives("3", "1", "2"),
			do("SELECT UserID FROM Users WHERE UserID = 3 UNION ALL (SELECT ThreadID FROM Threads WHERE UserID = 1 FOR UPDATE)").gives("3", "1", "2"),
			do("SELECT UserID FROM Users WHERE UserID = 3 UNION ALL SELECT ThreadID FROM Threads WHERE UserID = 1 FOR UPDATE").gives("3", "1", "2")}},
		behaviour{"after ORDER BY, LIMIT and OFFSET", []step{
			seed, do("SELECT UserID FROM Users ORDER BY UserID LIMIT 1 FOR UPDATE").gives("1"), do("SELECT UserID FROM Users ORDER BY UserID LIMIT 1 OFFSET 1 FOR UPDATE").gives("2"),
			do("SELECT UserID FROM Users ORDER BY UserID DESC FOR UPDATE").gives("3", "2", "1")}},
		behaviour{"after GROUP BY and HAVING", []step{
			seed, do("SELECT UserID, COUNT(*) AS n FROM Threads GROUP BY UserID ORDER BY UserID FOR UPDATE").gives("1 2", "2 1", "3 1"),
			do("SELECT UserID, COUNT(*) AS n FROM Threads GROUP BY UserID HAVING n > 1 FOR UPDATE").gives("1 2")}},
	)
}
