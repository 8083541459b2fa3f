package behaviour_test

import (
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// beginning is the selector of a transaction that the call itself begins.
func beginning(readWrite bool) *spannerpb.TransactionSelector {
	options := &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadOnly_{ReadOnly: strong()}}
	if readWrite {
		options.Mode = &spannerpb.TransactionOptions_ReadWrite_{ReadWrite: &spannerpb.TransactionOptions_ReadWrite{}}
	}
	return &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Begin{Begin: options}}
}

var partitionedUsers = apply(insert("Users", "UserID Name", row(1, "a"), row(2, "b"), row(10, "c")))

// partitionRead splits the users, as the change says.
func partitionRead(change func(r *run, req *spannerpb.PartitionReadRequest)) call {
	return custom("partition a read", func(r *run) error {
		req := &spannerpb.PartitionReadRequest{Session: r.session, Transaction: beginning(false), Table: "Users", Columns: []string{"UserID", "Name"}, KeySet: allKeys()}
		change(r, req)
		_, err := r.calls.PartitionRead(r.context(), req)
		return err
	})
}

// readParts splits a read of users and reads its parts, each as the change says.
func readParts(index string, keys *spannerpb.KeySet, change func(r *run, req *spannerpb.ReadRequest)) call {
	return call{title: "read parts", do: func(r *run) answer {
		whole := &spannerpb.PartitionReadRequest{Session: r.session, Transaction: beginning(false), Table: "Users", Index: index, Columns: []string{"UserID", "Name"}, KeySet: keys}
		split, err := r.calls.PartitionRead(r.context(), whole)
		require.NoError(r.t, err)
		require.NotEmpty(r.t, split.Partitions)
		var all answer
		for _, p := range split.Partitions {
			req := &spannerpb.ReadRequest{Session: r.session, Transaction: &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Id{Id: split.Transaction.Id}},
				Table: whole.Table, Index: index, Columns: whole.Columns, KeySet: proto.CloneOf(keys), PartitionToken: p.PartitionToken}
			change(r, req)
			set, err := r.calls.Read(r.context(), req)
			part := answerOf(set, err)
			all.rows, all.err = append(all.rows, part.rows...), part.err
			if err != nil {
				break
			}
		}
		return all
	}}
}

func (r *run) otherSession() string {
	made, err := r.calls.CreateSession(r.context(), &spannerpb.CreateSessionRequest{Database: r.database})
	require.NoError(r.t, err)
	return made.Name
}

// TestPartitionedReads follows partition_reads.cc.
func TestPartitionedReads(t *testing.T) {
	ddl := append(threadsDDL[:len(threadsDDL):len(threadsDDL)], `CREATE INDEX UsersByNameUp ON Users(Name)`, `CREATE INDEX UsersByNameDown ON Users(Name DESC)`)
	asIs := func(*run, *spannerpb.ReadRequest) {}
	refused := func(name string, change func(r *run, req *spannerpb.PartitionReadRequest)) behaviour {
		return behaviour{name, []step{partitionedUsers, partitionRead(change).fails(codes.InvalidArgument)}}
	}
	bound := func(name, index string, change func(r *run, req *spannerpb.ReadRequest)) behaviour {
		return behaviour{name, []step{partitionedUsers, readParts(index, allKeys(), change).fails(codes.InvalidArgument)}}
	}
	show(t, ddl,
		refused("without a session", func(_ *run, req *spannerpb.PartitionReadRequest) { req.Session = "" }),
		refused("without a transaction", func(_ *run, req *spannerpb.PartitionReadRequest) { req.Transaction = nil }),
		refused("in a single use", func(_ *run, req *spannerpb.PartitionReadRequest) { req.Transaction = singleUse(strong()) }),
		refused("beginning a read-write transaction", func(_ *run, req *spannerpb.PartitionReadRequest) { req.Transaction = beginning(true) }),
		refused("in a read-write transaction", func(r *run, req *spannerpb.PartitionReadRequest) { req.Transaction = r.selector() }),
		refused("in parts of negative size", func(_ *run, req *spannerpb.PartitionReadRequest) {
			req.PartitionOptions = &spannerpb.PartitionOptions{PartitionSizeBytes: -1, MaxPartitions: 100}
		}),
		refused("in a negative number of parts", func(_ *run, req *spannerpb.PartitionReadRequest) {
			req.PartitionOptions = &spannerpb.PartitionOptions{PartitionSizeBytes: 10000, MaxPartitions: -1}
		}),
		behaviour{"all rows, ranges, an index", []step{
			partitionedUsers, readParts("", allKeys(), asIs).gives("1 a", "2 b", "10 c"), readParts("", between("[]", row(1), row(2)), asIs).gives("1 a", "2 b"),
			readParts("UsersByNameDown", allKeys(), asIs).gives("10 c", "2 b", "1 a")}},
		behaviour{"twice in a transaction", []step{
			partitionedUsers, snapshot(strong()), partitionRead(func(r *run, req *spannerpb.PartitionReadRequest) { req.Transaction = r.selector() }),
			partitionRead(func(r *run, req *spannerpb.PartitionReadRequest) {
				req.Transaction, req.KeySet = r.selector(), between("(]", row(1), row(10))
			})}},
		bound("not with a limit", "", func(_ *run, req *spannerpb.ReadRequest) { req.Limit = 100 }),
		bound("not in another session", "", func(r *run, req *spannerpb.ReadRequest) {
			req.Session, req.Transaction = r.otherSession(), beginning(false)
		}),
		bound("not in another transaction", "", func(_ *run, req *spannerpb.ReadRequest) { req.Transaction = beginning(false) }),
		bound("not of another table", "", func(_ *run, req *spannerpb.ReadRequest) { req.Table, req.Columns = "Threads", []string{"UserID"} }),
		bound("not by another index", "UsersByNameDown", func(_ *run, req *spannerpb.ReadRequest) { req.Index = "UsersByNameUp" }),
		bound("not of other keys", "", func(_ *run, req *spannerpb.ReadRequest) { req.KeySet.All = false }),
		bound("not of other columns", "", func(_ *run, req *spannerpb.ReadRequest) { req.Columns = []string{"UserID", "Age"} }),
	)
}
