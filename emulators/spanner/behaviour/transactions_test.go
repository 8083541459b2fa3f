package behaviour_test

import (
	"testing"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func strong() *spannerpb.TransactionOptions_ReadOnly {
	return &spannerpb.TransactionOptions_ReadOnly{TimestampBound: &spannerpb.TransactionOptions_ReadOnly_Strong{Strong: true}, ReturnReadTimestamp: true}
}

func readAt(at time.Time) *spannerpb.TransactionOptions_ReadOnly {
	return &spannerpb.TransactionOptions_ReadOnly{TimestampBound: &spannerpb.TransactionOptions_ReadOnly_ReadTimestamp{ReadTimestamp: timestamppb.New(at)}}
}

// yearOne is the least TIMESTAMP.
var yearOne = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)

var pairsDDL = []string{`CREATE TABLE Pairs (A STRING(MAX) NOT NULL, B STRING(MAX), C STRING(MAX)) PRIMARY KEY (A, B)`}

// TestTransactionsEnd follows transactions.cc: what may be done with a
// transaction of which kind, and after its end.
func TestTransactionsEnd(t *testing.T) {
	good := insert("Pairs", "A B C", row("a", "b", "c"))
	short := insert("Pairs", "A B C", row("a", "b"))
	readAll := readIn("Pairs", "A B C", allKeys())
	show(t, pairsDDL,
		behaviour{"a read-only transaction is not rolled back", []step{snapshot(strong()), readAll, rollback().fails(codes.FailedPrecondition)}},
		behaviour{"a read-only transaction is not committed", []step{snapshot(strong()), commit().fails(codes.FailedPrecondition)}},
		behaviour{"a single use has no id to roll back", []step{custom("rollback", func(r *run) error {
			_, err := r.calls.Rollback(r.context(), &spannerpb.RollbackRequest{Session: r.session})
			return err
		}).fails(codes.InvalidArgument)}},
		behaviour{"a single-use read-only transaction is not committed", []step{custom("commit", func(r *run) error {
			return r.commitRequest(&spannerpb.CommitRequest{Session: r.session, Transaction: &spannerpb.CommitRequest_SingleUseTransaction{
				SingleUseTransaction: &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadOnly_{ReadOnly: strong()}}}})
		}).fails(codes.FailedPrecondition)}},
		behaviour{"a commit names a transaction", []step{custom("commit", func(r *run) error {
			return r.commitRequest(&spannerpb.CommitRequest{Session: r.session})
		}).fails(codes.InvalidArgument)}},
		behaviour{"DML is not for read-only transactions", []step{
			snapshot(strong()), do("INSERT INTO Pairs (A) VALUES ('a')").fails(codes.InvalidArgument)}},
		behaviour{"rolling back twice is fine", []step{readAll.gives(), rollback(), rollback()}},
		behaviour{"a failed commit ends the transaction", []step{
			commit(short).fails(codes.InvalidArgument), commit(good).fails(codes.InvalidArgument), readAll.fails(codes.FailedPrecondition),
			rollback(), read("Pairs", "A", allKeys()).gives()}},
		behaviour{"a missing table ends it as well", []step{
			commit(insert("Nothing", "A", row("a"))).fails(codes.NotFound), commit(good).fails(codes.NotFound)}},
		behaviour{"a read of a missing table does not", []step{
			readIn("Nothing", "A", allKeys()).fails(codes.NotFound), commit(good), read("Pairs", "A B C", allKeys()).gives("a b c")}},
		behaviour{"a failed commit holds up nobody", []step{
			apply(short).fails(codes.InvalidArgument), change("INSERT Pairs (A, B, C) VALUES ('a', 'b', 'c')"),
			change("UPDATE Pairs SET C = 'd' WHERE A = 'a' AND B = 'b'").counts(1), ask("SELECT * FROM Pairs").gives("a b d")}},
		behaviour{"nor does a malformed statement", []step{
			change("DELETE * FROM Pairs").fails(codes.InvalidArgument), change("INSERT Pairs (A, B, C) VALUES ('a', 'b', 'c')").counts(1)}},
		behaviour{"after a commit", []step{
			readAll, commit(good), rollback().fails(codes.FailedPrecondition), readAll.fails(codes.FailedPrecondition),
			do("SELECT 1").fails(codes.FailedPrecondition), do("DELETE FROM Pairs WHERE true").fails(codes.FailedPrecondition)}},
		behaviour{"a commit sent again is answered again", []step{readAll, commit(good), custom("commit again", func(r *run) error {
			first := r.stamp
			err := r.commit(good)
			assert.Equal(r.t, first, r.stamp)
			return err
		})}},
		behaviour{"after a rollback", []step{
			readAll, rollback(), commit(good).fails(codes.FailedPrecondition), readAll.fails(codes.FailedPrecondition)}},
	)
}

// TestReadTimestamps follows the cases of transactions.cc on timestamps of
// read-only transactions.
func TestReadTimestamps(t *testing.T) {
	twoHours := time.Now().Add(2 * time.Hour)
	show(t, pairsDDL,
		behaviour{"a strong read sees the last commit", []step{apply(insert("Pairs", "A B", row("a", "b"))), custom("strong read", func(r *run) error {
			set, err := r.calls.Read(r.context(), &spannerpb.ReadRequest{Session: r.session, Transaction: singleUse(strong()), Table: "Pairs", Columns: []string{"A"}, KeySet: allKeys()})
			assert.Len(r.t, set.GetRows(), 1)
			assert.LessOrEqual(r.t, r.stamp, set.GetMetadata().GetTransaction().GetReadTimestamp().AsTime().Format(time.RFC3339Nano))
			return err
		})}},
		behaviour{"the time of a commit can be read at", []step{apply(insert("Pairs", "A B", row("a", "b"))), custom("read", func(r *run) error {
			at, err := time.Parse(time.RFC3339Nano, r.stamp)
			readAs(readAt(at), "Pairs", "A B", allKeys()).gives("a b").run(r)
			readAs(readAt(at.Add(-time.Microsecond)), "Pairs", "A B", allKeys()).gives().run(r)
			snapshot(readAt(at)).run(r)
			readIn("Pairs", "A B", allKeys()).gives("a b").run(r)
			return err
		})}},
		behaviour{"bounded staleness is no older than its bound", []step{
			apply(insert("Pairs", "A B C", row("a", "b", "old"))), custom("read", func(r *run) error {
				at, err := time.Parse(time.RFC3339Nano, r.stamp)
				apply(update("Pairs", "A B C", row("a", "b", "new"))).run(r)
				askAs(&spannerpb.TransactionOptions_ReadOnly{TimestampBound: &spannerpb.TransactionOptions_ReadOnly_MinReadTimestamp{
					MinReadTimestamp: timestamppb.New(at)}}, "SELECT C FROM Pairs").gives("new").run(r)
				return err
			})}},
		behaviour{"the beginning of time is no read timestamp", []step{
			readAs(readAt(yearOne), "Pairs", "A", allKeys()).fails(codes.InvalidArgument),
			custom("begin", func(r *run) error {
				_, err := r.calls.BeginTransaction(r.context(), &spannerpb.BeginTransactionRequest{Session: r.session,
					Options: &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadOnly_{ReadOnly: readAt(yearOne)}}})
				return err
			}).fails(codes.InvalidArgument)}},
		behaviour{"two hours ahead may be begun, but not waited for", []step{
			snapshot(readAt(twoHours)), readIn("Pairs", "A", allKeys()).fails(codes.DeadlineExceeded), do("SELECT 1").fails(codes.DeadlineExceeded),
			readAs(readAt(twoHours), "Pairs", "A", allKeys()).fails(codes.DeadlineExceeded), askAs(readAt(twoHours), "SELECT 1").fails(codes.DeadlineExceeded)}},
	)
}

// TestDeletedRangesAreWrittenAgain follows the case of transactions.cc that
// deletes, inserts and updates within one commit.
func TestDeletedRangesAreWrittenAgain(t *testing.T) {
	for name, tc := range map[string]struct{ ends, from, to, key string }{
		"within": {"[)", "1", "3", "2"}, "start": {"[)", "1", "3", "1"}, "end": {"[]", "1", "3", "3"}, "one key": {"[]", "1", "1", "1"},
	} {
		show(t, pairsDDL, behaviour{name, []step{
			apply(insert("Pairs", "A B C", row("a", tc.key, "before"))),
			commit(remove("Pairs", between(tc.ends, row("a", tc.from), row("a", tc.to))),
				insert("Pairs", "A B C", row("a", tc.key, "old")), update("Pairs", "A B C", row("a", tc.key, "new"))),
			read("Pairs", "B C", allKeys()).gives(tc.key + " new"),
		}})
	}
}

var usersDDL = []string{
	`CREATE TABLE Users (ID INT64 NOT NULL, Name STRING(MAX), Age INT64, Email STRING(MAX), CONSTRAINT Adult CHECK (Age >= 18)) PRIMARY KEY (ID)`,
	`CREATE UNIQUE NULL_FILTERED INDEX UsersByEmail ON Users(Email)`,
}

// TestErrorsEndTransactions follows transaction_errors.cc: a statement that is
// not understood costs nothing, one that breaks a constraint costs the
// transaction, and a commit that fails is over.
func TestErrorsEndTransactions(t *testing.T) {
	seed := do("INSERT INTO Users (ID, Name) VALUES (1, 'a')").counts(1)
	empty := ask("SELECT ID FROM Users").gives()
	another := insert("Users", "ID", row(3))
	show(t, usersDDL,
		behaviour{"a query of a missing table costs nothing", []step{
			seed, do("SELECT ID FROM Nothing").fails(codes.InvalidArgument), commit(another), ask("SELECT ID FROM Users ORDER BY ID").gives("1", "3")}},
		behaviour{"nor does DML of nothing, or with a wrong name", []step{
			seed, do("UPDATE Users SET Name = 'b' WHERE ID = 22").counts(0),
			do("UPDATE Users SET Colour = 'b' WHERE ID = 1").fails(codes.InvalidArgument),
			do("UPDATE Nothing SET Name = 'b' WHERE ID = 1").fails(codes.InvalidArgument),
			commit(another), ask("SELECT ID FROM Users ORDER BY ID").gives("1", "3")}},
		behaviour{"an evaluation without a result costs nothing", []step{
			seed, do("UPDATE Users SET Age = 1 / 0 WHERE ID = 1").fails(codes.InvalidArgument),
			do("UPDATE Users SET Age = DIV(1, ID - 1) WHERE ID = 1").fails(codes.OutOfRange), commit(), ask("SELECT ID FROM Users").gives("1")}},
		behaviour{"an insert of what exists costs all", []step{
			seed, do("INSERT INTO Users (ID, Name) VALUES (1, 'b')").fails(codes.AlreadyExists),
			do("INSERT INTO Users (ID, Name) VALUES (2, 'b')").fails(codes.AlreadyExists),
			commit(another).fails(codes.AlreadyExists), commit(another).fails(codes.AlreadyExists), empty}},
		behaviour{"as do a unique index, a check and a NOT NULL", []step{
			do("INSERT INTO Users (ID, Email) VALUES (1, 'a'), (2, 'a')").fails(codes.AlreadyExists), commit().fails(codes.AlreadyExists), rollback(), begin(),
			do("INSERT INTO Users (ID, Age) VALUES (1, 17)").fails(codes.OutOfRange), commit().fails(codes.OutOfRange), begin(),
			do("INSERT INTO Users (ID) VALUES (NULL)").fails(codes.FailedPrecondition), commit().fails(codes.FailedPrecondition), empty}},
		behaviour{"reads go on, since they change nothing", []step{
			seed, do("INSERT INTO Users (ID, Name) VALUES (1, 'b')").fails(codes.AlreadyExists), readIn("Users", "ID", allKeys()).gives("1")}},
		behaviour{"it can be rolled back, and is then gone", []step{
			seed, do("INSERT INTO Users (ID, Name) VALUES (1, 'b')").fails(codes.AlreadyExists), rollback(),
			commit(another).fails(codes.FailedPrecondition), empty}},
		behaviour{"a commit into a missing table costs all", []step{
			seed, commit(insert("Nothing", "ID", row(2)), another).fails(codes.NotFound), commit(another).fails(codes.NotFound), empty}},
		behaviour{"as does one out of a missing table", []step{
			commit(another, remove("Nothing", allKeys())).fails(codes.NotFound), commit(another).fails(codes.NotFound), empty}},
		behaviour{"an update of a missing row", []step{
			commit(another, update("Users", "ID Name", row(22, "b"))).fails(codes.NotFound), commit(another).fails(codes.NotFound), empty}},
		behaviour{"an update of a missing column", []step{
			commit(another, update("Users", "ID Colour", row(3, "b"))).fails(codes.NotFound), commit(another).fails(codes.NotFound), empty}},
		behaviour{"an insert of missing columns", []step{
			commit(insert("Users", "Key Data", row(1, "b"))).fails(codes.NotFound), commit(another).fails(codes.NotFound), empty}},
		behaviour{"a rollback of a read-only transaction costs nothing", []step{
			snapshot(strong()), readIn("Users", "ID", allKeys()), rollback().fails(codes.FailedPrecondition), readIn("Users", "ID", allKeys())}},
		behaviour{"nothing is read after a failed commit", []step{
			seed, do("INSERT INTO Users (ID, Name) VALUES (1, 'b')").fails(codes.AlreadyExists), commit().fails(codes.AlreadyExists),
			readIn("Users", "ID", allKeys()).fails(codes.FailedPrecondition)}},
	)
}

// TestTransactionsBelongToTheirSession has a session use another's transaction.
func TestTransactionsBelongToTheirSession(t *testing.T) {
	r := newRun(t, usersDDL...)
	id := r.transaction()
	other, err := r.calls.CreateSession(r.context(), &spannerpb.CreateSessionRequest{Database: r.database})
	assert.NoError(t, err)
	r.session = other.Name
	r.txn = id
	for _, step := range []call{do("SELECT 1"), readIn("Users", "ID", allKeys()), commit()} {
		a := step.do(r)
		assert.Contains(t, []codes.Code{codes.NotFound, codes.InvalidArgument, codes.Aborted}, status.Code(a.err), step.title)
	}
}
