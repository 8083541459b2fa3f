package spanner_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

const counterDDL = `CREATE TABLE Counters (Id INT64 NOT NULL, N INT64 NOT NULL) PRIMARY KEY (Id)`

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

func newCounters(tb testing.TB, count int64) *spanner.Client {
	client := spannertesting.NewDatabase(tb, counterDDL)
	var rows []*spanner.Mutation
	for id := range count {
		rows = append(rows, spanner.Insert("Counters", []string{"Id", "N"}, []any{id, 0}))
	}
	_, err := client.Apply(context.Background(), rows)
	require.NoError(tb, err)
	return client
}

func sumCounters(tb testing.TB, client *spanner.Client) (sum int64) {
	it := client.Single().Read(context.Background(), "Counters", spanner.AllKeys(), []string{"N"})
	require.NoError(tb, it.Do(func(row *spanner.Row) error {
		var n int64
		err := row.Columns(&n)
		sum += n
		return err
	}))
	return sum
}

// BenchmarkReadModifyWrite increments random rows from 64 goroutines.
func BenchmarkReadModifyWrite(b *testing.B) {
	for name, rows := range map[string]int64{"1000 rows": 1000, "1 row": 1} {
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			client := newCounters(b, rows)
			var left, failures atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			done := make(chan struct{})
			for range 64 {
				go func() {
					defer func() { done <- struct{}{} }()
					for left.Add(-1) >= 0 {
						if err := increment(ctx, client, rand.Int64N(rows)); err != nil {
							failures.Add(1)
						}
					}
				}()
			}
			for range 64 {
				<-done
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "txn/s")
			assert.Zero(b, failures.Load())
			assert.Equal(b, int64(b.N), sumCounters(b, client))
		})
	}
}
