package behaviour_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// TestDefaults follows column_default_value_read_write.cc on columns that are no keys.
func TestDefaults(t *testing.T) {
	ddl := []string{
		`CREATE TABLE T (K INT64, A INT64 DEFAULT (1), G INT64 AS (A + 1) STORED, B INT64 NOT NULL DEFAULT (2)) PRIMARY KEY (K)`,
		`CREATE UNIQUE INDEX TByB ON T(B)`,
		`CREATE TABLE Nothing (K INT64, A INT64, B INT64 NOT NULL DEFAULT (NULL)) PRIMARY KEY (K)`,
		`CREATE TABLE Coerced (K INT64, N NUMERIC DEFAULT (CAST(1 AS NUMERIC)), F FLOAT64 DEFAULT (CAST(1 AS FLOAT64))) PRIMARY KEY (K)`,
		`CREATE TABLE Referring (K INT64, D INT64 DEFAULT (3), FOREIGN KEY (D) REFERENCES T(B)) PRIMARY KEY (K)`,
	}
	rows, entries := read("T", "K A G B", allKeys()), read("T@TByB", "K B", allKeys())
	const held, exists = codes.FailedPrecondition, codes.AlreadyExists
	two := change("INSERT INTO T (K, B) VALUES (1, 1000), (2, 2000)")
	show(t, ddl,
		behaviour{"types", []step{apply(insert("Coerced", "K", row(1)), insert("Coerced", "K N F", row(2, "2", 2.0))), read("Coerced", "K N F", allKeys()).gives("1 1 1", "2 2 2")}},
		behaviour{"insert", []step{
			apply(insert("T", "K", row(1))), apply(insert("T", "K", row(1))).fails(exists), apply(insert("T", "K B", row(2, 2))).fails(exists),
			apply(insert("T", "K B", row(2, 3)), insert("T", "K A B", row(3, 11, 4))), rows.gives("1 1 2 2", "2 1 2 3", "3 11 12 4")}},
		behaviour{"insert or update: defaults are of new rows", []step{
			apply(upsert("T", "K", row(1))), apply(upsert("T", "K", row(1))), rows.gives("1 1 2 2"), apply(upsert("T", "K B", row(2, 2))).fails(exists),
			apply(upsert("T", "K B", row(2, 3), row(1, 22))), apply(upsert("T", "K A", row(2, 11))), rows.gives("1 1 2 22", "2 11 12 3")}},
		behaviour{"update and delete", []step{
			apply(upsert("T", "K", row(1))), apply(update("T", "K B", row(2, 9))).fails(codes.NotFound), apply(upsert("T", "K B", row(2, 3))),
			apply(update("T", "K B", row(2, 2))).fails(exists), apply(update("T", "K A", row(2, 11))), apply(remove("T", keys(row(3)))), rows.gives("1 1 2 2", "2 11 12 3"),
			apply(remove("T", keys(row(2)))), rows.gives("1 1 2 2")}},
		behaviour{"replace: defaults again", []step{
			apply(upsert("T", "K A B", row(1, 11, 22))), apply(upsert("T", "K B", row(2, 3))), apply(replace("T", "K B", row(2, 22))).fails(exists),
			apply(replace("T", "K B", row(1, 22))), apply(replace("T", "K A", row(2, 111))), rows.gives("1 1 2 22", "2 111 112 2")}},
		behaviour{"several mutations of a row", []step{
			apply(insert("T", "K A B", row(1, 1, 1)), update("T", "K A B", row(1, 1, 2)), update("T", "K A B", row(1, 2, 2))), rows.gives("1 2 3 2"),
			apply(insert("T", "K B", row(2, 4)), update("T", "K B", row(2, nil)), update("T", "K B", row(2, 3))).fails(held, "null value for column B")}},
		behaviour{"NOT NULL, filled by a later mutation of the commit", []step{
			apply(insert("Nothing", "K A", row(1, 1))).fails(held, "Nothing.B"),
			apply(insert("Nothing", "K A", row(1, 1)), update("Nothing", "K B", row(1, 2))), read("Nothing", "K A B", allKeys()).gives("1 1 2")}},
		behaviour{"indexes", []step{
			apply(insert("T", "K", row(1))), entries.gives("1 2"), apply(update("T", "K B", row(1, 3))), entries.gives("1 3"), apply(upsert("T", "K", row(2))), entries.gives("2 2", "1 3"),
			apply(replace("T", "K B", row(1, 5))), apply(replace("T", "K B", row(2, 6))), entries.gives("1 5", "2 6"), apply(remove("T", keys(row(2)))), entries.gives("1 5"),
			apply(insert("T", "K B", row(2, 5))).fails(exists, "nique")}},
		behaviour{"NULL instead", []step{apply(insert("T", "K B", row(1, nil))).fails(held, "ull"), apply(insert("T", "K A", row(1, nil))), rows.gives("1 NULL NULL 2")}},
		behaviour{"foreign keys", []step{
			apply(insert("Referring", "K", row(3))).fails(held, "oreign key"), apply(insert("T", "K B", row(1, 3))), apply(insert("Referring", "K", row(3))),
			apply(remove("T", keys(row(1)))).fails(held, "oreign key")}},
		behaviour{"DML, DEFAULT by name", []step{
			two, change("UPDATE T SET A = 100 WHERE K = 2"), rows.gives("1 1 2 1000", "2 100 101 2000"), change("UPDATE T SET A = DEFAULT WHERE K = 2"), rows.gives("1 1 2 1000", "2 1 2 2000"),
			change("INSERT INTO T (K, A, B) VALUES (3, 300, DEFAULT), (4, DEFAULT, 400)"), change("DELETE FROM T WHERE A = 1").counts(3), rows.gives("3 300 301 2")}},
		behaviour{"DEFAULT is no expression", []step{
			two, do("DELETE FROM T WHERE A = DEFAULT").fails(codes.InvalidArgument, "DEFAULT"), do("UPDATE T SET B = 4 WHERE A = DEFAULT").fails(codes.InvalidArgument, "DEFAULT"),
			do("UPDATE T SET B = DEFAULT + 1 WHERE K = 1").fails(codes.InvalidArgument)}},
		behaviour{"INSERT SELECT", []step{
			change("INSERT INTO Nothing (K, A, B) VALUES (5, 5, 5), (6, 6, 6)"), change("INSERT INTO T (K, B) SELECT K, B FROM Nothing").counts(2), rows.gives("5 1 2 5", "6 1 2 6")}},
	)
}

// TestDefaultCommitTimestamps follows column_default_value_read_write.cc where the default is the commit timestamp.
func TestDefaultCommitTimestamps(t *testing.T) {
	ddl := []string{`CREATE TABLE P (K INT64, Ts TIMESTAMP OPTIONS (allow_commit_timestamp = true),
		D TIMESTAMP DEFAULT (PENDING_COMMIT_TIMESTAMP()) OPTIONS (allow_commit_timestamp = true)) PRIMARY KEY (K)`}
	then := time.Unix(10, 0)
	same := ask("SELECT K FROM P WHERE Ts = D ORDER BY K")
	one := ask("SELECT D FROM P WHERE K = 1")
	show(t, ddl,
		behaviour{"mutations", []step{
			apply(insert("P", "K Ts D", row(1, then, then))), apply(insert("P", "K Ts", row(2, commitTimestamp))), apply(upsert("P", "K Ts", row(3, commitTimestamp))),
			same.gives("1", "2", "3"), apply(upsert("P", "K", row(1))), one.gives("1970-01-01T00:00:10Z")}},
		behaviour{"DML", []step{
			change("INSERT INTO P (K, Ts, D) VALUES (1, TIMESTAMP_SECONDS(10), TIMESTAMP_SECONDS(10))"), change("INSERT INTO P (K, Ts) VALUES (2, PENDING_COMMIT_TIMESTAMP())"),
			change("INSERT OR UPDATE INTO P (K, Ts) VALUES (3, PENDING_COMMIT_TIMESTAMP())"), change("INSERT OR UPDATE INTO P (K, Ts, D) VALUES (4, PENDING_COMMIT_TIMESTAMP(), DEFAULT)"),
			same.gives("1", "2", "3", "4"), change("INSERT OR UPDATE INTO P (K) VALUES (1)"), one.gives("1970-01-01T00:00:10Z"),
			change("UPDATE P SET Ts = TIMESTAMP_SECONDS(0), D = TIMESTAMP_SECONDS(100) WHERE K = 1"), same.gives("2", "3", "4"),
			change("UPDATE P SET Ts = PENDING_COMMIT_TIMESTAMP(), D = DEFAULT WHERE K = 1"), one.gives("$ts"), same.gives("1", "2", "3", "4")}},
		behaviour{"THEN RETURN does not know it yet", []step{
			change("INSERT INTO P (K, D) VALUES (2, DEFAULT) THEN RETURN D").fails(codes.InvalidArgument, "PENDING_COMMIT_TIMESTAMP()"),
			change("INSERT INTO P (K) VALUES (3) THEN RETURN D").fails(codes.InvalidArgument, "PENDING_COMMIT_TIMESTAMP()"),
			change("INSERT INTO P (K) VALUES (3) THEN RETURN K").gives("3")}},
	)
}

// TestDefaultKeys follows column_default_value_read_write.cc on key columns.
func TestDefaultKeys(t *testing.T) {
	ddl := []string{
		`CREATE TABLE Last (A INT64, B INT64 NOT NULL DEFAULT (2), V INT64) PRIMARY KEY (A, B)`,
		`CREATE TABLE First (A INT64 DEFAULT (100), B INT64, Twice INT64 AS (A * 2) STORED, V INT64) PRIMARY KEY (A, B)`,
	}
	last, first := read("Last", "A B V", allKeys()), read("First", "A B Twice V", allKeys())
	const exists, held = codes.AlreadyExists, codes.FailedPrecondition
	show(t, ddl,
		behaviour{"insert", []step{
			apply(insert("Last", "A V", row(1, 1)), insert("Last", "V", row(1)), insert("Last", "B V", row(1, 1))), last.gives("NULL 1 1", "NULL 2 1", "1 2 1"),
			apply(insert("Last", "A B V", row(2, 200, 2))), apply(insert("Last", "A V", row(1, 2))).fails(exists), apply(insert("Last", "B V", row(1, 2))).fails(exists)}},
		behaviour{"insert or update", []step{
			apply(upsert("Last", "A V", row(1, 1)), upsert("Last", "V", row(1))), last.gives("NULL 2 1", "1 2 1"),
			apply(upsert("Last", "A V", row(3, 3)), upsert("Last", "A V", row(3, 300))), last.gives("NULL 2 1", "1 2 1", "3 2 300")}},
		behaviour{"update needs the whole key", []step{
			apply(upsert("Last", "A V", row(1, 1)), upsert("Last", "A B V", row(1, 1, 1)), update("Last", "A B V", row(1, 2, 100))), last.gives("1 1 1", "1 2 100"),
			apply(update("Last", "A V", row(1, 1000))).fails(held, "must have a specific value"), apply(update("Last", "A B V", row(1, 1, 200))), last.gives("1 1 200", "1 2 100")}},
		behaviour{"delete needs the whole key", []step{
			apply(upsert("Last", "A V", row(1, 1)), upsert("Last", "A B V", row(1, 1, 1)), remove("Last", keys(row(1, 1)))), last.gives("1 2 1"),
			apply(remove("Last", keys(row(1)))).fails(held), last.gives("1 2 1")}},
		behaviour{"replace", []step{
			apply(upsert("Last", "A V", row(1, 1)), upsert("Last", "A B V", row(1, 1, 1)), replace("Last", "A V", row(1, 100))), last.gives("1 1 1", "1 2 100"),
			apply(replace("Last", "A V", row(1, 200))), last.gives("1 1 1", "1 2 200")}},
		behaviour{"generated from a key", []step{
			apply(insert("First", "A V", row(1, 1)), upsert("First", "V", row(1)), upsert("First", "B V", row(1, 1))), first.gives("1 NULL 2 1", "100 NULL 200 1", "100 1 200 1"),
			apply(upsert("First", "B V", row(3, 3)), upsert("First", "B V", row(3, 300))), read("First", "V", keys(row(100, 3))).gives("300")}},
		behaviour{"DML", []step{
			change("INSERT INTO First (B, V) VALUES (1, 1)"), change("INSERT INTO First (A, B, V) VALUES (DEFAULT, 2, 2), (3, 3, 3)"), first.gives("3 3 6 3", "100 1 200 1", "100 2 200 2")}},
	)
}
