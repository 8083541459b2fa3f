// Package idempotencydb keeps idempotency keys and the answers to them in the database
// that a function writes, in the transaction of the effect itself.
package idempotencydb

// Schema is the DDL of the table that each service's database includes. Caller and Route
// are for people who look into it; the hash is what is looked up.
const Schema = `CREATE TABLE IdempotencyKeys (
  KeyHash STRING(64) NOT NULL,
  Caller STRING(128) NOT NULL,
  Route STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  Fingerprint STRING(64) NOT NULL,
  Status INT64,
  Answer BYTES(MAX),
  LeaseId STRING(36),
  LeaseTime TIMESTAMP,
  ExpireTime TIMESTAMP NOT NULL
) PRIMARY KEY (KeyHash), ROW DELETION POLICY (OLDER_THAN(ExpireTime, INTERVAL 0 DAY))`
