package behaviour_test

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

var indexesDDL = []string{
	`CREATE TABLE Users (ID INT64 NOT NULL, Name STRING(MAX), Age INT64, Money NUMERIC, Settings JSON) PRIMARY KEY (ID)`,
	`CREATE INDEX ByName ON Users(Name)`,
	`CREATE INDEX ByNameDown ON Users(Name DESC)`,
	`CREATE INDEX ByMoney ON Users(Money)`,
	`CREATE INDEX ByNameWithAll ON Users(Name) STORING (Money, Settings)`,
	`CREATE NULL_FILTERED INDEX ByBoth ON Users(Name, Age)`,
	`CREATE UNIQUE INDEX OnceBoth ON Users(Name, Age)`,
	`CREATE UNIQUE NULL_FILTERED INDEX OnceName ON Users(Name)`,
	`CREATE INDEX WhereBoth ON Users(Name, Age) WHERE Name IS NOT NULL AND Age IS NOT NULL`,
	`CREATE INDEX WhereAge ON Users(Name) STORING (Age) WHERE Age IS NOT NULL`,
	`CREATE TABLE One (A INT64) PRIMARY KEY ()`,
	`CREATE INDEX OneByA ON One(A)`,
}

// TestIndexes follows index_read_write.cc.
func TestIndexes(t *testing.T) {
	seed := apply(insert("Users", "ID Name Age Money Settings",
		row(0, "a", 20, "-9999999999999999123.456789", `{"role":"b"}`), row(1, "j", 22, "123.456789", nil), row(2, "p", 41, "0", `{"floor":2}`), row(4, "m", 33, "999999999.456789", "null"), row(5, nil, 18, nil, nil)))
	byName := read("Users@ByName", "Name ID", allKeys())
	nulls := apply(insert("Users", "ID Name Age", row(0, "a", 20), row(1, "", 22), row(2, nil, 41), row(3, "j", 28), row(4, "m", nil)))
	show(t, indexesDDL,
		behaviour{"ascending and descending", []step{
			seed, byName.gives("NULL 5", "a 0", "j 1", "m 4", "p 2"), read("Users@ByNameDown", "Name ID", allKeys()).gives("p 2", "m 4", "j 1", "a 0", "NULL 5"),
			read("Users@ByNameDown", "ID", between("[]", row("p"), row("j"))).gives("2", "4", "1"), read("Users@ByNameDown", "ID", between("[]", row("j"), row("p"))).gives()}},
		behaviour{"updated", []step{seed, apply(update("Users", "ID Name", row(2, "s"), row(4, "al"))), byName.gives("NULL 5", "a 0", "al 4", "j 1", "s 2")}},
		behaviour{"deleted", []step{
			seed, apply(remove("Users", keys(row(0), row(2)))), byName.gives("NULL 5", "j 1", "m 4"), apply(remove("Users", allKeys())), byName.gives(), read("Users@ByMoney", "Money", allKeys()).gives()}},
		behaviour{"empty", []step{byName.gives(), read("Users", "ID", allKeys()).gives()}},
		behaviour{"NULL left out", []step{
			nulls, read("Users@ByBoth", "Name Age ID", allKeys()).gives(" 22 1", "a 20 0", "j 28 3"), read("Users@WhereBoth", "Name Age ID", allKeys()).gives(" 22 1", "a 20 0", "j 28 3"),
			read("Users@WhereAge", "Name Age ID", allKeys()).gives("NULL 41 2", " 22 1", "a 20 0", "j 28 3")}},
		behaviour{"unique", []step{
			nulls, apply(insert("Users", "ID Name Age", row(6, "a", 20))).fails(codes.AlreadyExists), apply(insert("Users", "ID Name Age", row(6, nil, 41))).fails(codes.AlreadyExists, "OnceBoth"),
			apply(insert("Users", "ID Name Age", row(6, nil, 43))), read("Users@OnceBoth", "Name Age ID", allKeys()).gives("NULL 41 2", "NULL 43 6", " 22 1", "a 20 0", "j 28 3", "m NULL 4")}},
		behaviour{"unique without NULL", []step{
			nulls, apply(insert("Users", "ID Name Age", row(6, "", 1))).fails(codes.AlreadyExists, "OnceName"), apply(insert("Users", "ID Name Age", row(6, nil, 43))),
			read("Users@OnceName", "Name ID", allKeys()).gives(" 1", "a 0", "j 3", "m 4")}},
		behaviour{"unique with NULL that are not named", []step{
			apply(insert("Users", "ID", row(0))), apply(insert("Users", "ID", row(1))).fails(codes.AlreadyExists, "OnceBoth"),
			apply(upsert("Users", "ID", row(0)), insert("Users", "ID", row(1))).fails(codes.AlreadyExists, "OnceBoth")}},
		behaviour{"unique within a commit", []step{apply(insert("Users", "ID Name", row(0, "a"), row(1, "a"))).fails(codes.AlreadyExists), byName.gives()}},
		behaviour{"unique values swapped", []step{
			nulls, apply(remove("Users", keys(row(0))), insert("Users", "ID Name Age", row(9, "a", 20))), read("Users@OnceName", "ID", keys(row("a"))).gives("9")}},
		behaviour{"of a table of one row", []step{apply(insert("One", "A", row(20))), apply(insert("One", "A", row(30))).fails(codes.AlreadyExists), read("One@OneByA", "A", allKeys()).gives("20")}},
		behaviour{"too large a key", []step{apply(insert("Users", "ID Name", row(1, strings.Repeat("a", 8192)))).fails(codes.InvalidArgument), byName.gives()}},
		behaviour{"NUMERIC and JSON", []step{
			seed, read("Users@ByMoney", "Money", allKeys()).gives("NULL", "-9999999999999999123.456789", "0", "123.456789", "999999999.456789"),
			read("Users@ByNameWithAll", "Money Settings", keys(row("a"), row("m"), row("p"))).gives(`-9999999999999999123.456789 {"role":"b"}`, "999999999.456789 null", `0 {"floor":2}`)}},
		behaviour{"columns that it does not hold", []step{
			read("Users@ByName", "Age", allKeys()).fails(codes.Unimplemented), read("Users@Nothing", "Name", allKeys()).fails(codes.NotFound, "Nothing"), read("One@ByName", "A", allKeys()).fails(codes.NotFound)}},
	)
}

// TestIndexBackfill follows index_backfill.cc: indexes of tables with rows.
func TestIndexBackfill(t *testing.T) {
	ddl := []string{
		`CREATE TABLE Users (ID INT64 NOT NULL, Name STRING(MAX), Age INT64, Money NUMERIC) PRIMARY KEY (ID)`,
		`CREATE TABLE Photos (ID INT64 NOT NULL, Photo INT64 NOT NULL, Name STRING(MAX)) PRIMARY KEY (ID, Photo), INTERLEAVE IN PARENT Users ON DELETE CASCADE`,
	}
	seed := apply(insert("Users", "ID Name Age Money", row(1, "a", 20, "123.456789"), row(2, "a", 25, "0"), row(3, "b", 20, "999.1"), row(4, "b", nil, nil), row(5, nil, 30, "-1")))
	photos := apply(insert("Users", "ID", row(1)), insert("Photos", "ID Photo Name", row(1, 2, "a"), row(1, 3, "b")))
	show(t, ddl,
		behaviour{"unique", []step{seed, alter(`CREATE UNIQUE INDEX I ON Users(Name, Age)`), read("Users@I", "Name Age", allKeys()).gives("NULL 30", "a 20", "a 25", "b NULL", "b 20")}},
		behaviour{"not unique", []step{seed, alter(`CREATE UNIQUE INDEX I ON Users(Name)`).fails(codes.FailedPrecondition, "uniqueness"), read("Users@I", "Name", allKeys()).fails(codes.NotFound), alter(`CREATE INDEX I ON Users(Name)`)}},
		behaviour{"an index that is there", []step{seed, alter(`CREATE INDEX I ON Users(Name)`), alter(`CREATE INDEX I ON Users(Name)`).fails(codes.FailedPrecondition, "I")}},
		behaviour{"of an interleaved table", []step{photos, alter(`CREATE INDEX I ON Photos(Name, Photo, ID)`), read("Photos@I", "Name Photo ID", allKeys()).gives("a 2 1", "b 3 1")}},
		behaviour{"cascades reach it", []step{photos, alter(`CREATE INDEX I ON Photos(Name, Photo)`), apply(remove("Users", allKeys())), read("Photos@I", "Name Photo", allKeys()).gives()}},
		behaviour{"NULL left out", []step{seed, alter(`CREATE NULL_FILTERED INDEX I ON Users(Name, Age)`), read("Users@I", "Name Age", allKeys()).gives("a 20", "a 25", "b 20")}},
		behaviour{"stored columns", []step{seed, alter(`CREATE INDEX I ON Users(Name) STORING (Age)`), read("Users@I", "Name Age", allKeys()).gives("NULL 30", "a 20", "a 25", "b 20", "b NULL")}},
		behaviour{"stored NULL stay", []step{seed, alter(`CREATE NULL_FILTERED INDEX I ON Users(Name) STORING (Age)`), read("Users@I", "Name Age", allKeys()).gives("a 20", "a 25", "b 20", "b NULL")}},
		behaviour{"too large a key", []step{apply(insert("Users", "ID Name", row(1, strings.Repeat("a", 8192)))), alter(`CREATE INDEX I ON Users(Name)`).fails(codes.FailedPrecondition)}},
		behaviour{"unique NUMERIC", []step{
			seed, alter(`CREATE UNIQUE INDEX I ON Users(Money)`), read("Users@I", "ID Money", allKeys()).gives("4 NULL", "5 -1", "2 0", "1 123.456789", "3 999.1"),
			alter(`CREATE NULL_FILTERED INDEX J ON Users(Money)`), read("Users@J", "ID", allKeys()).gives("5", "2", "1", "3")}},
		behaviour{"NUMERIC that are not unique", []step{
			seed, apply(update("Users", "ID Money", row(2, "999.10"))), alter(`CREATE UNIQUE INDEX I ON Users(Money)`).fails(codes.FailedPrecondition, "Found uniqueness violation")}},
	)
}

// TestNegativeZero reads -0 as it was written, by the table and by indexes, and finds it as 0.
func TestNegativeZero(t *testing.T) {
	zero := math.Copysign(0, -1)
	ddl := []string{
		"CREATE TABLE T (K INT64, F FLOAT64, G FLOAT32) PRIMARY KEY (K)", "CREATE INDEX ByF ON T(F DESC)", "CREATE INDEX ByG ON T(G) STORING (F)",
		"CREATE TABLE Keyed (F FLOAT64, V INT64) PRIMARY KEY (F)", "CREATE INDEX ByV ON Keyed(V)",
	}
	fill := apply(insert("T", "K F G", row(1, zero, zero), row(2, 0.0, 0.0), row(3, -1.0, 1.0)), insert("Keyed", "F V", row(zero, 7)))
	show(t, ddl,
		behaviour{"the same by table and index", []step{fill, read("T", "F G", allKeys()).gives("-0 -0", "0 0", "-1 1"), read("T@ByF", "F K", allKeys()).gives("-0 1", "0 2", "-1 3"),
			read("T@ByG", "G F", allKeys()).gives("-0 -0", "0 0", "1 -1"), ask("SELECT F FROM T@{force_index=ByF} WHERE F = 0 ORDER BY K").gives("-0", "0"), ask("SELECT K FROM T@{force_index=ByF} WHERE F = -0.0 ORDER BY K").gives("1", "2")}},
		behaviour{"in a key", []step{fill, read("Keyed", "F V", keys(row(0.0))).gives("-0 7"), read("Keyed@ByV", "F V", allKeys()).gives("-0 7"), apply(insert("Keyed", "F V", row(0.0, 8))).fails(codes.AlreadyExists),
			apply(update("Keyed", "F V", row(0.0, 8))), read("Keyed", "F V", allKeys()).gives("0 8"), read("Keyed@ByV", "F V", allKeys()).gives("0 8")}},
		behaviour{"in an index made later", []step{fill, alter("CREATE INDEX Later ON T(F)"), read("T@Later", "F", allKeys()).gives("-1", "-0", "0")}},
	)
}
