package spanner_test

import (
	"context"
	"fmt"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

const peopleDDL = `CREATE TABLE People (Id INT64 NOT NULL, Name STRING(MAX), Email STRING(MAX), Age INT64) PRIMARY KEY (Id)`

func addPeople(tb testing.TB, client *spanner.Client, from, count int) {
	const batch = 1000
	for ; count > 0; count -= batch {
		var rows []*spanner.Mutation
		for range min(batch, count) {
			rows = append(rows, spanner.Insert("People", []string{"Id", "Name", "Email", "Age"}, []any{
				from, fmt.Sprintf("User number %d", from), fmt.Sprintf("user%d@example.com", from), 30,
			}))
			from++
		}
		_, err := client.Apply(context.Background(), rows)
		require.NoError(tb, err)
	}
}

// BenchmarkScan scans 50,000 rows by Read, by a query, by an index that lacks a
// column, and by a query that answers with one row.
func BenchmarkScan(b *testing.B) {
	const count = 50_000
	ctx := context.Background()
	server := spannertesting.NewDatabase(b, peopleDDL, "CREATE INDEX PeopleByName ON People(Name)")
	addPeople(b, server, 0, count)
	query := func(sql string) func() *spanner.RowIterator {
		return func() *spanner.RowIterator { return server.Single().Query(ctx, spanner.NewStatement(sql)) }
	}
	for _, bc := range []struct {
		name string
		rows int
		scan func() *spanner.RowIterator
	}{
		{"read", count, func() *spanner.RowIterator {
			return server.Single().Read(ctx, "People", spanner.AllKeys(), []string{"Id", "Name", "Email", "Age"})
		}},
		{"query", count, query("SELECT Id, Name, Email, Age FROM People WHERE Id >= 0")},
		{"indexjoin", count, query("SELECT Id, Email FROM People@{FORCE_INDEX=PeopleByName} WHERE Name >= ''")},
		{"sum", 1, query("SELECT COUNT(*), SUM(Age) FROM People WHERE Id >= 0")},
	} {
		b.Run(bc.name, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				rows := 0
				require.NoError(b, bc.scan().Do(func(*spanner.Row) error { rows++; return nil }))
				assert.Equal(b, bc.rows, rows)
			}
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N)/count, "cpu-ns/row")
		})
	}
}

// BenchmarkLoad inserts rows by mutations, a thousand in a commit.
func BenchmarkLoad(b *testing.B) {
	client := spannertesting.NewDatabase(b, peopleDDL)
	before, from := processorTime(b), 0
	for b.Loop() {
		addPeople(b, client, from, 1000)
		from += 1000
	}
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N)/1000, "cpu-ns/row")
}
