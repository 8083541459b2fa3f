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

-- Payments and refunds lie beside their invoice's id, not inside its row's tree: an
-- invoice is read with them through the indexes by invoice.
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

-- A payment has one refund at most: its key is the payment's.
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

-- Append-only. The lines of a transaction sum to zero.
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
