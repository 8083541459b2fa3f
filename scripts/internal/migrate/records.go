package migrate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"google.golang.org/grpc/codes"
)

const (
	recordsTable = "SchemaMigrations"
	leaseTable   = "SchemaMigrationLease"
)

// tables are what a runner keeps in a database.
var tables = []string{`CREATE TABLE IF NOT EXISTS SchemaMigrations (
  Version INT64 NOT NULL,
  Name STRING(128) NOT NULL,
  Checksum STRING(64) NOT NULL,
  State STRING(16) NOT NULL,
  StatementsDone INT64 NOT NULL,
  Attempt INT64 NOT NULL,
  OperationId STRING(128) NOT NULL,
  Error STRING(MAX) NOT NULL,
  Holder STRING(MAX) NOT NULL,
  StartTime TIMESTAMP NOT NULL,
  FinishTime TIMESTAMP
) PRIMARY KEY (Version)`, `CREATE TABLE IF NOT EXISTS SchemaMigrationLease (
  Id INT64 NOT NULL,
  LeaseId STRING(36) NOT NULL,
  Holder STRING(MAX) NOT NULL,
  ExpireTime TIMESTAMP NOT NULL,
  InitialVersion INT64 NOT NULL
) PRIMARY KEY (Id)`}

// State is how far a migration is.
type State string

// States of migrations in a database.
const (
	Pending  State = "pending" // has no row
	Running  State = "running" // begun; by nobody any more if nobody has the lease
	Failed   State = "failed"
	Applied  State = "applied"
	Baseline State = "baseline" // was there before the first row
)

// Record is the row of a migration in its database.
type Record struct {
	Version        int64
	Name           string
	Checksum       string
	State          string
	StatementsDone int64  // by operations or partitioned DML known to have ended
	Attempt        int64  // counts the operations
	OperationId    string // of the last attempt; empty for a data migration
	Error          string
	Holder         string
	StartTime      time.Time
	FinishTime     spanner.NullTime
}

// done reports whether nothing is left to do.
func (r Record) done() bool { return r.State == string(Applied) || r.State == string(Baseline) }

// found is what a database holds.
type found struct {
	tables  bool // of the runner
	schema  bool // any other DDL
	records []Record
	lease   *leaseRow // nil if nobody ever had it
}

// look reads what a database holds, and writes nothing.
func (d *Database) look(ctx context.Context) (found, error) {
	var f found
	ddl, err := d.Admin.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: d.Name})
	if err != nil {
		return f, fmt.Errorf("read the schema of %s: %w", d.Name, err)
	}
	tables := 0
	for _, statement := range ddl.Statements {
		switch {
		case strings.HasPrefix(statement, "CREATE TABLE "+recordsTable+" "), strings.HasPrefix(statement, "CREATE TABLE "+leaseTable+" "):
			tables++
		case !strings.HasPrefix(statement, "ALTER DATABASE "): // options, which Terraform sets
			f.schema = true
		}
	}
	if f.tables = tables == 2; !f.tables {
		return f, nil
	}
	snapshot := d.Data.ReadOnlyTransaction()
	defer snapshot.Close()
	columns := []string{"Version", "Name", "Checksum", "State", "StatementsDone", "Attempt", "OperationId", "Error", "Holder", "StartTime", "FinishTime"}
	err = snapshot.Read(ctx, recordsTable, spanner.AllKeys(), columns).Do(func(row *spanner.Row) error {
		var r Record
		if err := row.ToStruct(&r); err != nil {
			return err
		}
		f.records = append(f.records, r)
		return nil
	})
	if err != nil {
		return f, fmt.Errorf("read %s of %s: %w", recordsTable, d.Name, err)
	}
	f.lease, err = readLease(ctx, snapshot)
	return f, err
}

// reader is a transaction that reads a row.
type reader interface {
	ReadRow(ctx context.Context, table string, key spanner.Key, columns []string) (*spanner.Row, error)
}

func readLease(ctx context.Context, tx reader) (*leaseRow, error) {
	row, err := tx.ReadRow(ctx, leaseTable, spanner.Key{leaseKey}, []string{"Id", "LeaseId", "Holder", "ExpireTime", "InitialVersion"})
	if spanner.ErrCode(err) == codes.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", leaseTable, err)
	}
	var lease leaseRow
	return &lease, row.ToStruct(&lease)
}
