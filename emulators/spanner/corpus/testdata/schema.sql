-- A shop with every type of column that the service has.
CREATE TABLE Users (
  Id INT64 NOT NULL,
  Name STRING(MAX),
  Email STRING(256) NOT NULL,
  Age INT64,
  Score FLOAT64,
  Balance NUMERIC,
  Active BOOL,
  Born DATE,
  Joined TIMESTAMP OPTIONS (allow_commit_timestamp = true),
  Photo BYTES(MAX),
  Tags ARRAY<STRING(MAX)>,
  Marks ARRAY<INT64>,
  Profile JSON,
  Ratio FLOAT32,
  Ref UUID,
) PRIMARY KEY (Id);

CREATE INDEX UsersByName ON Users (Name);

CREATE TABLE Orders (
  UserId INT64 NOT NULL,
  OrderId INT64 NOT NULL,
  Amount NUMERIC,
  Note STRING(MAX),
  Made TIMESTAMP OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (UserId, OrderId);

CREATE TABLE Items (
  UserId INT64 NOT NULL,
  OrderId INT64 NOT NULL,
  Item STRING(MAX) NOT NULL,
  Price FLOAT64,
  Quantity INT64 DEFAULT (1),
  Total FLOAT64 AS (Price * Quantity) STORED,
) PRIMARY KEY (UserId, OrderId, Item);

CREATE TABLE Pairs (
  A INT64 NOT NULL,
  B STRING(MAX),
) PRIMARY KEY (A);
