package migrate

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// world is an emulated Spanner whose calls may be cut off.
type world struct {
	server *emulator.Server
	calls  atomic.Int64 // ends of calls that were reached since cutAfter was set
	cut    atomic.Int64 // how many are allowed; -1: all
	count  atomic.Int64 // of databases
	refuse atomic.Value // the method whose calls are refused, a string
}

// shared is the one world of all tests: a client finds it by the environment.
var shared world

func TestMain(m *testing.M) {
	shared.cut.Store(-1)
	var err error
	// Each call has two ends at which a runner may die: before it reaches Spanner, and before
	// the answer reaches the runner.
	reached := func(_ context.Context, method string) error {
		if limit := shared.cut.Load(); limit >= 0 && shared.calls.Add(1) > limit {
			return status.Error(codes.Canceled, "cut off")
		}
		if shared.refuse.Load() == path.Base(method) {
			return status.Error(codes.PermissionDenied, "not yours")
		}
		return nil
	}
	shared.server, err = emulator.Start(context.Background(), emulator.Options{BeforeCall: reached, AfterCall: reached})
	if err == nil {
		err = os.Setenv("SPANNER_EMULATOR_HOST", shared.server.Addr())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := shared.server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// database makes an empty database.
func database(t *testing.T, migrations []spannerdb.Migration, ddl ...string) *Database {
	t.Helper()
	name := fmt.Sprintf("projects/p/instances/testing/databases/d%d", shared.count.Add(1))
	require.NoError(t, shared.server.CreateDatabase(context.Background(), name, ddl...))
	return open(t, name, migrations)
}

func open(t *testing.T, name string, migrations []spannerdb.Migration) *Database {
	t.Helper()
	d, err := Open(context.Background(), name, migrations)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// at is the database as another checkout knows it.
func (d *Database) at(migrations []spannerdb.Migration) *Database {
	other := *d
	other.Migrations = migrations
	return &other
}

// output is what a runner says; several may at once.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func runner(holder string) (*Runner, *output) {
	out := &output{}
	return &Runner{Holder: holder, LeaseDuration: time.Minute, PollInterval: time.Millisecond, Out: out}, out
}

func apply(t *testing.T, d *Database) string {
	t.Helper()
	r, out := runner("test")
	require.NoError(t, r.Apply(context.Background(), d), out)
	return out.String()
}

func ddl(t *testing.T, d *Database) []string {
	t.Helper()
	answer, err := d.Admin.GetDatabaseDdl(context.Background(), &databasepb.GetDatabaseDdlRequest{Database: d.Name})
	require.NoError(t, err)
	return answer.Statements
}

// lapse has the lease end as if its time had passed.
func lapse(t *testing.T, d *Database) {
	t.Helper()
	_, err := d.Data.Apply(context.Background(), []*spanner.Mutation{
		spanner.Update(leaseTable, []string{"Id", "ExpireTime"}, []any{leaseKey, time.Now().Add(-time.Second)}),
	})
	if spanner.ErrCode(err) != codes.NotFound { // the table or the row is not there yet
		require.NoError(t, err)
	}
}

func records(t *testing.T, d *Database) []Record {
	t.Helper()
	f, err := d.look(context.Background())
	require.NoError(t, err)
	return f.records
}

// files makes migrations of file names and what is in them.
func files(t *testing.T, pairs ...string) []spannerdb.Migration {
	t.Helper()
	tree := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		tree["schema/"+pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	migrations, err := spannerdb.ReadMigrations(tree)
	require.NoError(t, err)
	return migrations
}

// history is a schema with every kind of migration.
func history(t *testing.T) []spannerdb.Migration {
	return files(t,
		"0001_people.sql", "CREATE TABLE People (Id INT64 NOT NULL, Name STRING(64)) PRIMARY KEY (Id); CREATE INDEX ByName ON People (Name);",
		"0002_country.sql", "ALTER TABLE People ADD COLUMN Country STRING(2); ALTER TABLE People ADD COLUMN Visits INT64; CREATE INDEX ByCountry ON People (Country);",
		"0003_fill.dml.sql", "UPDATE People SET Country = 'JP' WHERE Country IS NULL; UPDATE People SET Visits = 0 WHERE Visits IS NULL;",
		"0004_unique.sql", "CREATE UNIQUE INDEX ByCountryAndName ON People (Country, Name)",
		"0005_less.contract.sql", "DROP INDEX ByName; DROP INDEX ByCountry;",
	)
}

func people(t *testing.T, d *Database, rows ...*spanner.Mutation) {
	t.Helper()
	_, err := d.Data.Apply(context.Background(), rows)
	require.NoError(t, err)
}

func person(id int, name string) *spanner.Mutation {
	return spanner.Insert("People", []string{"Id", "Name"}, []any{id, name})
}

// change changes a schema by other means than the runner.
func (w *world) change(d *Database, statement string) error {
	op, err := d.Admin.UpdateDatabaseDdl(context.Background(), &databasepb.UpdateDatabaseDdlRequest{Database: d.Name, Statements: []string{statement}})
	if err != nil {
		return err
	}
	return op.Wait(context.Background())
}
