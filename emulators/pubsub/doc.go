// Package pubsub emulates Google Cloud Pub/Sub for the unmodified client library: topics,
// subscriptions with push and pull delivery, retry policy, ordering keys, filters and dead
// letters.
//
// A publish is answered when the message is durable and fanned out to the backlog of every
// matching subscription; pushing begins at once. Acknowledgements are stored lazily, so a
// crash can repeat a delivery but cannot lose one. All times here are machine time: a
// message survives any jump of business time.
//
// Snapshots, schemas, exactly-once delivery, exports to BigQuery, Bigtable and Cloud
// Storage, and message transforms are answered UNIMPLEMENTED.
package pubsub
