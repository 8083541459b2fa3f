-- OpenCourseId is the course while the subscription is open, NULL afterwards: the unique
-- index keeps a learner from two open subscriptions to one course. EndDueTime is EndTime
-- while the end is still to come. Shard spreads the indexes over time.
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
