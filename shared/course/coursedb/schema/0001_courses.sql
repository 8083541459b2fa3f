-- Courses. Ids are made from hashes, so that load spreads over the key space. Titles,
-- Summaries and Prices are JSON objects by language and region.
CREATE TABLE Courses (
  CourseId STRING(40) NOT NULL,
  TutorId STRING(40) NOT NULL,
  TutorName STRING(100) NOT NULL,
  Country STRING(2) NOT NULL,
  State STRING(16) NOT NULL,
  LanguageCode STRING(64) NOT NULL,
  Level STRING(16) NOT NULL,
  Titles STRING(MAX) NOT NULL,
  Summaries STRING(MAX) NOT NULL,
  Prices STRING(MAX) NOT NULL,
  ItemCount INT64 NOT NULL,
  PublishedItemCount INT64 NOT NULL,
  Operation STRING(40) NOT NULL,
  PublishCount INT64 NOT NULL,
  Facets ARRAY<STRING(256)> NOT NULL,
  Revision INT64 NOT NULL,
  PublishTime TIMESTAMP,
  CreateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  UpdateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (CourseId);

CREATE INDEX CoursesByTutor ON Courses (TutorId, CourseId);

-- Items, in the order of Position. Text is CommonMark.
CREATE TABLE Items (
  CourseId STRING(40) NOT NULL,
  ItemId STRING(40) NOT NULL,
  Country STRING(2) NOT NULL,
  Position INT64 NOT NULL,
  Title STRING(200) NOT NULL,
  Text STRING(MAX) NOT NULL,
  TextSizeBytes INT64 NOT NULL,
  Published BOOL NOT NULL,
  Revision INT64 NOT NULL,
  CreateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  UpdateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (CourseId, ItemId),
  INTERLEAVE IN PARENT Courses ON DELETE CASCADE;

-- The catalogue: a row for each facet that a published course is found under.
CREATE TABLE CourseListings (
  Facet STRING(256) NOT NULL,
  CourseId STRING(40) NOT NULL
) PRIMARY KEY (Facet, CourseId);

-- Who is enrolled. Not interleaved in Courses: everybody subscribes to a hot course, and no
-- two of them may meet in its row. What a saga ended stays a while with its RevokeTime, so
-- that another saga's command that comes late cannot open the course again.
CREATE TABLE Enrollments (
  CourseId STRING(40) NOT NULL,
  UserId STRING(40) NOT NULL,
  SubscriptionId STRING(40) NOT NULL,
  Country STRING(2) NOT NULL,
  DisplayName STRING(100) NOT NULL,
  SubscribeTime TIMESTAMP NOT NULL,
  AccessUntil TIMESTAMP NOT NULL,
  RevokeTime TIMESTAMP OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (CourseId, UserId, SubscriptionId),
  ROW DELETION POLICY (OLDER_THAN(RevokeTime, INTERVAL 60 DAY));

-- Subscriptions of a course, counted in shards for the same reason.
CREATE TABLE SubscriberCounts (
  CourseId STRING(40) NOT NULL,
  Shard INT64 NOT NULL,
  Subscribers INT64 NOT NULL
) PRIMARY KEY (CourseId, Shard);
