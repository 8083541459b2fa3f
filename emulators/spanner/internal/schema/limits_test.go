package schema

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

func numbered(n int, format, separator string) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(out, separator)
}

func TestLimitsOfTheSchema(t *testing.T) {
	table := "CREATE TABLE T (%s) PRIMARY KEY (%s)"
	columns := numbered(maxColumns, "C%d INT64", ", ")
	applied(t, Empty("db"), fmt.Sprintf(table, columns, numbered(maxKeyColumns, "C%d", ", ")))
	c := applied(t, Empty("db"), fmt.Sprintf(table, columns, numbered(maxKeyColumns-1, "C%d", ", ")))
	refused(t, c, codes.InvalidArgument, "CREATE INDEX I ON T (C20, C21)")
	refused(t, c, codes.FailedPrecondition, "ALTER TABLE T ADD COLUMN OneMore INT64")
	refused(t, c, codes.InvalidArgument, fmt.Sprintf("CREATE INDEX I ON T (%s)", numbered(maxKeyColumns+1, "C%d", ", ")))
	for i := range maxTableIndexes {
		c = applied(t, c, fmt.Sprintf("CREATE INDEX I%d ON T (C%d)", i, i))
	}
	refused(t, c, codes.FailedPrecondition, "CREATE INDEX OneMore ON T (C500)")

	c = applied(t, Empty("db"), "CREATE TABLE T1 (K1 INT64) PRIMARY KEY (K1)")
	nested := func(depth int) string {
		columns, keys := "K1 INT64", "K1"
		for i := 2; i <= depth; i++ {
			columns, keys = fmt.Sprintf("%s, K%d INT64", columns, i), fmt.Sprintf("%s, K%d", keys, i)
		}
		return fmt.Sprintf("CREATE TABLE T%d (%s) PRIMARY KEY (%s), INTERLEAVE IN PARENT T%d", depth, columns, keys, depth-1)
	}
	for depth := 2; depth <= maxInterleavingDepth; depth++ {
		c = applied(t, c, nested(depth))
	}
	refused(t, c, codes.FailedPrecondition, nested(maxInterleavingDepth+1))
}
