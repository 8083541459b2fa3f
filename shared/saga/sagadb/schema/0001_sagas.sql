-- The row of a saga is the truth about it; messages are derived from it.
CREATE TABLE Sagas (
  SagaId STRING(64) NOT NULL,
  Country STRING(2) NOT NULL,
  OwnerUserId STRING(64) NOT NULL,
  Definition STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  -- FORWARD, WAITING (for the learner or a payment network), BACK, SUCCEEDED, FAILED.
  Phase STRING(16) NOT NULL,
  Stuck BOOL NOT NULL,
  Done BOOL NOT NULL,
  StartTime TIMESTAMP NOT NULL,
  -- Business time at which ResumeSagas looks after the saga; NULL: never.
  DueTime TIMESTAMP,
  DueShard INT64 NOT NULL,
  -- Machine time after which the finished saga may be forgotten.
  PurgeTime TIMESTAMP,
  State STRING(MAX) NOT NULL
) PRIMARY KEY (SagaId), ROW DELETION POLICY (OLDER_THAN(PurgeTime, INTERVAL 0 DAY));

-- Sharded by hash, since DueTime grows with the clock.
CREATE NULL_FILTERED INDEX SagasByDue ON Sagas (DueShard, DueTime);

CREATE INDEX SagasByOwner ON Sagas (OwnerUserId, Done, StartTime DESC);
