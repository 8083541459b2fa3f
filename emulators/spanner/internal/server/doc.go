// Package server answers Spanner's gRPC services from the store: sessions,
// transactions, reads, SQL and commits, and the administration of databases
// and instances.
//
// A database keeps every version of its schema with the time from which it
// holds, so that a snapshot is read with the schema of its time. A read-write
// transaction belongs to the schema it began with and is aborted if that has
// changed when it commits.
package server
