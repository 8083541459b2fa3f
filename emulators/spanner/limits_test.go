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
