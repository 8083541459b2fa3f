package migrate

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/scripts/internal/wiring"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

func TestEveryDatabaseHasItsMigrations(t *testing.T) {
	m, err := wiring.Read("../../..")
	require.NoError(t, err)
	assert.Equal(t, m.Databases, slices.Sorted(maps.Keys(Databases())))
}

// others returns the statements that are not of the runner's own tables.
func others(statements []string) []string {
	return slices.DeleteFunc(slices.Clone(statements), func(s string) bool { return strings.HasPrefix(s, "CREATE TABLE SchemaMigration") })
}

func TestFromEveryEarlierVersionToTheNewest(t *testing.T) {
	all := Databases()
	all["every kind"] = history(t)
	for name, migrations := range all {
		t.Run(name, func(t *testing.T) {
			fresh := database(t, migrations)
			apply(t, fresh)
			want := ddl(t, fresh)
			assert.Equal(t, ddl(t, database(t, nil, spannerdb.Statements(migrations)...)), others(want), "tests and the local stack have the same")
			for version := range len(migrations) {
				d := database(t, migrations[:version])
				apply(t, d)
				r, out := runner("test")
				r.Contract = true
				require.NoError(t, r.Apply(context.Background(), d.at(migrations)), out)
				assert.Equal(t, want, ddl(t, d), "from version %d", version)
				for i, record := range records(t, d) {
					assert.Equal(t, migrations[i].Name, record.Name)
					assert.Equal(t, string(Applied), record.State, record.Name)
					assert.EqualValues(t, len(migrations[i].Statements), record.StatementsDone, record.Name)
				}
				assert.Len(t, records(t, d), len(migrations))
			}
		})
	}
}

// The packages that read these tables in every database declare them as they are to be.
func TestTablesThatDatabasesShareAreThoseOfTheirPackages(t *testing.T) {
	table := func(ddl []string, name string) string {
		for _, s := range ddl {
			if strings.HasPrefix(s, "CREATE TABLE "+name+" ") {
				return s
			}
		}
		return ""
	}
	want := ddl(t, database(t, nil, idempotencydb.Schema, barrier.Schema))
	for name, migrations := range Databases() {
		got := ddl(t, database(t, nil, spannerdb.Statements(migrations)...))
		assert.Equal(t, table(want, "IdempotencyKeys"), table(got, "IdempotencyKeys"), name)
		if name != "saga" { // which takes part in none
			assert.Equal(t, table(want, "SagaBarriers"), table(got, "SagaBarriers"), name)
		}
	}
}
