// Package barrier makes a participant's step of a saga happen once. A row a saga, step and
// direction is stored in the participant's own database in the transaction of the effect,
// with the reply, which every duplicate is answered with.
//
// The barrier also settles what comes in the wrong order. A compensation that arrives
// before its action is recorded without any effect, and the late action is refused
// (ReasonCompensated). A compensation of an action that was refused, and so kept nothing,
// has no effect either.
//
// Run is for steps whose whole effect is one transaction. A step that calls outside writes
// its row as Started together with its intent (Start), calls, and writes the outcome with
// the reply (Finish); a compensation that finds its action Started goes through, and the
// participant answers it once the final state outside is known.
package barrier

// Schema is the DDL of the table that each participant's database includes. Rows outlive
// the longest retention of messages, 31 days, by two weeks.
const Schema = `CREATE TABLE SagaBarriers (
  SagaId STRING(64) NOT NULL,
  Step STRING(64) NOT NULL,
  Compensation BOOL NOT NULL,
  Country STRING(2) NOT NULL,
  Status STRING(16) NOT NULL,
  Attempt INT64 NOT NULL,
  Command STRING(MAX),
  Reply STRING(MAX),
  UpdateTime TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (SagaId, Step, Compensation), ROW DELETION POLICY (OLDER_THAN(UpdateTime, INTERVAL 45 DAY))`

// ReasonCompensated is the reason of an action that comes after its own compensation.
const ReasonCompensated = "SAGA_COMPENSATED"
