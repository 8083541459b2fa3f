package sagadb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga"
)

const listStatement = `SELECT State FROM Sagas@{FORCE_INDEX=SagasByOwner}
WHERE OwnerUserId = @owner AND Done = @done
ORDER BY StartTime DESC, SagaId LIMIT @size`

const listAfterStatement = `SELECT State FROM Sagas@{FORCE_INDEX=SagasByOwner}
WHERE OwnerUserId = @owner AND Done = @done
  AND StartTime <= @afterTime AND (StartTime < @afterTime OR (StartTime = @afterTime AND SagaId > @afterId))
ORDER BY StartTime DESC, SagaId LIMIT @size`

// List returns a page of somebody's sagas and the timestamp it was read at.
func (s *Store) List(ctx context.Context, p saga.Page) (found []saga.Saga, readTime time.Time, err error) {
	statement := spanner.Statement{SQL: listStatement, Params: map[string]any{
		"owner": p.Owner, "done": p.Done, "size": int64(p.Size),
	}}
	if p.AfterID != "" {
		statement.SQL = listAfterStatement
		statement.Params["afterTime"], statement.Params["afterId"] = p.AfterTime, p.AfterID
	}
	bound := spanner.StrongRead()
	if !p.ReadTime.IsZero() {
		bound = spanner.ReadTimestamp(p.ReadTime)
	}
	txn := s.client.Single().WithTimestampBound(bound)
	rows := txn.QueryWithOptions(ctx, statement, spanner.QueryOptions{RequestTag: "saga-list"})
	err = rows.Do(func(row *spanner.Row) error {
		one, err := decode(row)
		found = append(found, one)
		return err
	})
	if err != nil {
		return nil, time.Time{}, spannerdb.Fault(fmt.Errorf("list sagas: %w", err))
	}
	if readTime, err = txn.Timestamp(); err != nil {
		return nil, time.Time{}, fmt.Errorf("list sagas: read timestamp: %w", err)
	}
	return found, readTime, nil
}
