package migrate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cloud.google.com/go/spanner"
	databaseadmin "cloud.google.com/go/spanner/admin/database/apiv1"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// Database is a database and the migrations that make it.
type Database struct {
	Name       string // projects/P/instances/I/databases/D
	Migrations []spannerdb.Migration
	Admin      *databaseadmin.DatabaseAdminClient
	Data       *spanner.Client
}

// Open connects to a database of the cloud, or of an emulator with SPANNER_EMULATOR_HOST.
func Open(ctx context.Context, name string, migrations []spannerdb.Migration) (*Database, error) {
	admin, err := databaseadmin.NewDatabaseAdminClient(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the administration of %s: %w", name, err)
	}
	data, err := spanner.NewClientWithConfig(ctx, name, spanner.ClientConfig{DisableNativeMetrics: true})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %s: %w", name, err), admin.Close())
	}
	return &Database{Name: name, Migrations: migrations, Admin: admin, Data: data}, nil
}

// Close ends the connections.
func (d *Database) Close() error {
	d.Data.Close()
	return d.Admin.Close()
}

// id returns the last part of the name.
func (d *Database) id() string { return d.Name[strings.LastIndexByte(d.Name, '/')+1:] }
