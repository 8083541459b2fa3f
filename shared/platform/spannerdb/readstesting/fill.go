package readstesting

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
)

// Fill inserts n rows into a table. Columns that row does not give and that cannot be NULL
// get the zero value of their type, texts "x".
func (r *Reads) Fill(t testing.TB, table string, n int, row func(i int) map[string]any) {
	t.Helper()
	zero := r.zeroRow(t, table)
	var mutations []*spanner.Mutation
	for i := range n {
		values := map[string]any{}
		for column, v := range zero {
			values[column] = v
		}
		for column, v := range row(i) {
			values[column] = v
		}
		mutations = append(mutations, spanner.InsertMap(table, values))
	}
	if _, err := r.Client.Apply(t.Context(), mutations); err != nil {
		t.Fatalf("fill %s: %v", table, err)
	}
}

// zeroRow reads from the schema which columns cannot be NULL.
func (r *Reads) zeroRow(t testing.TB, table string) map[string]any {
	t.Helper()
	statement := spanner.NewStatement(`SELECT COLUMN_NAME, SPANNER_TYPE FROM INFORMATION_SCHEMA.COLUMNS
		WHERE TABLE_SCHEMA = '' AND TABLE_NAME = @table AND IS_NULLABLE = 'NO' AND IS_GENERATED = 'NEVER'`)
	statement.Params["table"] = table
	zero := map[string]any{}
	err := r.Client.Single().Query(t.Context(), statement).Do(func(row *spanner.Row) error {
		var column, kind string
		err := row.Columns(&column, &kind)
		zero[column] = zeroOf(kind)
		return err
	})
	if err != nil {
		t.Fatalf("read the schema of %s: %v", table, err)
	}
	return zero
}

func zeroOf(kind string) any {
	switch {
	case strings.HasPrefix(kind, "ARRAY<STRING"):
		return []string{}
	case strings.HasPrefix(kind, "STRING"):
		return "x"
	case kind == "INT64":
		return int64(0)
	case kind == "BOOL":
		return false
	case kind == "TIMESTAMP":
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	panic("no zero value of type " + kind)
}
