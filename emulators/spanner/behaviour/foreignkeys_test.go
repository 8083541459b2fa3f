package behaviour_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// TestForeignKeys follows foreign_key_transactions.cc: they hold at the end of
// a commit, and after each DML statement.
func TestForeignKeys(t *testing.T) {
	ddl := []string{
		`CREATE TABLE T (A INT64, B INT64) PRIMARY KEY (A, B)`,
		`CREATE TABLE U (X INT64, Y INT64, FOREIGN KEY (Y, X) REFERENCES T (A, B), CONSTRAINT Loose FOREIGN KEY (X, Y) REFERENCES T (A, B) NOT ENFORCED) PRIMARY KEY (X)`,
		`CREATE TABLE Parent (A INT64 NOT NULL) PRIMARY KEY (A)`,
		`CREATE TABLE Child (A INT64 NOT NULL, B INT64 NOT NULL) PRIMARY KEY (A, B), INTERLEAVE IN PARENT Parent ON DELETE CASCADE`,
		`CREATE TABLE Referring (X INT64 NOT NULL, FOREIGN KEY (X) REFERENCES Child (B)) PRIMARY KEY (X)`,
		`CREATE TABLE N (A NUMERIC, B NUMERIC) PRIMARY KEY (A, B)`,
		`CREATE TABLE M (X NUMERIC, Y NUMERIC, FOREIGN KEY (Y, X) REFERENCES N (A, B)) PRIMARY KEY (X)`,
	}
	target, source := insert("T", "A B", row(1, 2)), insert("U", "X Y", row(2, 1))
	both := apply(target, source)
	family := apply(insert("Parent", "A", row(1), row(2)), insert("Child", "A B", row(1, 2)), insert("Referring", "X", row(2)))
	none := codes.FailedPrecondition
	show(t, ddl,
		behaviour{"in any order", []step{apply(source, target), read("U", "X", allKeys()).gives("2")}},
		behaviour{"no row", []step{apply(insert("U", "X Y", row(1, 2)), target).fails(none), read("T", "A", allKeys()).gives()}},
		behaviour{"a row, at last", []step{apply(insert("U", "X Y", row(2, 2)), target, update("U", "X Y", row(2, 1)))}},
		behaviour{"no row, at last", []step{apply(source, target, update("U", "X Y", row(2, 2))).fails(none)}},
		behaviour{"gone again", []step{apply(insert("U", "X Y", row(1, 2)), remove("U", keys(row(1))))}},
		behaviour{"updates", []step{both, apply(update("U", "X Y", row(2, 3))).fails(none), apply(insert("T", "A B", row(3, 2))), apply(update("U", "X Y", row(2, 3)))}},
		behaviour{"updated and gone", []step{both, apply(update("U", "X Y", row(2, 3)), remove("U", keys(row(2))))}},
		behaviour{"deletions", []step{
			both, apply(remove("T", keys(row(1, 2)))).fails(none), apply(remove("T", between("[]", row(1), row(1)))).fails(none), apply(remove("T", keys(row(-1, -1)))), apply(remove("T", keys(row(1, 2))), remove("U", keys(row(2))))}},
		behaviour{"NULL refers to nothing", []step{
			apply(insert("U", "X Y", row(2, nil))), apply(update("U", "X Y", row(2, 1))).fails(none), apply(target), apply(update("U", "X Y", row(2, 1))), apply(update("U", "X Y", row(2, nil))),
			apply(insert("T", "A B", row(1, nil)), insert("U", "X Y", row(nil, 1))), apply(remove("T", keys(row(1, nil))))}},
		behaviour{"a cascade into a row that is referred to", []step{
			family, apply(remove("Parent", keys(row(1)))).fails(none), apply(remove("Parent", keys(row(1))), remove("Referring", keys(row(2)))), read("Child", "A", allKeys()).gives()}},
		behaviour{"another row takes its place", []step{family, apply(remove("Child", keys(row(1, 2))), insert("Child", "A B", row(2, 2))), read("Child", "A B", allKeys()).gives("2 2")}},
		behaviour{"DML inserts in order", []step{
			do("INSERT T (A, B) VALUES (1, 2)"), do("INSERT U (X, Y) VALUES (2, 1)"), commit(), begin(), do("INSERT U (X, Y) VALUES (3, 1)").fails(none), commit().fails(none)}},
		behaviour{"DML updates", []step{both, change("UPDATE U SET Y = 3 WHERE X = 2").fails(none), apply(insert("T", "A B", row(3, 2))), change("UPDATE U SET Y = 3 WHERE X = 2")}},
		behaviour{"DML deletes", []step{both, change("DELETE T WHERE A = 1").fails(none), do("DELETE U WHERE X = 2"), do("DELETE T WHERE A = 1"), commit()}},
		behaviour{"NUMERIC", []step{
			apply(insert("M", "X Y", row("123.456", "-9.5")), insert("N", "A B", row("-9.50", "123.4560"))), apply(insert("M", "X Y", row("-9.5", "123.456"))).fails(none), apply(insert("N", "A B", row("-9.5", "123.456"))).fails(codes.AlreadyExists)}},
	)
}

// TestForeignKeysOfRows follows foreign_key_verifiers.cc: constraints added to tables with rows.
func TestForeignKeysOfRows(t *testing.T) {
	ddl := []string{`CREATE TABLE T (A INT64 NOT NULL, B INT64) PRIMARY KEY (A)`, `CREATE TABLE U (X INT64 NOT NULL, Y INT64) PRIMARY KEY (X)`}
	type added struct {
		name, constraint string
		t, u             [][]any
		breaks           bool
	}
	one := [][]any{row(1, 2)}
	for _, a := range []added{
		{"both", "(X, Y) REFERENCES T(A, B)", one, one, false}, {"of other columns", "(Y) REFERENCES T(B)", one, [][]any{row(3, 2)}, false}, {"of the key", "(Y) REFERENCES T(A)", one, [][]any{row(3, 1)}, false},
		{"by the key", "(X) REFERENCES T(B)", one, [][]any{row(2, 4)}, false}, {"no row", "(X, Y) REFERENCES T(A, B)", one, [][]any{row(1, 3)}, true}, {"turned round", "(Y, X) REFERENCES T(A, B)", one, [][]any{row(2, 1)}, false},
		{"turned round, no row", "(Y, X) REFERENCES T(A, B)", one, one, true}, {"of the key, no row", "(Y) REFERENCES T(A)", one, [][]any{row(3, 4)}, true}, {"by the key, no row", "(X) REFERENCES T(B)", one, [][]any{row(3, 4)}, true},
		{"nothing", "(Y) REFERENCES T(B)", nil, nil, false}, {"NULL", "(X, Y) REFERENCES T(A, B)", nil, [][]any{row(1, nil)}, false}, {"nothing refers", "(Y) REFERENCES T(B)", one, nil, false},
		{"not unique", "(X) REFERENCES T(B)", [][]any{row(1, 2), row(3, 2)}, nil, true},
	} {
		add := alter("ALTER TABLE U ADD FOREIGN KEY " + a.constraint)
		if a.breaks {
			add = add.fails(codes.FailedPrecondition)
		}
		show(t, ddl, behaviour{a.name, []step{apply(insert("T", "A B", a.t...), insert("U", "X Y", a.u...)), add}})
	}
	create := alter("CREATE TABLE V (X INT64, FOREIGN KEY (X) REFERENCES T(B)) PRIMARY KEY (X)")
	show(t, ddl,
		behaviour{"with a table", []step{apply(insert("T", "A B", row(1, 2), row(3, 4))), create}},
		behaviour{"with a table, not unique", []step{apply(insert("T", "A B", row(1, 2), row(3, 2))), create.fails(codes.FailedPrecondition)}})
}

// TestForeignKeyActions follows foreign_key_actions.cc: ON DELETE CASCADE.
func TestForeignKeyActions(t *testing.T) {
	ddl := []string{
		`CREATE TABLE T (ID INT64 NOT NULL, S STRING(MAX)) PRIMARY KEY (ID)`,
		`CREATE TABLE ByKey (ID INT64 NOT NULL, FOREIGN KEY (ID) REFERENCES T(ID) ON DELETE CASCADE) PRIMARY KEY (ID)`,
		`CREATE TABLE ByColumn (ID INT64 NOT NULL, V INT64, FOREIGN KEY (V) REFERENCES T(ID) ON DELETE CASCADE) PRIMARY KEY (ID)`,
		`CREATE TABLE W (ID INT64 NOT NULL, S STRING(MAX)) PRIMARY KEY (ID)`,
		`CREATE TABLE KeyToColumn (S STRING(MAX) NOT NULL, FOREIGN KEY (S) REFERENCES W(S) ON DELETE CASCADE) PRIMARY KEY (S DESC)`,
		`CREATE TABLE ColumnToColumn (ID INT64 NOT NULL, S STRING(MAX), FOREIGN KEY (S) REFERENCES W(S) ON DELETE CASCADE) PRIMARY KEY (ID)`,
		`CREATE TABLE Leaf (S STRING(MAX) NOT NULL, N INT64 NOT NULL) PRIMARY KEY (S DESC, N), INTERLEAVE IN PARENT KeyToColumn ON DELETE CASCADE`,
		`CREATE TABLE Q (ID INT64 NOT NULL, S STRING(MAX)) PRIMARY KEY (ID)`,
		`CREATE TABLE Held (ID INT64 NOT NULL, S STRING(MAX), FOREIGN KEY (S) REFERENCES Q(S)) PRIMARY KEY (ID)`,
		`CREATE TABLE Pair (A INT64 NOT NULL, B INT64 NOT NULL) PRIMARY KEY (A, B)`,
		`CREATE TABLE Turned (A INT64 NOT NULL, B INT64 NOT NULL, FOREIGN KEY (A, B) REFERENCES Pair(B, A) ON DELETE CASCADE) PRIMARY KEY (A DESC, B)`,
	}
	seed := apply(insert("T", "ID", row(1), row(2)), insert("W", "ID S", row(1, "a"), row(2, "b")), insert("Q", "ID S", row(1, "a"), row(2, "b")))
	none := codes.FailedPrecondition
	show(t, ddl,
		behaviour{"rows that refer by keys", []step{seed, apply(insert("ByKey", "ID", row(1), row(2))), apply(remove("T", keys(row(1)))), read("ByKey", "ID", allKeys()).gives("2")}},
		behaviour{"by columns", []step{seed, apply(insert("ByColumn", "ID V", row(10, 1), row(20, 2))), apply(remove("T", keys(row(1)))), read("ByColumn", "ID V", allKeys()).gives("20 2")}},
		behaviour{"keys to columns", []step{seed, apply(insert("KeyToColumn", "S", row("a"), row("b"))), apply(remove("W", keys(row(1)))), read("KeyToColumn", "S", allKeys()).gives("b")}},
		behaviour{"columns to columns", []step{seed, apply(insert("ColumnToColumn", "ID S", row(10, "a"), row(20, "b"))), apply(remove("W", keys(row(1)))), read("ColumnToColumn", "ID", allKeys()).gives("20")}},
		behaviour{"and on to children", []step{seed, apply(insert("KeyToColumn", "S", row("a"), row("b")), insert("Leaf", "S N", row("a", 1), row("b", 2))), apply(remove("W", keys(row(1)))), read("Leaf", "S N", allKeys()).gives("b 2")}},
		behaviour{"columns in another order, by ranges", []step{
			apply(insert("Pair", "A B", row(1, 3), row(2, 1)), insert("Turned", "A B", row(1, 2))), apply(remove("Pair", between("(]", row(0), row(2)))), read("Turned", "A", allKeys()).gives()}},
		behaviour{"not what the commit inserts", []step{apply(insert("T", "ID", row(1), row(2)), remove("T", keys(row(1)))).fails(none)}},
		behaviour{"nor into a deleted range", []step{
			apply(insert("T", "ID", row(1))), apply(remove("T", between("[]", row(2), row(3))), insert("T", "ID", row(2), row(4))).fails(none), read("T", "ID", allKeys()).gives("1")}},
		behaviour{"nor what it updates or replaces", []step{
			seed, apply(update("W", "ID S", row(2, "c")), remove("W", between("[]", row(1), row(2)))).fails(none), apply(replace("W", "ID S", row(2, "c")), remove("W", between("[]", row(1), row(2)))).fails(none), read("W", "ID", allKeys()).gives("1", "2")}},
		behaviour{"other rows it does", []step{
			seed, apply(insert("T", "ID", row(3)), remove("T", keys(row(1))), insert("ByKey", "ID", row(3))), apply(update("W", "ID S", row(2, "c")), remove("W", keys(row(1))), insert("ColumnToColumn", "ID S", row(10, "c"))),
			apply(update("W", "ID", row(2))), read("T", "ID", allKeys()).gives("2", "3"), read("ColumnToColumn", "ID", allKeys()).gives("10")}},
		behaviour{"DML does", []step{do("INSERT INTO T (ID) VALUES (1)"), do("INSERT INTO T (ID) VALUES (2)"), do("DELETE FROM T WHERE ID = 1").counts(1), commit(), read("T", "ID", allKeys()).gives("2")}},
		behaviour{"NO ACTION holds nothing of that", []step{
			seed, apply(update("Q", "ID S", row(2, "c")), remove("Q", between("(]", row(1), row(2))), insert("Held", "ID S", row(10, "a"))), apply(remove("Q", keys(row(1)))).fails(none), read("Q", "ID", allKeys()).gives("1"),
			apply(insert("Q", "ID S", row(2, "b"))), apply(replace("Q", "ID S", row(2, "c")), remove("Q", between("(]", row(1), row(2)))), read("Held", "ID", allKeys()).gives("10")}},
	)
}
