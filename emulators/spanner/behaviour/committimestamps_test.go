package behaviour_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

var stampedDDL = []string{
	`CREATE TABLE Users (ID INT64, Name STRING(MAX), Changed TIMESTAMP OPTIONS (allow_commit_timestamp = true), Born TIMESTAMP) PRIMARY KEY (ID)`,
	`CREATE TABLE Events (ID INT64, Moment TIMESTAMP OPTIONS (allow_commit_timestamp = true), Name STRING(MAX)) PRIMARY KEY (ID, Moment)`,
	`CREATE TABLE Latest (ID INT64, Moment TIMESTAMP OPTIONS (allow_commit_timestamp = true), Name STRING(MAX)) PRIMARY KEY (ID, Moment DESC)`,
	`CREATE TABLE Checked (ID INT64, Moment TIMESTAMP OPTIONS (allow_commit_timestamp = true), Name STRING(MAX), Copy STRING(MAX) AS (Name) STORED,
		CONSTRAINT Named CHECK (Name != '')) PRIMARY KEY (ID)`,
	`CREATE TABLE Indexed (ID INT64, Moment TIMESTAMP OPTIONS (allow_commit_timestamp = true), Name STRING(MAX)) PRIMARY KEY (ID)`,
	`CREATE INDEX IndexedByName ON Indexed(Name, Moment)`,
	`CREATE UNIQUE INDEX IndexedOnce ON Indexed(Name, Moment)`,
	`CREATE INDEX EventsByName ON Events(Name)`,
	`CREATE UNIQUE INDEX EventsOnce ON Events(Name, ID, Moment)`,
	`CREATE INDEX UsersByName ON Users(Name)`,
	`CREATE INDEX UsersByChange ON Users(Changed)`,
}

// TestCommitTimestamps follows the cases of commit_timestamps.cc on mutations.
func TestCommitTimestamps(t *testing.T) {
	soon, endOfTime := time.Now().Add(time.Minute), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
	users, events := read("Users", "ID Name Changed", allKeys()), read("Events", "ID Moment Name", allKeys())
	now := commitTimestamp
	show(t, stampedDDL,
		behaviour{"of inserted, updated and replaced rows", []step{
			apply(insert("Users", "ID Name Changed", row(1, "a", now)), update("Users", "ID Name Changed", row(1, "b", now)),
				upsert("Users", "ID Name Changed", row(2, "c", now)), replace("Users", "ID Name Changed", row(1, "d", now))),
			users.gives("1 d $ts", "2 c $ts")}},
		behaviour{"in keys", []step{
			apply(insert("Events", "ID Moment Name", row(1, now, "a")), update("Events", "ID Moment Name", row(1, now, "b")),
				upsert("Events", "ID Moment Name", row(2, now, "c")), replace("Events", "ID Moment Name", row(1, now, "d"))),
			events.gives("1 $ts d", "2 $ts c")}},
		behaviour{"in the keys of commit after commit", []step{
			apply(insert("Events", "ID Moment", row(1, now))), apply(insert("Events", "ID Moment", row(1, now))), ask("SELECT COUNT(*) FROM Events").gives("2")}},
		behaviour{"only where they are allowed", []step{
			apply(insert("Users", "ID Name Born", row(1, "a", now))).fails(codes.FailedPrecondition),
			apply(insert("Users", "ID Born", row(1, endOfTime))), read("Users", "Born", allKeys()).gives("9999-12-31T23:59:59.999999999Z")}},
		behaviour{"no times to come", []step{
			apply(insert("Users", "ID Changed", row(1, endOfTime))).fails(codes.FailedPrecondition, "future"),
			apply(insert("Users", "ID Changed", row(1, soon))).fails(codes.FailedPrecondition, "future"),
			apply(insert("Events", "ID Moment", row(1, soon))).fails(codes.FailedPrecondition, "future"), users.gives()}},
		behaviour{"of rows deleted in the same commit", []step{
			apply(insert("Users", "ID Changed", row(1, now)), remove("Users", keys(row(1)))), users.gives(),
			apply(insert("Events", "ID Moment", row(1, now)), remove("Events", keys(row(1, now)))), events.gives(),
			apply(insert("Events", "ID Moment", row(1, now), row(1, yearOne)), remove("Events", allKeys())), events.gives()}},
		behaviour{"as the end of a range", []step{
			apply(insert("Events", "ID Moment", row(1, now))), apply(remove("Events", between("[)", row(1, now), row(1, now)))), ask("SELECT COUNT(*) FROM Events").gives("1"),
			apply(remove("Events", between("[)", row(1, yearOne), row(1, now)))), ask("SELECT COUNT(*) FROM Events").gives("0")}},
		behaviour{"as the start of an empty range", []step{
			apply(insert("Events", "ID Moment", row(1, now))), custom("delete", func(r *run) error {
				apply(remove("Events", between("[)", row(1, now), row(1, r.stamp)))).run(r)
				return nil
			}), ask("SELECT COUNT(*) FROM Events").gives("1")}},
		behaviour{"twice the same key", []step{
			apply(insert("Events", "ID Moment", row(1, now), row(1, now))).fails(codes.InvalidArgument, "spanner.commit_timestamp()")}},
		behaviour{"a range that starts before it and has the prefix", []step{
			apply(insert("Events", "ID Moment Name", row(1, now, "a")), remove("Events", between("[]", row(1, time.Now()), row(1))), insert("Events", "ID Moment Name", row(1, now, "b"))),
			events.gives("1 $ts b"),
			apply(insert("Latest", "ID Moment Name", row(1, now, "a")), remove("Latest", between("[]", row(1), row(1, time.Now()))), insert("Latest", "ID Moment Name", row(1, now, "b"))),
			read("Latest", "ID Moment Name", allKeys()).gives("1 $ts b")}},
	)
}

// TestDeletedRangesEndBeforeTheFuture follows commit_timestamps.cc on ranges of
// keys that hold commit timestamps: they have no business in the future.
func TestDeletedRangesEndBeforeTheFuture(t *testing.T) {
	at := func(seconds int) []any { return row(1, time.Now().Add(time.Duration(seconds)*time.Second)) }
	future := at(1000)
	for _, tc := range []struct {
		table, ends string
		from, to    []any
		code        codes.Code
	}{
		{"Events", "()", at(-2000), at(-1000), codes.OK},
		{"Events", "()", at(1000), at(2000), codes.FailedPrecondition},
		{"Events", "()", at(-2000), at(1000), codes.FailedPrecondition},
		{"Events", "()", future, future, codes.OK},
		{"Events", "[)", future, future, codes.OK},
		{"Events", "[]", future, future, codes.FailedPrecondition},
		{"Events", "()", at(1000), at(-1000), codes.OK},
		{"Latest", "()", at(-1000), at(-2000), codes.OK},
		{"Latest", "()", at(2000), at(1000), codes.FailedPrecondition},
		{"Latest", "()", at(1000), at(-2000), codes.FailedPrecondition},
		{"Latest", "()", future, future, codes.OK},
		{"Latest", "[]", future, future, codes.FailedPrecondition},
		{"Latest", "()", at(-2000), at(1000), codes.OK},
	} {
		show(t, stampedDDL, behaviour{tc.table + tc.ends, []step{
			apply(remove(tc.table, between(tc.ends, tc.from, tc.to))).must(func(*run, answer) {}).fails(tc.code)}})
	}
}

// TestPendingCommitTimestamps follows commit_timestamps.cc on DML.
func TestPendingCommitTimestamps(t *testing.T) {
	show(t, stampedDDL,
		behaviour{"in INSERT and UPDATE", []step{
			change("INSERT INTO Events (ID, Moment, Name) VALUES (@p1, PENDING_COMMIT_TIMESTAMP(), @p2)", 6, "a"), ask("SELECT ID, Moment, Name FROM Events").gives("6 $ts a"),
			apply(insert("Users", "ID Name Changed", row(1, "a", yearOne))),
			change("UPDATE Users SET Changed = PENDING_COMMIT_TIMESTAMP() WHERE ID = 1").counts(1), ask("SELECT Name, Changed FROM Users").gives("a $ts")}},
		behaviour{"of some columns", []step{
			change("INSERT INTO Users (ID, Changed) VALUES (1, PENDING_COMMIT_TIMESTAMP())"), ask("SELECT ID, Name, Changed FROM Users").gives("1 NULL $ts")}},
		behaviour{"others do not see it", []step{
			do("INSERT INTO Events (ID, Moment) VALUES (1, PENDING_COMMIT_TIMESTAMP())"), ask("SELECT ID FROM Events").gives()}},
		behaviour{"not out of SELECT, nor within expressions", []step{
			do("INSERT INTO Users (ID, Changed) SELECT 1, PENDING_COMMIT_TIMESTAMP()").fails(codes.InvalidArgument, "PENDING_COMMIT_TIMESTAMP()"),
			ask("SELECT PENDING_COMMIT_TIMESTAMP()").fails(codes.InvalidArgument, "PENDING_COMMIT_TIMESTAMP()"),
			do("UPDATE Users SET Changed = TIMESTAMP_ADD(PENDING_COMMIT_TIMESTAMP(), INTERVAL 1 DAY) WHERE ID = 1").fails(codes.InvalidArgument, "PENDING_COMMIT_TIMESTAMP()"),
			do("UPDATE Users SET Born = PENDING_COMMIT_TIMESTAMP() WHERE ID = 1").fails(codes.InvalidArgument)}},
		behaviour{"of several rows, beside a check and a generated column", []step{
			do("INSERT INTO Checked (ID, Moment) VALUES (0, PENDING_COMMIT_TIMESTAMP())"), do("INSERT INTO Checked (ID, Moment) VALUES (1, PENDING_COMMIT_TIMESTAMP())"),
			commit(), begin(), do("UPDATE Checked SET Moment = PENDING_COMMIT_TIMESTAMP() WHERE ID = 0"),
			do("UPDATE Checked SET Moment = PENDING_COMMIT_TIMESTAMP() WHERE ID = 1"), commit(), ask("SELECT Moment FROM Checked").gives("$ts", "$ts")}},
		behaviour{"in an index", []step{
			apply(insert("Indexed", "ID Moment Name", row(0, commitTimestamp, "A"), row(1, commitTimestamp, "B"))),
			apply(update("Indexed", "ID Moment", row(0, commitTimestamp), row(1, commitTimestamp))),
			change("UPDATE Indexed SET Moment = PENDING_COMMIT_TIMESTAMP() WHERE ID = 0 OR ID = 1").counts(2),
			read("Indexed@IndexedByName", "Name Moment", allKeys()).gives("A $ts", "B $ts"),
			do("INSERT INTO Indexed (ID, Moment, Name) VALUES (2, PENDING_COMMIT_TIMESTAMP(), 'A')"),
			do("INSERT INTO Indexed (ID, Moment, Name) VALUES (3, PENDING_COMMIT_TIMESTAMP(), 'B')"), commit(),
			ask("SELECT COUNT(*) FROM Indexed@{FORCE_INDEX=IndexedByName}").gives("4")}},
		behaviour{"an index that holds it is not read", []step{
			do("INSERT INTO Indexed (ID, Moment, Name) VALUES (0, PENDING_COMMIT_TIMESTAMP(), 'A')"),
			do("SELECT ID FROM Indexed@{FORCE_INDEX=IndexedByName} WHERE Name = 'A'").fails(codes.InvalidArgument, "pending")}},
		behaviour{"beside the tables of the system", []step{
			do("INSERT INTO Events (ID, Moment) VALUES (1, PENDING_COMMIT_TIMESTAMP())"),
			ask("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'Events'").gives("1")}},
	)
}

// TestWhatIsWrittenIsRead follows read_your_writes.cc.
func TestWhatIsWrittenIsRead(t *testing.T) {
	at := time.Now().Add(-time.Minute).UTC()
	text := at.Format(time.RFC3339Nano)
	pendingKey := do("INSERT INTO Events (ID, Moment, Name) VALUES (2, PENDING_COMMIT_TIMESTAMP(), 'b')")
	event := do("INSERT INTO Events (ID, Moment, Name) VALUES (1, @p1, 'a')", at)
	pendingColumn := do("INSERT INTO Users (ID, Name, Changed) VALUES (2, 'b', PENDING_COMMIT_TIMESTAMP())")
	user := do("INSERT INTO Users (ID, Name, Changed) VALUES (1, 'a', @p1)", at)
	one := keys(row(1, at))
	show(t, stampedDDL,
		behaviour{"a time that is given", []step{event, do("SELECT ID, Moment, Name FROM Events").gives("1 " + text + " a"),
			user, do("SELECT Changed FROM Users").gives(text), readIn("Users@UsersByChange", "ID", keys(row(at))).gives("1")}},
		behaviour{"no column of a table with a pending key", []step{
			event, readIn("Events", "ID Moment Name", one).gives("1 " + text + " a"), readIn("Events@EventsByName", "ID Moment", keys(row("a"))).gives("1 " + text), pendingKey,
			do("SELECT Moment FROM Events").fails(codes.InvalidArgument, "pending"), do("SELECT ID FROM Events").fails(codes.InvalidArgument),
			do("SELECT Name FROM Events WHERE ID = 1").fails(codes.InvalidArgument), do("SELECT Name FROM Events@{FORCE_INDEX=EventsByName}").fails(codes.InvalidArgument),
			do("SELECT Name FROM Events@{FORCE_INDEX=EventsOnce}").fails(codes.InvalidArgument), readIn("Events", "ID Moment Name", one).fails(codes.InvalidArgument),
			readIn("Events@EventsByName", "ID Moment", keys(row("a"))).fails(codes.InvalidArgument), do("SELECT ID FROM Users").gives(), commit(),
			ask("SELECT ID FROM Events").gives("1", "2")}},
		behaviour{"the other columns where a column is pending", []step{
			user, pendingColumn, do("SELECT ID, Name FROM Users").gives("1 a", "2 b"), do("SELECT Name FROM Users@{FORCE_INDEX=UsersByName}").gives("a", "b"),
			do("SELECT Changed FROM Users WHERE ID = 1").fails(codes.InvalidArgument, "pending"), do("SELECT ID FROM Users WHERE Changed < CURRENT_TIMESTAMP()").fails(codes.InvalidArgument),
			do("SELECT Changed FROM Users@{FORCE_INDEX=UsersByChange}").fails(codes.InvalidArgument), readIn("Users", "ID Changed", keys(row(1))).fails(codes.InvalidArgument),
			readIn("Users", "ID Name", keys(row(1))).gives("1 a"), readIn("Users@UsersByChange", "ID Changed", keys(row(at))).fails(codes.InvalidArgument)}},
		behaviour{"what failed is not pending", []step{
			user, do("UPDATE Users SET Changed = PENDING_COMMIT_TIMESTAMP(), Name = CAST(DIV(1, ID - 1) AS STRING) WHERE ID = 1").fails(codes.OutOfRange),
			do("SELECT Changed FROM Users").gives(text)}},
		behaviour{"through an index, change after change", []step{
			change("INSERT INTO Users (ID, Name) VALUES (1, 'a')"), do("UPDATE Users SET Name = 'b' WHERE ID = 1"),
			do("SELECT ID, Name FROM Users@{FORCE_INDEX=UsersByName}").gives("1 b"), readIn("Users@UsersByName", "ID Name", allKeys()).gives("1 b"),
			do("UPDATE Users SET Name = 'c' WHERE ID = 1"), readIn("Users@UsersByName", "ID Name", allKeys()).gives("1 c"),
			read("Users@UsersByName", "ID Name", allKeys()).gives("1 a")}},
	)
	show(t, usersDDL, behaviour{"a unique index within a transaction", []step{
		do("INSERT INTO Users (ID, Email) VALUES (1, 'a')"), do("INSERT INTO Users (ID, Email) VALUES (2, 'a')").fails(codes.AlreadyExists),
		do("INSERT INTO Users (ID, Email) VALUES (3, 'b')").fails(codes.AlreadyExists), commit().fails(codes.AlreadyExists), ask("SELECT ID FROM Users").gives()}})
}
