package behaviour_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// TestColumnConstraints follows column_constraints.cc and case_sensitivity.cc.
func TestColumnConstraints(t *testing.T) {
	ddl := []string{`CREATE TABLE Words (ID INT64 NOT NULL, Word STRING(5) NOT NULL, Sound BYTES(3)) PRIMARY KEY (ID)`}
	words := read("Words", "ID Word Sound", allKeys())
	first := apply(insert("Words", "ID Word", row(1, "a")))
	show(t, ddl,
		behaviour{"NOT NULL", []step{
			apply(insert("Words", "ID", row(1))).fails(codes.FailedPrecondition, "Word"), apply(insert("Words", "ID Word", row(1, nil))).fails(codes.FailedPrecondition, "Word"), words.gives()}},
		behaviour{"of an upsert and a replacement", []step{
			first, apply(upsert("Words", "ID Sound", row(1, []byte("b")))).fails(codes.FailedPrecondition), apply(replace("Words", "ID Sound", row(1, []byte("b")))).fails(codes.FailedPrecondition), words.gives("1 a NULL")}},
		behaviour{"of an update", []step{first, apply(update("Words", "ID Sound", row(1, []byte("b")))), words.gives("1 a Yg=="), apply(update("Words", "ID Word", row(1, nil))).fails(codes.FailedPrecondition)}},
		behaviour{"characters and bytes", []step{
			apply(insert("Words", "ID Word", row(1, "🀡🁢🂣🃤🄥"))), apply(insert("Words", "ID Word", row(2, "abcdef"))).fails(codes.FailedPrecondition),
			apply(update("Words", "ID Sound", row(1, []byte("abc")))), apply(update("Words", "ID Sound", row(1, []byte("🀡")))).fails(codes.FailedPrecondition)}},
		behaviour{"columns named twice", []step{
			apply(insert("Words", "ID ID Word", row(1, 1, "a"))).fails(codes.InvalidArgument), apply(insert("Words", "ID Word Word", row(1, "a", "b"))).fails(codes.InvalidArgument)}},
	)
	show(t, ddl, behaviour{"letters of names", []step{
		apply(insert("WORDS", "Id word", row(1, "a"))), apply(update("words", "iD woRD", row(1, "b"))), read("wORds", "iD WORD", allKeys()).gives("1 b"), ask("SELECT id, wORD FROM words").gives("1 b")}})
}

// TestCheckConstraints follows check_constraint_read_write.cc.
func TestCheckConstraints(t *testing.T) {
	ddl := []string{
		`CREATE TABLE T (K INT64, V INT64, S STRING(MAX), CONSTRAINT VPositive CHECK (V > 0), CONSTRAINT Shifted CHECK ((V << 1) > 0), CONSTRAINT SPositive CHECK (S > '0')) PRIMARY KEY (K)`,
		`CREATE TABLE G (K INT64, V INT64, G1 INT64 AS (V) STORED, G2 INT64 AS (G1) STORED, G3 INT64 AS (V + 5) STORED,
		 CONSTRAINT G1Positive CHECK (G1 > 0), CONSTRAINT G2Positive CHECK (G2 > 0), CONSTRAINT G3OverTen CHECK (G3 > 10)) PRIMARY KEY (K)`,
	}
	plain, generated := read("T", "K V S", allKeys()), read("G", "K V G1 G2 G3", allKeys())
	first := apply(insert("T", "K V S", row(1, 10, "10")), insert("G", "K V", row(1, 10)))
	v, s, g := "Check constraint `T`.`VPositive` is violated", "Check constraint `T`.`SPositive` is violated", "Check constraint `G`.`G3OverTen` is violated"
	show(t, ddl,
		behaviour{"insert", []step{first, plain.gives("1 10 10"), generated.gives("1 10 10 10 15")}},
		behaviour{"NULL", []step{apply(insert("T", "K V", row(1, nil)), insert("G", "K V", row(1, nil))), plain.gives("1 NULL NULL"), generated.gives("1 NULL NULL NULL NULL")}},
		behaviour{"insert what breaks it", []step{
			apply(insert("T", "K V", row(1, -1))).fails(codes.OutOfRange, v), apply(insert("T", "K S", row(1, "-1"))).fails(codes.OutOfRange, s), apply(insert("G", "K V", row(1, 1))).fails(codes.OutOfRange, g)}},
		behaviour{"update", []step{first, apply(update("T", "K V S", row(1, 5, "5")), update("G", "K V", row(1, 15))), plain.gives("1 5 5"), generated.gives("1 15 15 15 20")}},
		behaviour{"update to NULL", []step{first, apply(update("T", "K V S", row(1, nil, nil)), update("G", "K V", row(1, nil))), plain.gives("1 NULL NULL"), generated.gives("1 NULL NULL NULL NULL")}},
		behaviour{"update to what breaks it", []step{
			first, apply(update("T", "K V", row(1, -1))).fails(codes.OutOfRange, v), apply(update("T", "K S", row(1, "-1"))).fails(codes.OutOfRange, s), apply(update("G", "K V", row(1, 1))).fails(codes.OutOfRange, g)}},
		behaviour{"update of no row", []step{apply(update("T", "K V", row(1, 10))).fails(codes.NotFound)}},
		behaviour{"upsert", []step{
			apply(upsert("T", "K V S", row(1, 10, "10"))), apply(upsert("T", "K V", row(1, 5))), plain.gives("1 5 10"),
			apply(upsert("T", "K V S", row(1, -1, "10"))).fails(codes.OutOfRange, v), apply(upsert("T", "K V S", row(1, 10, "-1"))).fails(codes.OutOfRange, s)}},
		behaviour{"replace", []step{
			first, apply(replace("T", "K V S", row(1, 5, "5"))), plain.gives("1 5 5"), apply(replace("T", "K V S", row(1, -1, "10"))).fails(codes.OutOfRange, v), apply(replace("T", "K S", row(1, "-1"))).fails(codes.OutOfRange, s)}},
		behaviour{"DML", []step{
			do("INSERT INTO T (K, V, S) VALUES (1, 1, '1')"), do("UPDATE T SET V = 2, S = '2' WHERE K = 1"), do("INSERT INTO G (K, V) VALUES (1, 10)"), do("UPDATE G SET V = 20 WHERE K = 1"), commit(), plain.gives("1 2 2"), generated.gives("1 20 20 20 25"),
			change("INSERT INTO T (K, V) VALUES (2, -1)").fails(codes.OutOfRange, v), change("INSERT INTO G (K, V) VALUES (2, 1)").fails(codes.OutOfRange, g)}},
		behaviour{"at the end of the commit", []step{
			apply(insert("T", "K V S", row(1, -1, "1")), update("T", "K V S", row(1, 1, "-2")), update("T", "K V S", row(1, 2, "2")), insert("T", "K V S", row(2, -1, "1")), remove("T", keys(row(2)))), plain.gives("1 2 2"),
			apply(insert("G", "K V", row(1, 0)), update("G", "K V", row(1, 10))), generated.gives("1 10 10 10 15")}},
	)
}
