// Package store is a multi-version key-value store on Pebble with
// serializable read-write transactions.
//
// Every version of a key is stored under the key followed by the inverted
// commit timestamp, so the newest comes first. A snapshot reads the newest
// version that is not newer than its timestamp; it takes no lock, never waits
// for a writer and is never aborted.
//
// A transaction reads at a timestamp too, and remembers the keys and ranges
// it has read. Before each further read it moves that timestamp to the
// present, which succeeds if nothing it has read was overwritten meanwhile;
// otherwise it aborts at once. The same check at commit makes transactions
// strictly serializable. Writers do not wait for each other; of two that
// conflict the first to commit wins, so some transaction always gets through.
//
// One goroutine commits. It takes all the commits waiting, checks them in
// turn, gives each a timestamp of its own and writes them with one sync.
//
// Keys handed to the store must be prefix-free: none is a prefix of another.
// Bounds of ranges may be made by appending a byte 0xff to a key.
package store
