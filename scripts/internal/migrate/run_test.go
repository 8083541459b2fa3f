package migrate

import (
	"context"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func TestOfTwoRunnersAtOnceOneWorks(t *testing.T) {
	migrations := history(t)
	d := database(t, migrations)
	errs := make([]error, 4)
	var wait sync.WaitGroup
	for i := range errs {
		own := open(t, d.Name, migrations)
		wait.Go(func() {
			r, _ := runner("one of four")
			errs[i] = r.Apply(context.Background(), own)
		})
	}
	wait.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
			continue
		}
		var held *HeldError
		require.ErrorAs(t, err, &held)
		assert.Equal(t, "one of four", held.Holder)
		assert.ErrorContains(t, err, "is being migrated by one of four, whose lease runs until")
	}
	assert.Positive(t, done)
	for _, record := range records(t, d) {
		assert.EqualValues(t, 1, max(record.Attempt, 1), "%s was applied once", record.Name)
		assert.Equal(t, string(Applied), record.State)
	}
}

func TestARunnerWaitsForAnother(t *testing.T) {
	d := database(t, history(t))
	r, _ := runner("first")
	f, err := d.look(context.Background())
	require.NoError(t, err)
	require.NoError(t, r.leased(context.Background(), d, f, func(ctx context.Context, _ *lease) error {
		second, out := runner("second")
		var held *HeldError
		require.ErrorAs(t, second.Apply(ctx, d), &held)
		assert.Equal(t, "first", held.Holder)
		second.Wait = 1500 * time.Millisecond
		require.ErrorAs(t, second.Apply(ctx, d), &held)
		assert.Contains(t, out.String(), "waits: "+d.Name+" is being migrated by first")
		return nil
	}))
	apply(t, d) // it was given back
}

func TestARunnerThatLostItsLeaseWritesNothing(t *testing.T) {
	d := database(t, history(t))
	first, _ := runner("first")
	first.LeaseDuration = 400 * time.Millisecond
	f, err := d.look(context.Background())
	require.NoError(t, err)
	err = first.leased(context.Background(), d, f, func(ctx context.Context, l *lease) error {
		second, _ := runner("second")
		var l2 *lease
		for held := new(HeldError); l2 == nil; { // it may be renewed in between
			lapse(t, d)
			if l2, _, err = d.acquire(context.Background(), "second", time.Minute, 0); err != nil {
				require.ErrorAs(t, err, &held)
			}
		}
		defer func() { require.NoError(t, l2.release(context.Background())) }()
		<-ctx.Done() // renewing finds out
		list, err := second.Plan(context.Background(), d)
		require.NoError(t, err)
		return first.step(context.WithoutCancel(ctx), l, list.Now[0])
	})
	require.ErrorIs(t, err, errLeaseLost)
	assert.Empty(t, records(t, d))
	apply(t, d)
}

func TestALeaseIsRenewedWhileItIsHeld(t *testing.T) {
	d := database(t, history(t))
	r, _ := runner("long")
	r.LeaseDuration = 400 * time.Millisecond
	f, err := d.look(context.Background())
	require.NoError(t, err)
	require.NoError(t, r.leased(context.Background(), d, f, func(ctx context.Context, l *lease) error {
		require.Eventually(t, func() bool {
			f, err := d.look(ctx)
			return err == nil && f.lease.ExpireTime.After(l.row.ExpireTime.Add(r.LeaseDuration))
		}, 10*time.Second, 10*time.Millisecond)
		return ctx.Err()
	}))
}

func TestPlanWritesNothing(t *testing.T) {
	d := database(t, history(t))
	r, _ := runner("test")
	p, err := r.Plan(context.Background(), d)
	require.NoError(t, err)
	assert.Len(t, p.Now, 5, "what a contract takes away, no code of an empty database ever used")
	assert.Empty(t, ddl(t, d))

	apply(t, d.at(d.Migrations[:2]))
	before := ddl(t, d)
	p, err = r.Plan(context.Background(), d)
	require.NoError(t, err)
	assert.Equal(t, []string{"0003_fill", "0004_unique"}, []string{p.Now[0].Name, p.Now[1].Name})
	assert.Equal(t, "0005_less", p.Later[0].Name)
	assert.Equal(t, []State{Applied, Applied, Pending, Pending, Pending}, []State{p.All[0].State, p.All[1].State, p.All[2].State, p.All[3].State, p.All[4].State})
	assert.Equal(t, before, ddl(t, d))
	assert.Len(t, records(t, d), 2)
}

func TestContractStepsWaitForLeave(t *testing.T) {
	migrations := history(t)
	d := database(t, migrations[:2])
	apply(t, d)
	assert.Contains(t, apply(t, d.at(migrations)), "left for --contract: 0005_less")
	assert.Len(t, records(t, d), 4)

	more := files(t, "0001_a.sql", "CREATE TABLE A (K INT64) PRIMARY KEY (K)", "0002_b.contract.sql", "DROP TABLE A", "0003_c.sql", "CREATE TABLE C (K INT64) PRIMARY KEY (K)")
	d = database(t, more[:1])
	apply(t, d)
	r, out := runner("test")
	require.ErrorContains(t, r.Apply(context.Background(), d.at(more)), "0003_c waits behind 0002_b, which contracts the schema")
	r.Contract = true
	require.NoError(t, r.Apply(context.Background(), d.at(more)), out)
	assert.Len(t, records(t, d), 3)
}

func TestAFailedMigrationGoesOnAfterTheRepair(t *testing.T) {
	migrations := files(t,
		"0001_people.sql", "CREATE TABLE People (Id INT64 NOT NULL, Name STRING(64)) PRIMARY KEY (Id)",
		"0002_unique.sql", "ALTER TABLE People ADD COLUMN A INT64; CREATE UNIQUE INDEX ByName ON People (Name); ALTER TABLE People ADD COLUMN B INT64;")
	d := database(t, migrations[:1])
	apply(t, d)
	people(t, d, person(1, "same"), person(2, "same"))
	d = d.at(migrations)
	for attempt := 1; attempt <= 2; attempt++ {
		r, _ := runner("test")
		err := r.Apply(context.Background(), d)
		require.ErrorContains(t, err, `0002_unique: failed after 1 statement, at "CREATE UNIQUE INDEX ByName ON People (Name)"`)
		record := records(t, d)[1]
		assert.Equal(t, string(Failed), record.State)
		assert.EqualValues(t, 1, record.StatementsDone)
		assert.EqualValues(t, attempt, record.Attempt)
		assert.NotEmpty(t, record.Error)
	}
	people(t, d, spanner.Update("People", []string{"Id", "Name"}, []any{2, "other"}))
	assert.Contains(t, apply(t, d), "0002_unique (expand): 2 statements")
	assert.Equal(t, string(Applied), records(t, d)[1].State)
	fresh := database(t, migrations)
	apply(t, fresh)
	assert.Equal(t, ddl(t, fresh), ddl(t, d))
}

func TestAMigrationThatNeverTookEffectMayBeRewritten(t *testing.T) {
	wrong := files(t, "0001_a.sql", "CREATE INDEX ByK ON Missing (K)")
	d := database(t, wrong)
	r, _ := runner("test")
	require.ErrorContains(t, r.Apply(context.Background(), d), "failed after 0 statements")
	apply(t, d.at(files(t, "0001_a.sql", "CREATE TABLE A (K INT64) PRIMARY KEY (K)")))
	assert.Equal(t, string(Applied), records(t, d)[0].State)
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	migrations := history(t)
	d := database(t, migrations[:2])
	apply(t, d)
	changed := append([]spannerdb.Migration{migrations[0]}, files(t, "0001_x.sql", "DROP TABLE People", "0002_country.sql", "ALTER TABLE People ADD COLUMN Land STRING(2)")[1])
	for name, test := range map[string]struct {
		database *Database
		says     string
	}{
		"a changed file":           {d.at(changed), "migration 0002_country was changed after it was applied"},
		"an older checkout":        {d.at(migrations[:1]), "has migration 0002_country, which this checkout does not know (it ends with 0001)"},
		"a schema without records": {database(t, migrations, "CREATE TABLE People (Id INT64) PRIMARY KEY (Id)"), "has a schema, but no record of migrations"},
		"a DROP that is not said":  {database(t, files(t, "0001_x.sql", "DROP TABLE People")), "belongs into a file NNNN_name.contract.sql"},
	} {
		t.Run(name, func(t *testing.T) {
			before := ddl(t, test.database)
			r, _ := runner("test")
			require.ErrorContains(t, r.Apply(context.Background(), test.database), test.says)
			_, err := r.Plan(context.Background(), test.database)
			require.ErrorContains(t, err, test.says)
			assert.Equal(t, before, ddl(t, test.database))
		})
	}
}

func TestBaselineTakesWhatIsThere(t *testing.T) {
	migrations := history(t)
	d := database(t, migrations, spannerdb.Statements(migrations[:2])...)
	r, out := runner("test")
	require.ErrorContains(t, r.Baseline(context.Background(), d, 6), "has migrations 1 to 5, and no 6")
	require.NoError(t, r.Baseline(context.Background(), d, 2), out)
	require.NoError(t, r.Baseline(context.Background(), d, 2), "twice")
	assert.Contains(t, apply(t, d), "left for --contract: 0005_less", "code that ran may need it")
	var states []string
	for _, record := range records(t, d) {
		states = append(states, record.State)
	}
	assert.Equal(t, []string{string(Baseline), string(Baseline), string(Applied), string(Applied)}, states)

	r, _ = runner("test")
	require.ErrorContains(t, r.Baseline(context.Background(), database(t, migrations), 1), "is empty: apply makes all of it")
}

func TestOptionsThatTerraformSetsAreNoSchema(t *testing.T) {
	d := database(t, history(t))
	name := d.id()
	require.NoError(t, shared.change(d, "ALTER DATABASE `"+name+"` SET OPTIONS (version_retention_period = '7d')"))
	apply(t, d)
	assert.Len(t, records(t, d), 5)
}
