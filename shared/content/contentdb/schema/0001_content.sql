CREATE TABLE Contents (
  CourseId STRING(64) NOT NULL,
  ItemId STRING(64) NOT NULL,
  ContentId STRING(64) NOT NULL,
  OwnerId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  Kind STRING(16) NOT NULL,
  State STRING(16) NOT NULL,
  Published BOOL NOT NULL,
  AttachedBy STRING(64),
  Filename STRING(MAX) NOT NULL,
  MimeType STRING(128) NOT NULL,
  SizeBytes INT64 NOT NULL,
  DurationSeconds INT64 NOT NULL,
  Revision INT64 NOT NULL,
  Bucket STRING(128) NOT NULL,
  Object STRING(MAX) NOT NULL,
  Generation INT64 NOT NULL,
  UploadUri STRING(MAX),
  FailureReason STRING(MAX),
  CreateTime TIMESTAMP NOT NULL,
  UpdateTime TIMESTAMP NOT NULL,
) PRIMARY KEY (CourseId, ItemId, ContentId);

CREATE UNIQUE INDEX ContentsByObject ON Contents (Bucket, Object);

-- A revoked entitlement stays as a tombstone, so that a late extension of the same
-- subscription does not open the course again. It outlives the barriers of sagas.
CREATE TABLE Entitlements (
  UserId STRING(64) NOT NULL,
  CourseId STRING(64) NOT NULL,
  SubscriptionId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  AccessUntil TIMESTAMP NOT NULL,
  RevokeTime TIMESTAMP,
  UpdateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (UserId, CourseId, SubscriptionId), ROW DELETION POLICY (OLDER_THAN(RevokeTime, INTERVAL 60 DAY));

CREATE TABLE Progress (
  UserId STRING(64) NOT NULL,
  CourseId STRING(64) NOT NULL,
  ItemId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  Done BOOL NOT NULL,
  PositionSeconds INT64 NOT NULL,
  UpdateTime TIMESTAMP NOT NULL,
) PRIMARY KEY (UserId, CourseId, ItemId);
