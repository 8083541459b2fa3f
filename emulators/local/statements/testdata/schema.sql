CREATE TABLE Customers (
  UserId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  GatewayCustomerId STRING(64) NOT NULL,
  CreateTime TIMESTAMP NOT NULL,
) PRIMARY KEY (UserId);

CREATE TABLE PaymentMethods (
  PaymentMethodId STRING(64) NOT NULL,
  UserId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  State STRING(16) NOT NULL,
  GatewayCustomerId STRING(64) NOT NULL,
  GatewaySetupId STRING(128) NOT NULL,
  GatewayMethodId STRING(64),
  RedirectUri STRING(MAX),
  ExpireTime TIMESTAMP,
  Brand STRING(32),
  Last4 STRING(4),
  ExpMonth INT64,
  ExpYear INT64,
  CreateTime TIMESTAMP NOT NULL,
  UpdateTime TIMESTAMP NOT NULL,
) PRIMARY KEY (PaymentMethodId);

CREATE INDEX PaymentMethodsByUser ON PaymentMethods (UserId, CreateTime DESC, PaymentMethodId);

CREATE TABLE Invoices (
  InvoiceId STRING(64) NOT NULL,
  UserId STRING(64) NOT NULL,
  SubscriptionId STRING(64) NOT NULL,
  CourseId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  TimeZone STRING(64) NOT NULL,
  Description STRING(MAX) NOT NULL,
  State STRING(16) NOT NULL,
  Currency STRING(3) NOT NULL,
  AmountMinor INT64 NOT NULL,
  PeriodStart TIMESTAMP NOT NULL,
  PeriodEnd TIMESTAMP NOT NULL,
  Period INT64 NOT NULL,
  Attempts INT64 NOT NULL,
  PaymentId STRING(64) NOT NULL,
  PaidTime TIMESTAMP,
  CreateTime TIMESTAMP NOT NULL,
  UpdateTime TIMESTAMP NOT NULL,
) PRIMARY KEY (InvoiceId);

CREATE INDEX InvoicesByUser ON Invoices (UserId, CreateTime DESC, InvoiceId);

CREATE TABLE Payments (
  PaymentId STRING(64) NOT NULL,
  InvoiceId STRING(64) NOT NULL,
  SubscriptionId STRING(64) NOT NULL,
  UserId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  Language STRING(35) NOT NULL,
  SagaId STRING(64) NOT NULL,
  Step STRING(64) NOT NULL,
  State STRING(16) NOT NULL,
  Currency STRING(3) NOT NULL,
  AmountMinor INT64 NOT NULL,
  PaymentMethodId STRING(64) NOT NULL,
  GatewayCustomerId STRING(64) NOT NULL,
  GatewayMethodId STRING(64) NOT NULL,
  Brand STRING(32),
  Last4 STRING(4),
  GatewayIntentId STRING(64),
  OffSession BOOL NOT NULL,
  ReturnUri STRING(MAX),
  RedirectUri STRING(MAX),
  Description STRING(MAX) NOT NULL,
  Attempt INT64 NOT NULL,
  DeclineCode STRING(64),
  Reason STRING(64),
  CreateTime TIMESTAMP NOT NULL,
  UpdateTime TIMESTAMP NOT NULL,
  SettleTime TIMESTAMP,
) PRIMARY KEY (PaymentId);

CREATE INDEX PaymentsByInvoice ON Payments (InvoiceId, CreateTime);

CREATE INDEX PaymentsBySubscription ON Payments (SubscriptionId, CreateTime DESC) STORING (State);

CREATE UNIQUE NULL_FILTERED INDEX PaymentsByIntent ON Payments (GatewayIntentId);

CREATE TABLE Refunds (
  PaymentId STRING(64) NOT NULL,
  RefundId STRING(64) NOT NULL,
  InvoiceId STRING(64) NOT NULL,
  UserId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  SagaId STRING(64) NOT NULL,
  Step STRING(64) NOT NULL,
  Compensation BOOL NOT NULL,
  State STRING(16) NOT NULL,
  Currency STRING(3) NOT NULL,
  AmountMinor INT64 NOT NULL,
  GatewayRefundId STRING(64),
  Reason STRING(64),
  CreateTime TIMESTAMP NOT NULL,
  SettleTime TIMESTAMP,
) PRIMARY KEY (PaymentId);

CREATE INDEX RefundsByInvoice ON Refunds (InvoiceId, CreateTime);

CREATE UNIQUE INDEX RefundsById ON Refunds (RefundId);

CREATE TABLE LedgerEntries (
  TransactionId STRING(64) NOT NULL,
  Line INT64 NOT NULL,
  Account STRING(32) NOT NULL,
  Currency STRING(3) NOT NULL,
  AmountMinor INT64 NOT NULL,
  PaymentId STRING(64) NOT NULL,
  InvoiceId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  BookTime TIMESTAMP NOT NULL,
  CommitTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (TransactionId, Line);

CREATE TABLE GatewayEvents (
  EventId STRING(128) NOT NULL,
  Type STRING(128) NOT NULL,
  Kind STRING(32) NOT NULL,
  ObjectId STRING(128) NOT NULL,
  GatewayIntentId STRING(128),
  PaymentId STRING(64),
  RefundId STRING(64),
  PaymentMethodId STRING(64),
  State STRING(16) NOT NULL,
  CreateTime TIMESTAMP NOT NULL,
  RecordTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (EventId), ROW DELETION POLICY (OLDER_THAN(RecordTime, INTERVAL 90 DAY));

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

CREATE TABLE SagaBarriers (
  SagaId STRING(64) NOT NULL,
  Step STRING(64) NOT NULL,
  Compensation BOOL NOT NULL,
  Country STRING(2) NOT NULL,
  Status STRING(16) NOT NULL,
  Attempt INT64 NOT NULL,
  Command STRING(MAX),
  Reply STRING(MAX),
  UpdateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (SagaId, Step, Compensation), ROW DELETION POLICY (OLDER_THAN(UpdateTime, INTERVAL 45 DAY));

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

CREATE TABLE CourseListings (
  Facet STRING(256) NOT NULL,
  CourseId STRING(40) NOT NULL
) PRIMARY KEY (Facet, CourseId);

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

CREATE TABLE SubscriberCounts (
  CourseId STRING(40) NOT NULL,
  Shard INT64 NOT NULL,
  Subscribers INT64 NOT NULL
) PRIMARY KEY (CourseId, Shard);

CREATE TABLE Sagas (
  SagaId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  OwnerUserId STRING(64) NOT NULL,
  Definition STRING(32) NOT NULL,
  Version INT64 NOT NULL,

  Phase STRING(16) NOT NULL,
  Stuck BOOL NOT NULL,
  Done BOOL NOT NULL,
  StartTime TIMESTAMP NOT NULL,

  DueTime TIMESTAMP,
  DueShard INT64 NOT NULL,

  PurgeTime TIMESTAMP,
  State STRING(MAX) NOT NULL
) PRIMARY KEY (SagaId), ROW DELETION POLICY (OLDER_THAN(PurgeTime, INTERVAL 0 DAY));

CREATE NULL_FILTERED INDEX SagasByDue ON Sagas (DueShard, DueTime);

CREATE INDEX SagasByOwner ON Sagas (OwnerUserId, Done, StartTime DESC);

CREATE TABLE Subscriptions (
  SubscriptionId STRING(64) NOT NULL,
  UserId STRING(64) NOT NULL,
  CourseId STRING(64) NOT NULL,
  OpenCourseId STRING(64),
  Country STRING(2) NOT NULL,
  TimeZone STRING(64),
  Language STRING(35),
  CourseTitle STRING(MAX),
  PaymentMethodId STRING(64) NOT NULL,
  Currency STRING(3) NOT NULL,
  PriceMinor INT64 NOT NULL,
  State STRING(16) NOT NULL,
  OperationId STRING(64) NOT NULL,
  HeldBy STRING(64),
  HeldFor STRING(16),
  AnchorTime TIMESTAMP,
  Period INT64 NOT NULL,
  PeriodStart TIMESTAMP,
  PeriodEnd TIMESTAMP,
  AccessUntil TIMESTAMP,
  InvoiceId STRING(64),
  PaymentId STRING(64),
  RenewTime TIMESTAMP,
  RenewAttempts INT64 NOT NULL,
  EndTime TIMESTAMP,
  EndDueTime TIMESTAMP,
  CancelTime TIMESTAMP,
  CancelMode STRING(16),
  FailureReason STRING(64),
  Shard INT64 NOT NULL,
  CreateTime TIMESTAMP NOT NULL,
  UpdateTime TIMESTAMP NOT NULL,
) PRIMARY KEY (SubscriptionId);

CREATE UNIQUE NULL_FILTERED INDEX OpenSubscriptions ON Subscriptions (UserId, OpenCourseId);

CREATE INDEX SubscriptionsByUser ON Subscriptions (UserId, CreateTime DESC, SubscriptionId);

CREATE NULL_FILTERED INDEX DueRenewals ON Subscriptions (Shard, RenewTime, SubscriptionId) STORING (Period, RenewAttempts);

CREATE NULL_FILTERED INDEX DueEnds ON Subscriptions (Shard, EndDueTime, SubscriptionId) STORING (UserId, CourseId, Country, Language);

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

CREATE UNIQUE INDEX UsersBySubject ON Users (Subject);

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

