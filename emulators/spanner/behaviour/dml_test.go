package behaviour_test

import (
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var dmlDDL = append([]string{
	`CREATE TABLE One (A STRING(MAX), B STRING(MAX)) PRIMARY KEY ()`,
	`CREATE TABLE Nullable (K INT64, V STRING(MAX)) PRIMARY KEY (K)`,
	`CREATE INDEX NullableByV ON Nullable(V)`,
	`CREATE TABLE Numbers (K NUMERIC, V INT64) PRIMARY KEY (K)`,
	`CREATE TABLE Lists (K INT64, L ARRAY<INT64>) PRIMARY KEY (K)`,
	`CREATE TABLE Sums (K INT64, A INT64, B INT64, Next INT64 AS (Total + 1) STORED, Total INT64 NOT NULL AS (A + B) STORED, D INT64 NOT NULL DEFAULT (2)) PRIMARY KEY (K)`,
	`CREATE TABLE Thirds (K INT64 NOT NULL, Third INT64 AS (K * 3) STORED, V INT64 NOT NULL) PRIMARY KEY (Third)`,
	`CREATE TABLE Stamped (K INT64, Changed TIMESTAMP OPTIONS (allow_commit_timestamp = true)) PRIMARY KEY (K)`,
}, usersDDL...)

// TestDML follows dml.cc: its INSERT, UPDATE and DELETE, on ordinary tables and
// those of one row, with NULL and NUMERIC keys, hints and generated columns.
func TestDML(t *testing.T) {
	three := change("INSERT INTO Users (ID, Name, Age) VALUES (1, 'a', 27), (2, 'b', 32), (10, 'c', 31)").counts(3)
	users := ask("SELECT ID, Name, Age FROM Users ORDER BY ID")
	show(t, dmlDDL,
		behaviour{"insert, then update", []step{
			do("INSERT INTO Users (ID, Name, Age) VALUES (1, 'a', 27)"), do("UPDATE Users SET Name = 'b' WHERE ID = 1").counts(1), commit(), users.gives("1 b 27")}},
		behaviour{"columns that are not named are NULL", []step{change("INSERT INTO Users (ID) VALUES (10)"), users.gives("10 NULL NULL")}},
		behaviour{"delete all, some, none", []step{
			three, change("DELETE FROM Users WHERE ID > 1 AND ID < 10").counts(1), users.gives("1 a 27", "10 c 31"),
			change("DELETE FROM Users WHERE false").counts(0), change("DELETE FROM Users WHERE true").counts(2), users.gives()}},
		behaviour{"an update of what was deleted", []step{
			three, do("DELETE FROM Users WHERE ID = 10"), do("UPDATE Users SET Name = 'd' WHERE ID = 10").counts(0), commit()}},
		behaviour{"to NULL", []step{three, change("UPDATE Users SET Name = NULL WHERE true").counts(3), ask("SELECT ID FROM Users WHERE Name IS NOT NULL").gives()}},
		behaviour{"a key that is NULL", []step{change("INSERT INTO Nullable (K, V) VALUES (NULL, 'v')"), ask("SELECT K, V FROM Nullable").gives("NULL v")}},
		behaviour{"a table of one row", []step{
			change("UPDATE One SET A = 'a' WHERE true").counts(0), change("DELETE FROM One WHERE true").counts(0),
			change("INSERT INTO One (A, B) VALUES ('a', 'b')"), change("INSERT INTO One (A, B) VALUES ('c', 'd')").fails(codes.AlreadyExists),
			change("UPDATE One SET A = 'e', B = 'f' WHERE true").counts(1), change("DELETE FROM One WHERE false").counts(0), ask("SELECT * FROM One").gives("e f"),
			change("DELETE FROM One WHERE true").counts(1), ask("SELECT * FROM One").gives()}},
		behaviour{"not at a snapshot", []step{
			ask("INSERT INTO Users (ID) VALUES (1)").fails(codes.InvalidArgument), askAs(strong(), "INSERT INTO Users (ID) VALUES (1)").fails(codes.InvalidArgument)}},
		behaviour{"arrays", []step{change("INSERT INTO Lists (K, L) VALUES (1, ARRAY<INT64>[10]), (2, [1, 2])"), ask("SELECT L FROM Lists ORDER BY K").gives("[10]", "[1 2]")}},
		behaviour{"index hints", []step{
			apply(insert("Nullable", "K V", row(1, "a"), row(2, "b"))), change("INSERT INTO Users (ID, Name) SELECT K, V FROM Nullable@{force_index=NullableByV}").counts(2),
			change("UPDATE Nullable@{force_index=NullableByV} n SET n.V = 'c' WHERE n.V = 'a'").counts(1),
			change("DELETE FROM Nullable@{force_index=NullableByV} WHERE V = 'b'").counts(1), ask("SELECT K, V FROM Nullable").gives("1 c"),
			change("UPDATE Users SET Name = 'd' WHERE ID IN (SELECT K FROM Nullable@{force_index=NullableByV})").counts(1)}},
		behaviour{"lock hints", []step{
			change("@{lock_scanned_ranges=exclusive} INSERT INTO Users (ID) VALUES (1)"), change("@{lock_scanned_ranges=exclusive} UPDATE Users SET Name = 'a' WHERE ID = 1").counts(1),
			change("@{lock_scanned_ranges=exclusive} DELETE FROM Users WHERE ID = 1").counts(1)}},
		behaviour{"NUMERIC keys", []step{
			change("INSERT INTO Numbers (K, V) VALUES (NUMERIC '-12.3', -1), (NUMERIC '0', 0), (NUMERIC '12.3', 1)"),
			change("UPDATE Numbers SET V = 2 WHERE K = 12.3").counts(1), change("DELETE FROM Numbers n WHERE n.K < 0").counts(1), ask("SELECT V FROM Numbers ORDER BY K").gives("0", "2")}},
		behaviour{"keys stay", []step{three, do("UPDATE Users SET ID = 5 WHERE ID = 1").fails(codes.InvalidArgument, "ID")}},
		behaviour{"generated keys", []step{
			change("INSERT INTO Thirds (K, V) VALUES (1, 1)"), change("INSERT OR UPDATE INTO Thirds (K, V) VALUES (2, 20), (1, 10)").counts(2),
			change("INSERT OR IGNORE INTO Thirds (K, V) VALUES (2, 3), (5, 5)").counts(1), ask("SELECT K, Third, V FROM Thirds ORDER BY K").gives("1 3 10", "2 6 20", "5 15 5")}},
	)
}

// TestThenReturn follows dml.cc on THEN RETURN.
func TestThenReturn(t *testing.T) {
	show(t, dmlDDL,
		behaviour{"of each kind", []step{
			do("INSERT INTO Users (ID, Name, Age) VALUES (1, 'a', 27) THEN RETURN Age").gives("27").counts(1),
			do("UPDATE Users SET Age = Age + 1 WHERE ID = 1 THEN RETURN Age, Name").gives("28 a"), do("DELETE FROM Users WHERE ID = 1 THEN RETURN Name, Age").gives("a 28")}},
		behaviour{"with the action", []step{
			do("INSERT INTO Users (ID) VALUES (1) THEN RETURN WITH ACTION AS action ID").gives("1 INSERT"),
			do("UPDATE Users SET Age = 20 WHERE ID = 1 THEN RETURN WITH ACTION ID").gives("1 UPDATE"), do("DELETE FROM Users WHERE ID = 1 THEN RETURN WITH ACTION ID").gives("1 DELETE")}},
		behaviour{"with generated columns", []step{
			do("INSERT INTO Sums (K, A, B) VALUES (1, 1, 1) THEN RETURN Next, Total, D").gives("3 2 2"), do("UPDATE Sums SET A = 3 WHERE K = 1 THEN RETURN Next, Total + 1").gives("5 5"),
			do("INSERT OR IGNORE INTO Sums (K, A, B) VALUES (1, 9, 9), (2, 2, 2) THEN RETURN WITH ACTION K, Total").gives("2 4 INSERT"),
			do("INSERT OR UPDATE INTO Sums (K, A, B, D) VALUES (2, 20, 20, 20) THEN RETURN WITH ACTION K, Total, D").gives("2 40 20 UPDATE"),
			do("DELETE FROM Sums WHERE K = 1 THEN RETURN Next").gives("5")}},
		behaviour{"not the time of the commit", []step{
			do("INSERT INTO Stamped (K, Changed) VALUES (1, '2000-01-01') THEN RETURN K"), do("INSERT INTO Stamped (K, Changed) VALUES (2, PENDING_COMMIT_TIMESTAMP()) THEN RETURN Changed").fails(codes.InvalidArgument, "PENDING_COMMIT_TIMESTAMP()"),
			do("UPDATE Stamped SET Changed = PENDING_COMMIT_TIMESTAMP() WHERE K = 1 THEN RETURN CAST(Changed AS STRING)").fails(codes.InvalidArgument)}},
	)
}

func batch(statements ...string) call {
	return call{title: "batch", do: func(r *run) answer {
		r.seqno++
		return r.batch(r.seqno, r.selector(), statements...)
	}}
}

func (r *run) batch(seqno int64, selector *spannerpb.TransactionSelector, statements ...string) answer {
	req := &spannerpb.ExecuteBatchDmlRequest{Session: r.session, Transaction: selector, Seqno: seqno}
	for _, sql := range statements {
		req.Statements = append(req.Statements, &spannerpb.ExecuteBatchDmlRequest_Statement{Sql: sql})
	}
	resp, err := r.calls.ExecuteBatchDml(r.context(), req)
	if err == nil {
		err = status.ErrorProto(resp.GetStatus())
	}
	return answer{err: err, count: int64(len(resp.GetResultSets()))}
}

// TestBatchDML follows batch_dml.cc. Counts are of statements that ran.
func TestBatchDML(t *testing.T) {
	one, other := "INSERT INTO Users (ID, Name) VALUES (1, 'a')", "INSERT INTO Users (ID, Name) VALUES (2, 'b')"
	users := ask("SELECT ID, Name FROM Users ORDER BY ID")
	show(t, usersDDL,
		behaviour{"none", []step{batch().fails(codes.InvalidArgument), batch(one, "UPDATE Users SET Name = 'b' WHERE ID = 1").counts(2), commit(), users.gives("1 b")}},
		behaviour{"each sees what was written", []step{
			batch(one, other, "UPDATE Users SET Name = 'c' WHERE ID = 1", "DELETE FROM Users WHERE ID = 2").counts(4), do("SELECT ID, Name FROM Users").gives("1 c"), commit(), users.gives("1 c")}},
		behaviour{"beside single statements", []step{do(one), batch(other).counts(1), commit(), users.gives("1 a", "2 b")}},
		behaviour{"a broken constraint costs the transaction", []step{
			apply(insert("Users", "ID Name", row(1, "a"))), batch(other, one, "DELETE FROM Users WHERE true").fails(codes.AlreadyExists).counts(1),
			do("UPDATE Users SET Name = 'b' WHERE ID = 1").fails(codes.AlreadyExists), batch(other).fails(codes.AlreadyExists), commit().fails(codes.AlreadyExists), users.gives("1 a")}},
		behaviour{"no queries", []step{batch("SELECT ID FROM Users").fails(codes.InvalidArgument), batch(one).counts(1), commit(), users.gives("1 a")}},
		behaviour{"a missing table costs nothing", []step{
			batch(one, "INSERT INTO Nothing (ID) VALUES (1)", other).fails(codes.InvalidArgument).counts(1), commit(), users.gives("1 a")}},
		behaviour{"not at a snapshot", []step{
			snapshot(strong()), batch(one).fails(codes.InvalidArgument), custom("single use", func(r *run) error { return r.batch(1, singleUse(strong()), one).err }).fails(codes.InvalidArgument)}},
	)
}

// TestDMLSentAgain follows dml_replay.cc: a sequence number stands for one
// statement, which runs once.
func TestDMLSentAgain(t *testing.T) {
	numbered := func(seqno int64, sql string) call {
		return call{title: sql, do: func(r *run) answer {
			return r.executeRequest(&spannerpb.ExecuteSqlRequest{Session: r.session, Transaction: r.selector(), Sql: sql, Seqno: seqno})
		}}
	}
	batched := func(seqno int64, sql string) call {
		return call{title: "batch: " + sql, do: func(r *run) answer { return r.batch(seqno, r.selector(), sql) }}
	}
	insert := func(id string) string { return "INSERT INTO Users (ID, Name) VALUES (" + id + ", 'a')" }
	for name, numbered := range map[string]func(int64, string) call{"single": numbered, "batch": batched} {
		show(t, usersDDL,
			behaviour{name + " out of order", []step{
				numbered(2, insert("2")), numbered(1, insert("1")).fails(codes.InvalidArgument), numbered(3, insert("3")), commit(), ask("SELECT ID FROM Users").gives("2", "3")}},
			behaviour{name + " with a number of another", []step{
				numbered(1, insert("1")), numbered(1, insert("55")).fails(codes.InvalidArgument), numbered(2, insert("2")), commit(), ask("SELECT ID FROM Users").gives("1", "2")}},
			behaviour{name + " again", []step{
				numbered(1, insert("1")).counts(1), numbered(1, insert("1")).counts(1), numbered(2, insert("1")).fails(codes.AlreadyExists),
				numbered(1, insert("1")).counts(1), numbered(2, insert("1")).fails(codes.AlreadyExists), numbered(3, insert("3")).fails(codes.AlreadyExists)}},
		)
	}
	show(t, usersDDL, behaviour{"single and batch", []step{
		numbered(1, insert("1")), batched(1, insert("2")).fails(codes.InvalidArgument), batched(2, insert("2")), numbered(2, insert("3")).fails(codes.InvalidArgument)}})
}

// TestBatchWrite follows batch_write.cc.
func TestBatchWrite(t *testing.T) {
	r := newRun(t, usersDDL...)
	group := func(mutations ...*spannerpb.Mutation) *spannerpb.BatchWriteRequest_MutationGroup {
		return &spannerpb.BatchWriteRequest_MutationGroup{Mutations: mutations}
	}
	apply(insert("Users", "ID", row(3))).run(r)
	stream, err := r.calls.BatchWrite(r.context(), &spannerpb.BatchWriteRequest{Session: r.session, MutationGroups: []*spannerpb.BatchWriteRequest_MutationGroup{
		group(insert("Users", "ID", row(5)), insert("Users", "ID", row(3))), group(insert("Users", "ID", row(1)), insert("Users", "ID", row(2))),
		group(insert("Users", "ID", row(4)), remove("Users", keys(row(4)))),
	}})
	assert.NoError(t, err)
	got := map[int32]codes.Code{}
	for resp, err := stream.Recv(); err == nil; resp, err = stream.Recv() {
		for _, i := range resp.Indexes {
			got[i] = codes.Code(resp.GetStatus().GetCode())
			assert.Equal(t, got[i] == codes.OK, resp.CommitTimestamp != nil)
		}
	}
	assert.Equal(t, map[int32]codes.Code{0: codes.AlreadyExists, 1: codes.OK, 2: codes.OK}, got)
	ask("SELECT ID FROM Users ORDER BY ID").gives("1", "2", "3").run(r)
}

// TestPartitionedDML follows partitioned_dml.cc.
func TestPartitionedDML(t *testing.T) {
	mode := &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_PartitionedDml_{PartitionedDml: &spannerpb.TransactionOptions_PartitionedDml{}}}
	start := call{title: "begin", do: func(r *run) answer { r.txn = r.begin(mode); return answer{} }}
	seed := apply(insert("Users", "ID Name", row(1, "a"), row(2, "b"), row(3, "c")))
	show(t, usersDDL,
		behaviour{"update and delete", []step{
			seed, start, do("UPDATE Users SET Name = NULL WHERE ID > 1"), ask("SELECT ID FROM Users WHERE Name IS NOT NULL").gives("1"),
			start, do("DELETE FROM Users WHERE true"), ask("SELECT ID FROM Users").gives()}},
		behaviour{"one statement only", []step{seed, start, do("DELETE FROM Users WHERE ID = 1"), do("DELETE FROM Users WHERE ID = 2").fails(codes.InvalidArgument), ask("SELECT ID FROM Users").gives("2", "3")}},
		behaviour{"nothing else", []step{
			start, do("SELECT ID FROM Users").fails(codes.InvalidArgument), start, readIn("Users", "ID", allKeys()).fails(codes.InvalidArgument),
			start, batch("DELETE FROM Users WHERE true").fails(codes.InvalidArgument), start, commit().fails(codes.FailedPrecondition), rollback().fails(codes.FailedPrecondition),
			start, do("INSERT INTO Users (ID) VALUES (9)").fails(codes.InvalidArgument),
			start, do("UPDATE Users SET Name = 'd' WHERE ID = (SELECT ID FROM Users WHERE Name = 'a')").fails(codes.InvalidArgument)}},
	)
}
