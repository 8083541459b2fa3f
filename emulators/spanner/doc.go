// Package spanner is an emulator of Google Cloud Spanner in pure Go. It serves
// the gRPC services google.spanner.v1 and those that administer databases and
// instances to unmodified clients, which find it by SPANNER_EMULATOR_HOST.
//
// Snapshots never block and never change, read-write transactions run side by
// side and are strictly serializable, and with a data directory every
// acknowledged commit survives the end of the process.
//
// # The way of a statement
//
// [internal/server] answers the calls. It finds the session, and opens what
// the call's transaction selector asks for: a snapshot at some time, or a
// read-write transaction. SQL goes to [internal/query], which has it parsed by
// [internal/syntax], analyses it against the catalog in [internal/schema], plans it by key or
// index, and runs it on rows. Rows come from [internal/rows], which knows how
// tables and indexes lie in the store and upholds the constraints. Values and
// their encodings are those of [internal/value].
//
// # The way of a transaction
//
// [internal/store] keeps every version of every row under its key and commit
// timestamp. A transaction buffers what it writes and notes what it reads. One
// goroutine commits: it checks that nothing a transaction has read was
// overwritten since, gives it a timestamp, and writes a group of commits with
// one sync. A transaction that lost is aborted, and when its client tries
// again it waits for its turn on the keys it lost, so that it gets through.
package spanner
