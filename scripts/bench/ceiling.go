package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

var ceilingHead = []string{"concurrency", "read-modify-writes/s", "transactions a saga", "ceiling, sagas/s", "sagas/s of the ceiling"}

// counters is how many rows the transactions spread over.
const counters = 1000

// ceiling measures read-modify-write transactions of the same Spanner, as durable as the
// sagas', and sets the sagas a second beside it.
func (b *bench) ceiling(ctx context.Context, workers int, sagas, commits float64) error {
	client, err := b.counterDatabase(ctx)
	if err != nil {
		return err
	}
	took, elapsed, err := load(ctx, workers, 1<<40, b.length/2, func(ctx context.Context, _ int) error {
		return increment(ctx, client, rand.Int64N(counters))
	})
	if err != nil {
		return err
	}
	all := rate(took, elapsed)
	b.ceilings = append(b.ceilings, []string{
		fmt.Sprint(workers), number(all), number(commits), number(all / commits), fmt.Sprintf("%.0f %%", 100*sagas/(all/commits)),
	})
	return nil
}

func (b *bench) counterDatabase(ctx context.Context) (*spanner.Client, error) {
	if b.counters != nil {
		return b.counters, nil
	}
	const ddl = `CREATE TABLE Counters (Id INT64 NOT NULL, N INT64 NOT NULL) PRIMARY KEY (Id)`
	if err := b.stack.Spanner.CreateDatabase(ctx, stack.Instance+"/databases/bench", ddl); err != nil {
		return nil, err
	}
	client, err := spannerdb.Open(ctx, "bench")
	if err != nil {
		return nil, err
	}
	rows := make([]*spanner.Mutation, counters)
	for id := range rows {
		rows[id] = spanner.Insert("Counters", []string{"Id", "N"}, []any{id, 0})
	}
	if _, err := client.Apply(ctx, rows); err != nil {
		return nil, err
	}
	b.counters = client
	return client, nil
}

func increment(ctx context.Context, client *spanner.Client, id int64) error {
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		row, err := txn.ReadRow(ctx, "Counters", spanner.Key{id}, []string{"N"})
		if err != nil {
			return err
		}
		var n int64
		if err := row.Columns(&n); err != nil {
			return err
		}
		return txn.BufferWrite([]*spanner.Mutation{spanner.Update("Counters", []string{"Id", "N"}, []any{id, n + 1})})
	})
	return err
}
