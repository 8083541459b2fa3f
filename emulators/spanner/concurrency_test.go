package spanner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

// TestTransfersKeepTheSum moves money at random while snapshots add it up.
func TestTransfersKeepTheSum(t *testing.T) {
	ctx := context.Background()
	const accounts, start, workers, transfers = 10, 100, 8, 40
	client := spannertesting.NewDatabase(t, counterDDL)
	columns := []string{"Id", "N"}
	var initial []*spanner.Mutation
	for id := range accounts {
		initial = append(initial, spanner.Insert("Counters", columns, []any{id, start}))
	}
	created, err := client.Apply(ctx, initial)
	require.NoError(t, err)

	var done atomic.Bool
	var readers, writers sync.WaitGroup
	for i := range 3 {
		readers.Go(func() {
			for !done.Load() {
				bound := spanner.StrongRead()
				if i == 2 {
					age := time.Duration(rand.Int64N(int64(time.Since(created)) + 1))
					bound = spanner.ReadTimestamp(time.Now().Add(-age))
				}
				ro := client.ReadOnlyTransaction().WithTimestampBound(bound)
				var sum int64
				err := ro.Read(ctx, "Counters", spanner.AllKeys(), []string{"N"}).Do(func(row *spanner.Row) error {
					var n int64
					err := row.Columns(&n)
					sum += n
					return err
				})
				ro.Close()
				if assert.NoError(t, err) {
					assert.EqualValues(t, accounts*start, sum)
				}
			}
		})
	}
	for range workers {
		writers.Go(func() {
			for range transfers {
				assert.NoError(t, transfer(ctx, client, rand.Int64N(accounts), rand.Int64N(accounts), rand.Int64N(20)))
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	assert.EqualValues(t, accounts*start, sumCounters(t, client))
}

func transfer(ctx context.Context, client *spanner.Client, from, to, amount int64) error {
	columns := []string{"Id", "N"}
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		balances := map[int64]int64{}
		keys := spanner.KeySets(spanner.Key{from}, spanner.Key{to})
		err := txn.Read(ctx, "Counters", keys, columns).Do(func(row *spanner.Row) error {
			var id, n int64
			err := row.Columns(&id, &n)
			balances[id] = n
			return err
		})
		if err != nil || balances[from] < amount {
			return err
		}
		balances[from] -= amount
		balances[to] += amount
		var writes []*spanner.Mutation
		for id, n := range balances {
			writes = append(writes, spanner.Update("Counters", columns, []any{id, n}))
		}
		return txn.BufferWrite(writes)
	})
	return err
}

// TestRangeReadsAreSerializable lets transactions insert only as long as a
// range they have counted is not full: no phantom may slip in.
func TestRangeReadsAreSerializable(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, counterDDL)
	const places, applicants = 5, 20
	var admitted atomic.Int64
	var wg sync.WaitGroup
	for id := range applicants {
		wg.Go(func() {
			full := errors.New("full")
			_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
				taken := 0
				keys := spanner.KeyRange{Start: spanner.Key{0}, End: spanner.Key{1000}}
				err := txn.Read(ctx, "Counters", keys, []string{"Id"}).Do(func(*spanner.Row) error { taken++; return nil })
				if err != nil {
					return err
				}
				if taken >= places {
					return full
				}
				return txn.BufferWrite([]*spanner.Mutation{spanner.Insert("Counters", []string{"Id", "N"}, []any{id, 0})})
			})
			if err == nil {
				admitted.Add(1)
			} else {
				assert.ErrorIs(t, err, full)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, places, admitted.Load())
	assert.Len(t, readAll(t, client.Single().Read(ctx, "Counters", spanner.AllKeys(), []string{"Id"})), places)
}

func TestUniqueIndexRace(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, accountsDDL...)
	var won atomic.Int64
	var wg sync.WaitGroup
	for id := range 20 {
		wg.Go(func() {
			_, err := client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Accounts", []string{"Id", "Name", "Balance"}, []any{id, "same", 0})})
			if err == nil {
				won.Add(1)
			} else {
				assert.Equal(t, codes.AlreadyExists, spanner.ErrCode(err), "%v", err)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, won.Load())
	assert.Len(t, readAll(t, client.Single().Read(ctx, "Accounts", spanner.AllKeys(), []string{"Id"})), 1)
}

// TestManyOpenTransactions holds many transactions open at once; those that
// touch different rows all commit.
func TestManyOpenTransactions(t *testing.T) {
	ctx := context.Background()
	const count = 200
	client := newCounters(t, count)
	var open []*spanner.ReadWriteStmtBasedTransaction
	for id := range int64(count) {
		txn, err := spanner.NewReadWriteStmtBasedTransaction(ctx, client)
		require.NoError(t, err)
		_, err = txn.ReadRow(ctx, "Counters", spanner.Key{id}, []string{"N"})
		require.NoError(t, err)
		require.NoError(t, txn.BufferWrite([]*spanner.Mutation{spanner.Update("Counters", []string{"Id", "N"}, []any{id, 1})}))
		open = append(open, txn)
	}
	var last time.Time
	for _, txn := range open {
		at, err := txn.Commit(ctx)
		require.NoError(t, err)
		assert.True(t, at.After(last), "commit timestamps increase")
		last = at
	}
	assert.EqualValues(t, count, sumCounters(t, client))
}

func TestIdleTransactionLapses(t *testing.T) {
	t.Setenv("SPANNER_EMULATOR_HOST", "")
	ctx := context.Background()
	server, err := emulator.Start(ctx, emulator.Options{IdleTimeout: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	name := "projects/p/instances/main/databases/lapse"
	require.NoError(t, server.CreateDatabase(ctx, name, counterDDL))
	client := connect(t, server.Addr(), name)
	txn, err := spanner.NewReadWriteStmtBasedTransaction(ctx, client)
	require.NoError(t, err)
	_, err = txn.ReadRow(ctx, "Counters", spanner.Key{1}, []string{"N"})
	require.Equal(t, codes.NotFound, spanner.ErrCode(err))
	assert.Equal(t, 1, server.OpenTransactions())
	require.Eventually(t, func() bool { return server.OpenTransactions() == 0 }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, txn.BufferWrite([]*spanner.Mutation{spanner.Insert("Counters", []string{"Id", "N"}, []any{1, 1})}))
	_, err = txn.Commit(ctx)
	assert.Equal(t, codes.Aborted, spanner.ErrCode(err))
	delay, ok := spanner.ExtractRetryDelay(err)
	assert.True(t, ok, "the client is told when to try again")
	assert.Less(t, delay, time.Second)
}

// TestCancelledTransactionHoldsNothingUp cancels transactions at random points.
func TestCancelledTransactionHoldsNothingUp(t *testing.T) {
	client := newCounters(t, 1)
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*300*time.Microsecond)
			defer cancel()
			_ = increment(ctx, client, 0) // may or may not have come through
		})
	}
	wg.Wait()
	before := sumCounters(t, client)
	require.NoError(t, increment(context.Background(), client, 0))
	// One whose answer was not waited for may have been committed in between.
	assert.Greater(t, sumCounters(t, client), before)
}

func TestStaleReads(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, counterDDL)
	columns := []string{"Id", "N"}
	var times []time.Time
	for n := range 5 {
		at, err := client.Apply(ctx, []*spanner.Mutation{spanner.InsertOrUpdate("Counters", columns, []any{1, n})})
		require.NoError(t, err)
		times = append(times, at)
	}
	for n, at := range times {
		row, err := client.Single().WithTimestampBound(spanner.ReadTimestamp(at)).ReadRow(ctx, "Counters", spanner.Key{1}, columns)
		require.NoError(t, err)
		var id, got int64
		require.NoError(t, row.Columns(&id, &got))
		assert.EqualValues(t, n, got)
	}
	for name, tc := range map[string]struct {
		bound spanner.TimestampBound
		code  codes.Code
	}{
		"max staleness":   {spanner.MaxStaleness(time.Minute), codes.OK},
		"min timestamp":   {spanner.MinReadTimestamp(times[4]), codes.OK},
		"near future":     {spanner.ReadTimestamp(time.Now().Add(20 * time.Millisecond)), codes.OK},
		"before creation": {spanner.ExactStaleness(30 * time.Minute), codes.NotFound},
		"too old":         {spanner.ExactStaleness(2 * time.Hour), codes.FailedPrecondition},
	} {
		t.Run(name, func(t *testing.T) {
			ro := client.Single().WithTimestampBound(tc.bound)
			_, err := ro.ReadRow(ctx, "Counters", spanner.Key{1}, columns)
			assert.Equal(t, tc.code, spanner.ErrCode(err), "%v", err)
			if err == nil {
				at, err := ro.Timestamp()
				require.NoError(t, err)
				assert.False(t, at.Before(times[4]), fmt.Sprint(at, times[4]))
			}
		})
	}
}
