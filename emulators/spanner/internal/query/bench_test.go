package query

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
)

func benchmarkQuery(b *testing.B, sql string, kv map[string]any) {
	d := filled(b)
	cache := NewCache(10)
	ctx := context.Background()
	view := rows.NewView(d.layout, d.store.At(d.store.Latest()))
	b.ReportAllocs()
	for b.Loop() {
		st, err := cache.Prepare(d.cat, sql, nil)
		require.NoError(b, err)
		bound, err := st.Bind(params(b, kv), Options{Now: d.now})
		require.NoError(b, err)
		r, err := bound.Query(ctx, view)
		require.NoError(b, err)
		for ok, err := r.Next(); ok; ok, err = r.Next() {
			require.NoError(b, err)
		}
		r.Close()
	}
}

func BenchmarkPointRead(b *testing.B) {
	benchmarkQuery(b, "SELECT Name, Age FROM Users WHERE Id = @id", map[string]any{"id": 2})
}

func BenchmarkKeysetPage(b *testing.B) {
	benchmarkQuery(b, "SELECT V FROM Pages WHERE A = @a AND (B > @b OR (B = @b AND C > @c)) ORDER BY B, C LIMIT @n",
		map[string]any{"a": "q", "b": 0, "c": 1, "n": 3})
}

func BenchmarkPrepare(b *testing.B) {
	d := filled(b)
	b.ReportAllocs()
	for b.Loop() {
		_, err := Prepare(d.cat, "SELECT V FROM Pages WHERE A = @a AND (B > @b OR (B = @b AND C > @c)) ORDER BY B, C LIMIT @n", nil)
		require.NoError(b, err)
	}
}
