package spannerdb_test

import (
	"context"
	"strings"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func TestCallsAreCounted(t *testing.T) {
	name := spannertesting.NewDatabaseName(t, "CREATE TABLE T (Id STRING(8) NOT NULL, N INT64) PRIMARY KEY (Id)")
	instance, database, _ := strings.Cut(name, "/databases/")
	t.Setenv("KWIPPER_INSTANCE", instance)
	counter := spannerdb.CountCalls()
	client, err := spannerdb.Open(t.Context(), database)
	require.NoError(t, err)
	counted := func(do func()) spannerdb.Count {
		before := counter.Databases()[database]
		do()
		return counter.Databases()[database].Sub(before)
	}
	columns := []string{"Id", "N"}
	insert := counted(func() {
		_, err := client.Apply(t.Context(), []*spanner.Mutation{
			spanner.Insert("T", columns, []any{"a", 1}), spanner.Insert("T", columns, []any{"b", 2}),
		})
		require.NoError(t, err)
	})
	assert.Equal(t, int64(2), insert.RowsWritten)
	assert.Equal(t, int64(1), insert.Commits)
	read := counted(func() {
		_, err := client.Single().ReadRow(t.Context(), "T", spanner.Key{"a"}, columns)
		require.NoError(t, err)
	})
	assert.Equal(t, spannerdb.Count{RoundTrips: 1}, read)
	change := counted(func() {
		_, err := client.ReadWriteTransaction(t.Context(), func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
			_, err := txn.Update(ctx, spanner.Statement{SQL: "UPDATE T SET N = 3 WHERE Id IN ('a', 'b')"})
			return err
		})
		require.NoError(t, err)
	})
	assert.Equal(t, spannerdb.Count{RoundTrips: 2, Commits: 1, RowsWritten: 2}, change)
}
