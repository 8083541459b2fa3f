package behaviour_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// TestGeneratedColumns follows generated_column_read_write.cc on columns that are no keys.
func TestGeneratedColumns(t *testing.T) {
	ddl := []string{
		`CREATE TABLE T (K INT64, A INT64, B INT64, Next INT64 AS (Total + 1) STORED, Total INT64 NOT NULL AS (a + b) STORED, Same INT64 AS (Next) STORED) PRIMARY KEY (K)`,
		`CREATE UNIQUE INDEX TBySame ON T(Same)`,
		`CREATE TABLE Coerced (K INT64, N NUMERIC AS (K) STORED, F FLOAT64 AS (K) STORED, FN FLOAT64 AS (N) STORED) PRIMARY KEY (K)`,
		`CREATE TABLE Failing (K INT64, V TIMESTAMP AS (TIMESTAMP_SECONDS(K)) STORED) PRIMARY KEY (K)`,
		`CREATE TABLE Referring (K INT64, G INT64 AS (K) STORED, FOREIGN KEY (G) REFERENCES T(Same)) PRIMARY KEY (K)`,
	}
	const columns, held = "K A B", codes.FailedPrecondition
	rows, entries := read("T", "K Next Total Same", allKeys()), read("T@TBySame", "K Same", allKeys())
	one := apply(insert("T", columns, row(1, 1, 1)))
	written := []any{1, 1, 1, 3}
	show(t, ddl,
		behaviour{"types are coerced", []step{apply(insert("Coerced", "K", row(1))), read("Coerced", "N F FN", allKeys()).gives("1 1 1")}},
		behaviour{"an expression that fails", []step{
			apply(insert("Failing", "K", row(1))), apply(insert("Failing", "K", row(253402300800))).fails(codes.OutOfRange), read("Failing", "K", allKeys()).gives("1")}},
		behaviour{"by all mutations, with the index", []step{
			one, rows.gives("1 3 2 3"), entries.gives("1 3"), apply(update("T", columns, row(1, 2, 2))), rows.gives("1 5 4 5"), entries.gives("1 5"),
			apply(upsert("T", columns, row(1, 3, 3), row(2, 4, 4))), rows.gives("1 7 6 7", "2 9 8 9"), apply(replace("T", columns, row(1, 5, 5))), entries.gives("2 9", "1 11"),
			apply(remove("T", keys(row(2)))), rows.gives("1 11 10 11"), entries.gives("1 11"), apply(insert("T", columns, row(2, 5, 5))).fails(codes.AlreadyExists)}},
		behaviour{"several of a row", []step{apply(insert("T", columns, row(1, 1, 1)), update("T", columns, row(1, 1, 2)), update("T", columns, row(1, 2, 2))), rows.gives("1 5 4 5")}},
		behaviour{"DML", []step{do("INSERT INTO T (K, A, B) VALUES (1, 1, 1)"), do("UPDATE T SET A = 2, B = 2 WHERE K = 1"), commit(), rows.gives("1 5 4 5")}},
		behaviour{"NOT NULL", []step{apply(insert("T", "K A", row(1, 1))).fails(held)}},
		behaviour{"foreign keys", []step{
			apply(insert("Referring", "K", row(3))).fails(held), one, apply(insert("Referring", "K", row(3))), apply(remove("T", keys(row(1)))).fails(held)}},
		behaviour{"nobody else writes them", []step{
			one, apply(insert("T", columns+" Next", written)).fails(held, "Next"), apply(update("T", columns+" Next", written)).fails(held, "Next"), apply(upsert("T", columns+" Next", written)).fails(held, "Next"),
			apply(replace("T", columns+" Next", written)).fails(held, "Next"), change("INSERT INTO T (K, A, B, Next) VALUES (2, 2, 2, 5)").fails(codes.InvalidArgument),
			change("UPDATE T SET Next = 4 WHERE K = 1").fails(codes.InvalidArgument)}},
	)
}
