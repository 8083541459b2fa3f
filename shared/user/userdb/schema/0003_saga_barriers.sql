-- Of package barrier.
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
