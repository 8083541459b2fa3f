package behaviour_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// many writes n texts, each of its number, with commas between.
func many(n int, format string) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(out, ", ")
}

// TestLimits follows limits.cc.
func TestLimits(t *testing.T) {
	long := strings.Repeat("n", 129)
	const wrong, held = codes.InvalidArgument, codes.FailedPrecondition
	ddl := []string{
		"CREATE TABLE T (K INT64 NOT NULL, S STRING(MAX)) PRIMARY KEY (K)",
		"CREATE TABLE Keyed (A STRING(MAX), B STRING(MAX), C STRING(MAX)) PRIMARY KEY (A, B)",
		"CREATE TABLE Indexed (K INT64, A STRING(MAX), B STRING(MAX)) PRIMARY KEY (K)", "CREATE INDEX ByAB ON Indexed(A, B)",
		"CREATE TABLE Large (K INT64, B BYTES(MAX)) PRIMARY KEY (K)",
	}
	chain := func(n int) []string {
		out := []string{"CREATE TABLE C0 (K INT64 NOT NULL) PRIMARY KEY (K)"}
		for i := 1; i < n; i++ {
			out = append(out, fmt.Sprintf("CREATE TABLE C%d (%s, K INT64 NOT NULL, K%d INT64) PRIMARY KEY (K, %s), INTERLEAVE IN PARENT C%d", i, many(i, "X%d INT64"), i, many(i, "X%d"), i-1))
		}
		return out
	}
	text := func(n int) string { return strings.Repeat("x", n) }
	show(t, ddl,
		behaviour{"columns of a table", []step{
			alter("CREATE TABLE X (" + many(1025, "C%d INT64") + ") PRIMARY KEY ()").fails(held), alter("CREATE TABLE X (" + many(1024, "C%d INT64") + ") PRIMARY KEY ()")}},
		behaviour{"names", []step{
			alter("CREATE TABLE " + long + " (K INT64) PRIMARY KEY (K)").fails(wrong), alter("CREATE TABLE X (K INT64, " + long + " INT64) PRIMARY KEY (K)").fails(wrong),
			alter("CREATE INDEX " + long + " ON T(S)").fails(wrong), alter("CREATE INDEX " + long[1:] + " ON T(S)")}},
		behaviour{"indexes of a table", []step{
			alter(strings.Split(many(128, "CREATE INDEX X%d ON T(S)"), ", ")...), alter("CREATE INDEX X ON T(S)").fails(held)}},
		behaviour{"columns of a key", []step{
			alter("CREATE TABLE X (" + many(17, "C%d INT64") + ") PRIMARY KEY (" + many(17, "C%d") + ")").fails(wrong),
			alter("CREATE TABLE X (" + many(17, "C%d INT64") + ") PRIMARY KEY (" + many(16, "C%d") + ")"),
			alter("CREATE TABLE Y (" + many(17, "C%d INT64") + ") PRIMARY KEY (C0)"), alter("CREATE INDEX Z ON Y(" + many(17, "C%d") + ")").fails(wrong)}},
		behaviour{"size of a key", []step{
			apply(insert("Keyed", "A B", row(text(8192), nil))).fails(wrong), apply(insert("Keyed", "A B", row(text(4097), text(4097)))).fails(wrong), apply(insert("Keyed", "A B", row(text(4000), text(4000)))),
			apply(insert("Indexed", "K A B", row(1, text(8192), nil))).fails(wrong), apply(insert("Indexed", "K A B", row(1, text(4097), text(4097)))).fails(wrong)}},
		behaviour{"depth of interleaving", []step{alter(chain(7)...), alter(chain(8)[7]).fails(held)}},
		behaviour{"size of a value", []step{
			apply(insert("Large", "K B", row(1, make([]byte, 10<<20)))), ask("SELECT LENGTH(B), ARRAY_LENGTH(ARRAY(SELECT AS STRUCT B FROM Large)) FROM Large").gives("10485760 1"),
			apply(insert("Large", "K B", row(2, make([]byte, 10<<20+1)))).fails(held)}},
	)
}
