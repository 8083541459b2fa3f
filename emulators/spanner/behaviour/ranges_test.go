package behaviour_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

var rangesDDL = append([]string{
	`CREATE TABLE Ages (ID INT64, Age INT64) PRIMARY KEY (ID)`,
	`CREATE TABLE Exact (K NUMERIC, V STRING(MAX)) PRIMARY KEY (K)`,
	`CREATE TABLE Lessons (School INT64 NOT NULL, Pupil INT64, Lesson STRING(MAX), Name STRING(MAX)) PRIMARY KEY (School, Pupil DESC, Lesson)`,
}, threadsDDL...)

const (
	least    = "-99999999999999999999999999999.999999999"
	greatest = "99999999999999999999999999999.999999999"
)

// bounds is a range, and the rows that it holds.
type bounds struct {
	ends     string
	from, to []any
	holds    []string
}

// TestRangeReads follows range_reads.cc: each kind of end, NULL, and keys without parts.
func TestRangeReads(t *testing.T) {
	seed := apply(
		insert("Ages", "ID Age", row(nil, 20), row(1, 22), row(2, 41), row(4, 33), row(5, 18)),
		insert("Exact", "K V", row(nil, "null"), row(least, "least"), row("-1.23", "below"), row("0", "zero"), row("1.23", "above"), row(greatest, "greatest")))
	ages, exact := []step{seed}, []step{seed}
	for _, b := range []bounds{
		{"[]", row(nil), row(1), []string{"20", "22"}}, {"[)", row(nil), row(1), []string{"20"}}, {"(]", row(nil), row(1), []string{"22"}}, {"()", row(nil), row(2), []string{"22"}},
		{"[]", row(), row(1), []string{"20", "22"}}, {"(]", row(), row(1), nil}, {"(]", row(1), row(), []string{"41", "33", "18"}}, {"[)", row(1), row(), nil},
		{"[)", row(), row(1), []string{"20"}}, {"[]", row(), row(), []string{"20", "22", "41", "33", "18"}}, {"()", row(), row(), nil}, {"[]", row(4), row(2), nil}, {"[)", row(3), row(5), []string{"33"}},
	} {
		ages = append(ages, read("Ages", "Age", between(b.ends, b.from, b.to)).gives(b.holds...))
	}
	for _, b := range []bounds{
		{"[]", row(nil), row("1.23"), []string{"null", "least", "below", "zero", "above"}}, {"[)", row(nil), row("1.23"), []string{"null", "least", "below", "zero"}},
		{"(]", row(nil), row("1.23"), []string{"least", "below", "zero", "above"}}, {"()", row(nil), row("1.23"), []string{"least", "below", "zero"}},
		{"[]", row("-1.23"), row("1.23"), []string{"below", "zero", "above"}}, {"[)", row("-1.23"), row("1.23"), []string{"below", "zero"}},
		{"(]", row("-1.23"), row("1.23"), []string{"zero", "above"}}, {"()", row("-1.23"), row("1.23"), []string{"zero"}},
		{"[]", row(), row("0"), []string{"null", "least", "below", "zero"}}, {"(]", row(), row("0"), nil}, {"(]", row("0"), row(), []string{"above", "greatest"}},
		{"[)", row("0"), row(), nil}, {"[)", row(), row("0"), []string{"null", "least", "below"}}, {"[]", row(), row(), []string{"null", "least", "below", "zero", "above", "greatest"}},
	} {
		exact = append(exact, read("Exact", "V", between(b.ends, b.from, b.to)).gives(b.holds...))
	}
	show(t, rangesDDL,
		behaviour{"of INT64", ages},
		behaviour{"of NUMERIC", exact},
		behaviour{"points and all", []step{
			seed, read("Ages", "ID Age", keys(row(1))).gives("1 22"), read("Exact", "K", keys(row("1.230"), row(nil))).gives("NULL", "1.23"),
			read("Ages", "ID Age", allKeys()).gives("NULL 20", "1 22", "2 41", "4 33", "5 18"), read("Exact", "V", allKeys()).gives("null", "least", "below", "zero", "above", "greatest")}},
	)
}

// TestRangeDeletes follows range_delete.cc and delete_range.cc.
func TestRangeDeletes(t *testing.T) {
	seed := apply(
		insert("Users", "UserID", row(1), row(2), row(3)),
		insert("Threads", "UserID ThreadID", row(1, 1), row(1, 2), row(1, 3), row(1, 4), row(2, 1), row(2, 2), row(3, 1)))
	threads := read("Threads", "UserID ThreadID", allKeys())
	all := []string{"1 1", "1 2", "1 3", "1 4", "2 1", "2 2", "3 1"}
	deleted := func(b bounds) []step {
		return []step{seed, apply(remove("Threads", between(b.ends, b.from, b.to))), threads.gives(b.holds...)}
	}
	refused := []step{seed, apply(insert("Lessons", "School Pupil Lesson", row(1, 2, "new"), row(2, 3, "old")))}
	for _, b := range []bounds{{"[]", row(1, 3), row(2, 2), nil}, {"[]", row(1, 2), row(2, 1), nil}, {"()", row(1, 2), row(2, 1), nil}} {
		refused = append(refused, apply(remove("Threads", between(b.ends, b.from, b.to))).fails(codes.Unimplemented))
	}
	for _, b := range []bounds{
		{"[)", row(1, 2, "a"), row(1, 3, "b"), nil}, {"[)", row(1), row(1, 3, "b"), nil}, {"[]", row(1, 2, "a"), row(2), nil}, {"[]", row(), row(2, 3), nil}, {"[]", row(2, 3), row(), nil},
	} {
		refused = append(refused, apply(remove("Lessons", between(b.ends, b.from, b.to))).fails(codes.Unimplemented))
	}
	refused = append(refused, threads.gives(all...), read("Lessons", "Lesson", allKeys()).gives("new", "old"))
	show(t, rangesDDL,
		behaviour{"a point", []step{seed, apply(remove("Threads", keys(row(2, 2)))), threads.gives("1 1", "1 2", "1 3", "1 4", "2 1", "3 1")}},
		behaviour{"within a prefix", deleted(bounds{"[)", row(1, 1), row(1, 4), []string{"1 4", "2 1", "2 2", "3 1"}})},
		behaviour{"of an empty table", []step{apply(remove("Threads", between("()", row(1, 2), row(1, 1)))), threads.gives()}},
		behaviour{"an empty range", deleted(bounds{"()", row(1, 2), row(1, 1), all})},
		behaviour{"closed and open prefixes", deleted(bounds{"[)", row(1), row(2), []string{"2 1", "2 2", "3 1"}})},
		behaviour{"closed prefixes", deleted(bounds{"[]", row(1), row(2), []string{"3 1"}})},
		behaviour{"open prefixes", deleted(bounds{"()", row(1), row(3), []string{"1 1", "1 2", "1 3", "1 4", "3 1"}})},
		behaviour{"open and closed prefixes", deleted(bounds{"(]", row(1), row(2), []string{"1 1", "1 2", "1 3", "1 4", "3 1"}})},
		behaviour{"a prefix", deleted(bounds{"[]", row(2), row(2), []string{"1 1", "1 2", "1 3", "1 4", "3 1"}})},
		behaviour{"an open prefix", deleted(bounds{"()", row(1), row(1), all})},
		behaviour{"ends of other lengths", deleted(bounds{"[]", row(1, 1), row(1), []string{"2 1", "2 2", "3 1"}})},
		behaviour{"all", []step{seed, apply(remove("Threads", allKeys())), threads.gives()}},
		behaviour{"not where the ends differ before their last parts", refused},
	)
}
