package spanner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	database "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
)

// errCrash is something that must not be after a crash.
var errCrash = errors.New("not as it must be after a crash")

// crashSchema changes the schema of a database beside a load. It is used by
// one goroutine at a time.
type crashSchema struct {
	admin *database.DatabaseAdminClient
	there map[string]bool // by what shows a change; left out while it is not known
}

// crashChanges are what makes a change of the schema, what unmakes it, and
// what shows it. Rows do not depend on them, so that all may come at any time.
var crashChanges = []struct{ do, undo, shown string }{
	{"CREATE INDEX MovesByAmount ON Moves(Amount, Stamp)", "DROP INDEX MovesByAmount", "INDEX MovesByAmount"},
	{"ALTER TABLE Accounts ADD COLUMN Size INT64 NOT NULL DEFAULT (7)", "ALTER TABLE Accounts DROP COLUMN Size", "Size"},
	{"ALTER TABLE Accounts ADD COLUMN Plain INT64", "ALTER TABLE Accounts DROP COLUMN Plain", "Plain"},
	{"CREATE TABLE Extra (Id INT64) PRIMARY KEY (Id)", "DROP TABLE Extra", "TABLE Extra"},
}

func newCrashSchema(t testing.TB, options []option.ClientOption) *crashSchema {
	admin, err := database.NewDatabaseAdminClient(context.Background(), options...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close() })
	return &crashSchema{admin: admin, there: map[string]bool{}}
}

// run makes changes until one fails or it is enough.
func (c *crashSchema) run(ctx context.Context, rng *rand.Rand, enough <-chan struct{}) {
	for {
		select {
		case <-enough:
			return
		case <-time.After(time.Duration(rng.IntN(20)) * time.Millisecond):
		}
		x := crashChanges[rng.IntN(len(crashChanges))]
		was, known := c.there[x.shown]
		if !known {
			return
		}
		sql := x.do
		if was {
			sql = x.undo
		}
		delete(c.there, x.shown)
		op, err := c.admin.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{Database: crashDatabase, Statements: []string{sql}})
		if err == nil {
			err = op.Wait(ctx)
		}
		if err != nil {
			return
		}
		c.there[x.shown] = !was
	}
}

// verify compares the schema with what was acknowledged, finds out about what
// was not, and looks at the rows that changes have touched.
func (c *crashSchema) verify(ctx context.Context, client *spanner.Client) error {
	ddl, err := c.admin.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: crashDatabase})
	if err != nil {
		return err
	}
	all := strings.Join(ddl.Statements, ";\n")
	for _, x := range crashChanges {
		now := strings.Contains(all, x.shown)
		if was, known := c.there[x.shown]; known && was != now {
			return fmt.Errorf("%w: of %s it was acknowledged %t, it is %t in\n%s", errCrash, x.shown, was, now, all)
		}
		c.there[x.shown] = now
	}
	ro := client.ReadOnlyTransaction()
	defer ro.Close()
	if c.there["INDEX MovesByAmount"] {
		const sql = "SELECT Name, Attempt, Part, Amount, Stamp FROM Moves"
		if err := verifySame(ctx, ro, sql, sql+"@{FORCE_INDEX=MovesByAmount}"); err != nil {
			return err
		}
	}
	for column, want := range map[string]string{"Size": "Size = 7", "Plain": "Plain IS NULL"} {
		if c.there[column] {
			if err := verifySame(ctx, ro, "SELECT Id FROM Accounts", "SELECT Id FROM Accounts WHERE "+want); err != nil {
				return err
			}
		}
	}
	return nil
}
