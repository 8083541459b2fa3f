package behaviour_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

var threadsDDL = []string{
	`CREATE TABLE Users (UserID INT64 NOT NULL, Name STRING(MAX), Age INT64, Changed TIMESTAMP) PRIMARY KEY (UserID)`,
	`CREATE TABLE Threads (UserID INT64 NOT NULL, ThreadID INT64 NOT NULL, Starred BOOL) PRIMARY KEY (UserID, ThreadID),
	 INTERLEAVE IN PARENT Users ON DELETE CASCADE`,
	`CREATE TABLE One (A STRING(MAX), B STRING(MAX)) PRIMARY KEY ()`,
	`CREATE TABLE Pairs (A STRING(MAX) NOT NULL, B STRING(MAX), C STRING(MAX)) PRIMARY KEY (A, B)`,
	`CREATE TABLE Numbers (K NUMERIC NOT NULL, V STRING(MAX)) PRIMARY KEY (K DESC)`,
}

// TestMalformedWrites follows malformed_writes.cc.
func TestMalformedWrites(t *testing.T) {
	var twice, types, nowhere, structs []step
	for _, columns := range []string{"UserID UserID", "USERid UserID", "UserID Name Name", "UserID Name nAME", "Name UserID Changed UserID"} {
		values := row(1, "a", "a", 1)[:len(strings.Fields(columns))]
		twice = append(twice, apply(insert("Users", columns, values)).fails(codes.InvalidArgument), apply(update("Users", columns, values)).fails(codes.InvalidArgument))
	}
	for columns, values := range map[string][]any{
		"UserID Name": row(yearOne, "a"), "UserID Age": row(1, yearOne), "UserID Changed": row(1, 27), "UserID": row(1.5), "Name UserID": row([]any{"a"}, 1), "UserID Name Age": row(1, true, 1),
	} {
		types = append(types, apply(insert("Users", columns, values)).fails(codes.FailedPrecondition), apply(upsert("Users", columns, values)).fails(codes.FailedPrecondition))
	}
	for _, value := range []any{"a", []any{[]any{"a"}}, []any{"a", []any{"b"}}} {
		values := row(1, value)
		nowhere = append(nowhere,
			apply(insert("", "UserID Name", values)).fails(codes.InvalidArgument), apply(upsert("", "UserID Name", values)).fails(codes.InvalidArgument),
			apply(update("", "UserID Name", values)).fails(codes.InvalidArgument), apply(replace("", "UserID Name", values)).fails(codes.InvalidArgument),
			apply(remove("", keys(values))).fails(codes.InvalidArgument))
		if value != "a" {
			structs = append(structs, apply(insert("Users", "UserID Name", values)).fails(codes.FailedPrecondition), apply(remove("Pairs", keys(row("a", value)))).fails(codes.FailedPrecondition))
		}
	}
	empty := read("Users", "UserID", allKeys()).gives()
	show(t, threadsDDL,
		behaviour{"a column twice", append(twice, empty)},
		behaviour{"values of other types", append(types, empty)},
		behaviour{"no table", append(nowhere, empty)},
		behaviour{"lists for a STRING", append(structs, empty)},
		behaviour{"too few and too many values", []step{
			apply(insert("Users", "UserID Name Changed", row(1, "a"))).fails(codes.InvalidArgument), apply(insert("Users", "UserID", row(1, "a"))).fails(codes.InvalidArgument),
			apply(insert("Users", "UserID Name", row(1, "a"), row(2))).fails(codes.InvalidArgument), empty}},
		behaviour{"part of a key", []step{
			apply(insert("Users", "UserID Name", row(1, "a")), insert("Threads", "UserID ThreadID Starred", row(1, 1, true))),
			read("Threads", "Starred", keys(row(1, 1))).gives("true"), read("Threads", "Starred", keys(row(1))).fails(codes.FailedPrecondition),
			read("Threads", "Starred", keys(row(1, 1, 1))).fails(codes.FailedPrecondition),
			apply(remove("Threads", keys(row(1)))).fails(codes.FailedPrecondition), apply(update("Threads", "UserID Starred", row(1, false))).fails(codes.FailedPrecondition)}},
		behaviour{"missing columns and tables", []step{
			apply(insert("Users", "bad-key Name", row(1, "a"))).fails(codes.NotFound, "bad-key"), apply(insert("Users", "UserID bad-column", row(1, "a"))).fails(codes.NotFound, "bad-column"),
			apply(insert("bad-table", "UserID", row(1))).fails(codes.NotFound, "bad-table"), apply(remove("bad-table", allKeys())).fails(codes.NotFound), empty}},
		behaviour{"no operation", []step{apply(nil...), commit(), empty}},
	)
}

// TestSingleRowWrites follows single_row_writes.cc.
func TestSingleRowWrites(t *testing.T) {
	users := read("Users", "UserID Name Age", allKeys())
	first := apply(insert("Users", "UserID Name Age", row(1, "a", 41)))
	show(t, threadsDDL,
		behaviour{"columns left out are NULL", []step{apply(insert("Users", "UserID Name", row(1, "a"))), apply(insert("Users", "Age UserID", row(41, 2))), users.gives("1 a NULL", "2 NULL 41")}},
		behaviour{"a row twice", []step{first, apply(insert("Users", "UserID", row(1))).fails(codes.AlreadyExists, "Users"), users.gives("1 a 41")}},
		behaviour{"an update needs its row", []step{
			apply(update("Users", "UserID Name", row(1, "b"))).fails(codes.NotFound, "Users"), first, apply(update("Users", "UserID Name", row(1, "b"))), users.gives("1 b 41")}},
		behaviour{"an update of the key alone", []step{first, apply(update("Users", "UserID", row(1))), users.gives("1 a 41"), apply(update("Users", "UserID", row(2))).fails(codes.NotFound)}},
		behaviour{"an upsert keeps the other columns", []step{first, apply(upsert("Users", "UserID Name", row(1, "b"))), users.gives("1 b 41")}},
		behaviour{"a replacement clears them", []step{first, apply(replace("Users", "UserID Name", row(1, "b"))), users.gives("1 b NULL")}},
		behaviour{"a deletion", []step{first, apply(insert("Users", "UserID", row(2))), apply(remove("Users", keys(row(1)))), users.gives("2 NULL NULL")}},
		behaviour{"of no row", []step{apply(remove("Users", keys(row(1)))), users.gives()}},
	)
}

// TestMultiRowWrites follows multi_row_writes.cc: several rows and several
// mutations in one commit.
func TestMultiRowWrites(t *testing.T) {
	users := read("Users", "UserID Name Age", allKeys())
	first := apply(insert("Users", "UserID Name Age", row(1, "a", 25)))
	lost := insert("Nothing", "ID", row(1))
	show(t, threadsDDL,
		behaviour{"an empty commit", []step{commit(), apply(), users.gives()}},
		behaviour{"an upsert of a key twice", []step{apply(upsert("Users", "UserID Age", row(1, 1), row(1, 2))), users.gives("1 NULL 2")}},
		behaviour{"an update", []step{first, apply(update("Users", "UserID Age", row(1, 26), row(1, 27))), users.gives("1 a 27")}},
		behaviour{"a replacement", []step{first, apply(replace("Users", "UserID Age", row(1, 26), row(1, 27))), users.gives("1 NULL 27")}},
		behaviour{"a deletion", []step{first, apply(remove("Users", keys(row(1), row(1)))), users.gives()}},
		behaviour{"an insert", []step{apply(insert("Users", "UserID", row(1), row(1))).fails(codes.InvalidArgument, "Users"), users.gives()}},
		behaviour{"two inserts", []step{
			apply(insert("Users", "UserID", row(1)), insert("Users", "UserID", row(1))).fails(codes.InvalidArgument), users.gives()}},
		behaviour{"a deletion between", []step{
			apply(insert("Users", "UserID", row(1)), remove("Users", keys(row(1))), insert("Users", "UserID Age", row(1, 2))), users.gives("1 NULL 2")}},
		behaviour{"all or nothing", []step{apply(insert("Users", "UserID", row(2)), lost).fails(codes.NotFound), users.gives()}},
		behaviour{"deletions too", []step{first, apply(remove("Users", allKeys()), lost).fails(codes.NotFound), users.gives("1 a 25")}},
	)
}

// TestPrimaryKeys follows primary_keys.cc.
func TestPrimaryKeys(t *testing.T) {
	pairs := read("Pairs", "A B C", allKeys())
	show(t, threadsDDL,
		behaviour{"of parts", []step{apply(insert("Pairs", "A B C", row("a", "b", "c"))), pairs.gives("a b c")}},
		behaviour{"a part that must be there", []step{
			apply(insert("Pairs", "B", row("b"))).fails(codes.FailedPrecondition, "A"), apply(insert("Pairs", "A B C", row(nil, "b", "c"))).fails(codes.FailedPrecondition, "A"), pairs.gives()}},
		behaviour{"a part that is not named is NULL", []step{apply(insert("Pairs", "A C", row("a", "c"))), pairs.gives("a NULL c"), read("Pairs", "C", keys(row("a", nil))).gives("c")}},
		behaviour{"a part that is NULL", []step{apply(insert("Pairs", "A B C", row("a", nil, "c"))), apply(insert("Pairs", "A C", row("a", "d"))).fails(codes.AlreadyExists), pairs.gives("a NULL c")}},
		behaviour{"too large", []step{apply(insert("Pairs", "A B", row(strings.Repeat("a", 8192), "b"))).fails(codes.InvalidArgument), pairs.gives()}},
		behaviour{"NUMERIC, descending", []step{
			apply(insert("Numbers", "K V", row("-9999999999999999123.456789", "a"), row("123.456789", "b"), row("0", "c"))), read("Numbers", "K V", allKeys()).gives("123.456789 b", "0 c", "-9999999999999999123.456789 a"),
			apply(insert("Numbers", "K V", row("123.4567890", "d"))).fails(codes.AlreadyExists)}},
	)
}

// TestSingletonTables follows singleton_tables.cc: tables whose key has no parts.
func TestSingletonTables(t *testing.T) {
	one := read("One", "A B", allKeys())
	first := apply(insert("One", "A B", row("a", "b")))
	show(t, threadsDDL,
		behaviour{"a row without values", []step{apply(insert("One", "", row())), one.gives("NULL NULL")}},
		behaviour{"a row", []step{first, one.gives("a b"), read("One", "A", keys(row())).gives("a")}},
		behaviour{"but one", []step{first, apply(insert("One", "A B", row("c", "d"))).fails(codes.AlreadyExists), one.gives("a b")}},
		behaviour{"updates", []step{apply(update("One", "A", row("c"))).fails(codes.NotFound), first, apply(update("One", "A", row("c"))), apply(update("One", "B", row("d"))), one.gives("c d")}},
		behaviour{"upserts", []step{apply(upsert("One", "A", row("a"))), apply(upsert("One", "B", row("d"))), one.gives("a d")}},
		behaviour{"a replacement", []step{first, apply(replace("One", "A", row("c"))), one.gives("c NULL")}},
		behaviour{"a deletion", []step{first, apply(remove("One", keys(row()))), one.gives(), apply(remove("One", allKeys()))}},
	)
}
