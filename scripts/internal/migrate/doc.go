// Package migrate brings the databases of a Spanner instance to the newest schema.
//
// Each database keeps a row a migration (table SchemaMigrations) and one row that says who
// is at work (SchemaMigrationLease). A runner takes the lease, renews it, and writes nothing
// once it has lost it. The DDL of a migration is one long-running operation whose id is in
// the row before the operation is begun, so that whoever comes after a crash finds it:
// under way, done, failed after some of its statements, or never begun. The statements of
// a data migration are counted in the row one by one; the one at which a run was cut off is
// run again, which partitioned DML must bear anyway.
//
// docs/migrations.md tells how to write one and what to do when one fails.
package migrate
