-- People. Ids are made from the hash of the identity, so that load spreads over the key space.
CREATE TABLE Users (
  UserId STRING(40) NOT NULL,
  Subject STRING(128) NOT NULL,
  Country STRING(2) NOT NULL,
  DisplayName STRING(100) NOT NULL,
  GivenName STRING(100) NOT NULL,
  FamilyName STRING(100) NOT NULL,
  RegionCode STRING(2) NOT NULL,
  TimeZone STRING(64) NOT NULL,
  LanguageCode STRING(64) NOT NULL,
  Roles ARRAY<STRING(16)> NOT NULL,
  Revision INT64 NOT NULL,
  CreateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  UpdateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (UserId);

-- One identity is one user, in whatever country it registered.
CREATE UNIQUE INDEX UsersBySubject ON Users (Subject);

-- What a user subscribes to, a row a subscription: sagas add and remove it by that. What one
-- removed stays a while with its RevokeTime, so that a late command cannot add it again.
CREATE TABLE UserEnrollments (
  UserId STRING(40) NOT NULL,
  SubscriptionId STRING(40) NOT NULL,
  CourseId STRING(40) NOT NULL,
  Country STRING(2) NOT NULL,
  CreateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  RevokeTime TIMESTAMP OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (UserId, SubscriptionId),
  INTERLEAVE IN PARENT Users ON DELETE CASCADE,
  ROW DELETION POLICY (OLDER_THAN(RevokeTime, INTERVAL 60 DAY));
