-- Of package idempotencydb.
CREATE TABLE IdempotencyKeys (
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
) PRIMARY KEY (KeyHash), ROW DELETION POLICY (OLDER_THAN(ExpireTime, INTERVAL 0 DAY));
