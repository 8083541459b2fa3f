package migrate

import (
	"context"
	"strings"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A runner is cut off at each call, before the call and before its answer, and nothing that
// it does afterwards reaches Spanner either. The next one makes the same of it as if
// nothing had happened.
func TestCutOffAnywhereAndRepeated(t *testing.T) {
	migrations := history(t)
	whole := database(t, migrations[:1])
	apply(t, whole)
	people(t, whole, person(1, "a"), person(2, "b"))
	contracted(t, whole.at(migrations))
	want := ddl(t, whole)

	cuts := 0
	for limit, uncut := int64(0), 0; uncut < 2; limit++ { // both kinds of limit
		d := database(t, migrations[:1])
		if limit%2 == 0 { // otherwise the runner is cut off while it makes its tables, too
			apply(t, d)
			people(t, d, person(1, "a"), person(2, "b"))
		}
		r, out := runner("cut off")
		r.Contract = true
		doomed := open(t, d.Name, migrations)
		shared.calls.Store(0)
		shared.cut.Store(limit)
		err := r.Apply(context.Background(), doomed)
		shared.cut.Store(-1)
		if err == nil {
			uncut++
			continue
		}
		cuts++
		require.NotContains(t, out.String(), "is at 0005", "at %d", limit)
		d = open(t, d.Name, migrations) // a client whose first call is cut off stays so
		lapse(t, d)
		contracted(t, d)
		require.Equal(t, want, ddl(t, d), "cut off after %d ends of calls", limit)
		if limit%2 == 0 {
			require.Equal(t, []string{"JP 0", "JP 0"}, visits(t, d))
		}
		for _, record := range records(t, d) {
			require.Equal(t, string(Applied), record.State, record.Name)
		}
	}
	assert.Greater(t, cuts, 40)
	t.Logf("cut off at %d places", cuts)
}

// Spanner goes on with an operation that the runner may not look at.
func TestOperationThatCannotBeReadHasNotFailed(t *testing.T) {
	d := database(t, history(t))
	r, _ := runner("test")
	r.Contract = true
	shared.refuse.Store("GetOperation")
	err := r.Apply(context.Background(), d)
	shared.refuse.Store("")
	require.ErrorContains(t, err, "cannot be read; repeat the run")
	record := records(t, d)[0]
	assert.Equal(t, string(Running), record.State)

	contracted(t, d)
	assert.Equal(t, record.OperationId, records(t, d)[0].OperationId, "not begun a second time")
	whole := database(t, history(t))
	contracted(t, whole)
	assert.Equal(t, ddl(t, whole), ddl(t, d))
}

// contracted applies all, contract migrations too.
func contracted(t *testing.T, d *Database) {
	t.Helper()
	r, out := runner("next")
	r.Contract = true
	require.NoError(t, r.Apply(context.Background(), d), out)
}

func visits(t *testing.T, d *Database) (found []string) {
	t.Helper()
	err := d.Data.Single().Read(context.Background(), "People", spanner.AllKeys(), []string{"Country", "Visits"}).Do(func(row *spanner.Row) error {
		found = append(found, strings.Trim(row.ColumnValue(0).GetStringValue()+" "+row.ColumnValue(1).GetStringValue(), " "))
		return nil
	})
	require.NoError(t, err)
	return found
}
