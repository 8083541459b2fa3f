package query

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
)

// pairs is a relation of 256 million rows that takes no room.
const pairs = "UNNEST(GENERATE_ARRAY(1, 16000)) a, UNNEST(GENERATE_ARRAY(1, 16000)) b"

// TestWhatIsTooMuchIsRefused runs statements that ask for more memory than there is:
// they are refused with the name of the operator that would need it.
func TestWhatIsTooMuchIsRefused(t *testing.T) {
	d := filled(t)
	doubled := "SELECT GENERATE_ARRAY(1, 16000) AS x"
	for range 8 {
		doubled = "SELECT ARRAY_CONCAT(x, x) AS x FROM (" + doubled + ")"
	}
	for _, c := range []struct {
		sql     string
		code    codes.Code
		message string
	}{
		{"SELECT a FROM " + pairs + " ORDER BY a * b", codes.ResourceExhausted, "Sort"},
		{"SELECT DISTINCT a * 16000 + b FROM " + pairs, codes.ResourceExhausted, "Distinct"},
		{"SELECT a * 16000 + b, COUNT(*) FROM " + pairs + " GROUP BY 1", codes.ResourceExhausted, "Aggregate"},
		{"SELECT COUNT(DISTINCT a * 16000 + b) FROM " + pairs, codes.ResourceExhausted, "Aggregate"},
		{"SELECT ARRAY_AGG(a) FROM " + pairs, codes.ResourceExhausted, "Aggregate"},
		{"SELECT ARRAY_AGG(a ORDER BY b) FROM " + pairs, codes.ResourceExhausted, "Aggregate"},
		{"SELECT ARRAY_AGG(REPEAT('x', 1000000)) FROM " + pairs, codes.ResourceExhausted, "Aggregate"},
		{"SELECT CONCAT(" + strings.Repeat("REPEAT('x', 1000000), ", 200) + "'')", codes.ResourceExhausted, "Compute"},
		{"SELECT " + strings.Repeat("REPEAT('x', 1000000), ", 200) + "1", codes.ResourceExhausted, "Compute"},
		{"SELECT STRING_AGG(REPEAT('x', 100000)) FROM " + pairs, codes.ResourceExhausted, "Aggregate"},
		{"SELECT ARRAY(SELECT a FROM " + pairs + ")", codes.ResourceExhausted, "Subquery"},
		{"SELECT 0 IN (SELECT a * 16000 + b FROM " + pairs + ")", codes.ResourceExhausted, "Subquery"},
		{"SELECT a FROM " + pairs + " INTERSECT ALL SELECT 1", codes.ResourceExhausted, "Set Operation"},
		{"SELECT u.Id FROM Users u LEFT JOIN (SELECT a * 16000 + b AS k FROM " + pairs + ") p ON p.k = u.Age", codes.ResourceExhausted, "Hash Join"},
		{"SELECT u.Id FROM Users u LEFT JOIN (SELECT a * 16000 + b AS k FROM " + pairs + ") p ON p.k < u.Age", codes.ResourceExhausted, "Nested Loop Join"},
		{"INSERT INTO Users (Id) SELECT a * 16000 + b FROM " + pairs, codes.ResourceExhausted, "Apply Mutations"},
		{doubled, codes.ResourceExhausted, "Compute"},
		{"SELECT REPEAT('x', 1000000000)", codes.OutOfRange, ""},
		{"SELECT GENERATE_ARRAY(1, 1000000000000)", codes.OutOfRange, ""},
		{"SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), codes.InvalidArgument, ""},
	} {
		began := time.Now()
		_, err := d.run(c.sql, nil, Options{MaxHeldBytes: 4 << 20})
		sql := c.sql[:min(len(c.sql), 90)]
		assert.Equal(t, c.code, status.Code(err), "%s: %v", sql, err)
		assert.ErrorContains(t, err, c.message, sql)
		t.Logf("%v after %v: %s", status.Code(err), time.Since(began), sql)
	}
}

// TestARunningStatementEndsWithItsContext cancels statements that would run for years.
func TestARunningStatementEndsWithItsContext(t *testing.T) {
	d := filled(t)
	for _, sql := range []string{
		"SELECT COUNT(*) FROM " + pairs + ", UNNEST(GENERATE_ARRAY(1, 16000)) c",
		"SELECT a FROM " + pairs + " WHERE a * b < 0",
		"SELECT (SELECT COUNT(*) FROM " + pairs + ")",
		"SELECT MAX(a * b) FROM " + pairs + " GROUP BY a",
		"SELECT a FROM " + pairs + " ORDER BY b LIMIT 1 OFFSET 1000000",
		"SELECT 1 FROM " + pairs + " LIMIT 1 OFFSET 200000000",
		"SELECT EXISTS (SELECT 1 FROM " + pairs + " WHERE a + b = 0)",
		"SELECT x FROM (SELECT a * b AS x FROM " + pairs + " UNION ALL SELECT 1) WHERE x < 0",
	} {
		st, err := Prepare(d.cat, sql, nil)
		require.NoError(t, err, sql)
		bound, err := st.Bind(nil, Options{})
		require.NoError(t, err, sql)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		began := time.Now()
		r, err := bound.Query(ctx, rows.NewView(d.layout, d.store.At(d.store.Latest())))
		for ok := err == nil; ok; {
			ok, err = r.Next()
		}
		cancel()
		assert.ErrorIs(t, err, context.DeadlineExceeded, sql)
		assert.Less(t, time.Since(began), 5*time.Second, sql)
	}
}
