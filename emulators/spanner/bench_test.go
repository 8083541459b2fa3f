package spanner_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
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
	fillCounters(tb, client, count)
	return client
}

func fillCounters(tb testing.TB, client *spanner.Client, count int64) {
	var rows []*spanner.Mutation
	for id := range count {
		rows = append(rows, spanner.Insert("Counters", []string{"Id", "N"}, []any{id, 0}))
	}
	_, err := client.Apply(context.Background(), rows)
	require.NoError(tb, err)
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

// BenchmarkReadModifyWrite increments random rows from 64 goroutines, and
// reports the processor time of a transaction too, client included.
func BenchmarkReadModifyWrite(b *testing.B) {
	for _, bc := range []struct {
		name    string
		rows    int64
		durable bool
	}{{"1000rows", 1000, false}, {"1row", 1, false}, {"1000rows/durable", 1000, true}, {"1row/durable", 1, true}} {
		b.Run(bc.name, func(b *testing.B) {
			client := benchmarkClient(b, bc.durable)
			fillCounters(b, client, bc.rows)
			var left, failures atomic.Int64
			left.Store(int64(b.N))
			before := processorTime(b)
			b.ResetTimer()
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if increment(context.Background(), client, rand.Int64N(bc.rows)) != nil {
							failures.Add(1)
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "txn/s")
			b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-us/txn")
			assert.Zero(b, failures.Load())
			assert.Equal(b, int64(b.N), sumCounters(b, client))
		})
	}
}

func benchmarkClient(b *testing.B, durable bool) *spanner.Client {
	if !durable {
		return spannertesting.NewDatabase(b, counterDDL)
	}
	server, err := emulator.Start(context.Background(), emulator.Options{DataDir: b.TempDir()})
	require.NoError(b, err)
	b.Cleanup(func() { assert.NoError(b, server.Close()) })
	name := "projects/p/instances/main/databases/bench"
	require.NoError(b, server.CreateDatabase(context.Background(), name, counterDDL))
	return connect(b, server.Addr(), name)
}

// processorTime is what the process has used, in the kernel too.
func processorTime(tb testing.TB) time.Duration {
	var usage syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
