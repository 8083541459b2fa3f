package spanner_test

import (
	"context"
	"strings"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

func TestLimitsOnSizes(t *testing.T) {
	client := spannertesting.NewDatabase(t,
		"CREATE TABLE T (K STRING(MAX), S STRING(MAX), B BYTES(MAX), A ARRAY<STRING(MAX)>, J JSON, X STRING(MAX)) PRIMARY KEY (K)",
		"CREATE INDEX ByX ON T(X)")
	text := func(n int) string { return strings.Repeat("x", n) }
	for name, tc := range map[string]struct {
		column string
		value  any
		code   codes.Code
	}{
		"longest string":    {"S", text(2_621_440), codes.OK},
		"string":            {"S", text(2_621_441), codes.FailedPrecondition},
		"characters":        {"S", strings.Repeat("ü", 2_621_440), codes.OK},
		"longest bytes":     {"B", []byte(text(10 << 20)), codes.OK},
		"bytes":             {"B", []byte(text(10<<20 + 1)), codes.FailedPrecondition},
		"array as a whole":  {"A", []string{text(2_600_000), text(2_600_000), text(2_600_000), text(2_600_000), text(2_600_000)}, codes.FailedPrecondition},
		"longest key":       {"K", text(8191), codes.OK},
		"key":               {"K", text(8193), codes.InvalidArgument},
		"key of an index":   {"X", text(8193), codes.InvalidArgument},
		"bytes of zero key": {"K", strings.Repeat("\x00", 8000), codes.OK},
	} {
		t.Run(name, func(t *testing.T) {
			columns, values := []string{"K", tc.column}, []any{"k", tc.value}
			if tc.column == "K" {
				columns, values = columns[1:], values[1:]
			}
			_, err := client.Apply(context.Background(), []*spanner.Mutation{spanner.InsertOrUpdate("T", columns, values)})
			assert.Equal(t, tc.code, spanner.ErrCode(err), "%.300v", err)
		})
	}
}

// TestLimitOnTheSizeOfACommit counts what indexes store as well.
func TestLimitOnTheSizeOfACommit(t *testing.T) {
	client := spannertesting.NewDatabase(t, "CREATE TABLE T (K INT64, X INT64, B BYTES(MAX)) PRIMARY KEY (K)",
		"CREATE INDEX One ON T(X) STORING (B)", "CREATE INDEX Two ON T(X) STORING (B)", "CREATE INDEX Three ON T(X) STORING (B)")
	write := func(rows, size int) error {
		var all []*spanner.Mutation
		for k := range rows {
			all = append(all, spanner.InsertOrUpdate("T", []string{"K", "X", "B"}, []any{k, k, make([]byte, size)}))
		}
		_, err := client.Apply(context.Background(), all)
		return err
	}
	assert.NoError(t, write(3, 8<<20))
	err := write(4, 13<<19)
	assert.Equal(t, codes.InvalidArgument, spanner.ErrCode(err))
	assert.ErrorContains(t, err, "Maximum size: 104857600")
}
