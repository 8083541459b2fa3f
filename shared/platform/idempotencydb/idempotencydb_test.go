package idempotencydb_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
)

const effects = `CREATE TABLE Effects (EffectId STRING(64) NOT NULL, Value INT64 NOT NULL) PRIMARY KEY (EffectId)`

func newClient(t *testing.T) *spanner.Client {
	t.Helper()
	return spannertesting.NewDatabase(t, idempotencydb.Schema, effects)
}

func newKey(body string) idempotency.Key {
	return idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/", []byte(body))
}

// effect inserts a row, which cannot be done twice, and answers its number.
func effect(runs *atomic.Int64) idempotencydb.Effect {
	return func(_ context.Context, txn *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
		n := runs.Add(1)
		insert := spanner.Insert("Effects", []string{"EffectId", "Value"}, []any{"1", n})
		if err := txn.BufferWrite([]*spanner.Mutation{insert}); err != nil {
			return idempotency.Answer{}, err
		}
		return idempotency.NewAnswer(201, map[string]string{"run": strconv.FormatInt(n, 10)})
	}
}

// value reads what the effect wrote.
func value(t *testing.T, client *spanner.Client) int64 {
	t.Helper()
	row, err := client.Single().ReadRow(t.Context(), "Effects", spanner.Key{"1"}, []string{"Value"})
	require.NoError(t, err)
	var n int64
	require.NoError(t, row.Columns(&n))
	return n
}

func TestRepetitionGetsTheStoredAnswer(t *testing.T) {
	client := newClient(t)
	var runs atomic.Int64
	first, replayed, err := idempotencydb.Once(t.Context(), client, newKey(`{"a":1}`), effect(&runs))
	require.NoError(t, err)
	assert.False(t, replayed)
	again, replayed, err := idempotencydb.Once(t.Context(), client, newKey(`{ "a": 1 }`), effect(&runs))
	require.NoError(t, err)
	assert.True(t, replayed)
	assert.Equal(t, first, again)
	assert.Equal(t, runs.Load(), value(t, client))
}

func TestKeyUsedForAnotherRequestIsRefused(t *testing.T) {
	client := newClient(t)
	var runs atomic.Int64
	_, _, err := idempotencydb.Once(t.Context(), client, newKey(`{"a":1}`), effect(&runs))
	require.NoError(t, err)
	_, _, err = idempotencydb.Once(t.Context(), client, newKey(`{"a":2}`), effect(&runs))
	assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", fault.ReasonOf(err))
	assert.Equal(t, fault.InvalidArgument, fault.KindOf(err))
	_, _, _, err = idempotencydb.Begin(t.Context(), client, newKey(`{"a":2}`))
	assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", fault.ReasonOf(err))
}

func TestFiftyAtOnceHaveOneEffect(t *testing.T) {
	client := newClient(t)
	var runs, fresh atomic.Int64
	var all sync.WaitGroup
	answers := make([]string, 50)
	for i := range answers {
		all.Go(func() {
			answer, replayed, err := idempotencydb.Once(context.Background(), client, newKey("{}"), effect(&runs))
			assert.NoError(t, err)
			if !replayed {
				fresh.Add(1)
			}
			answers[i] = string(answer.Body)
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, fresh.Load())
	for _, answer := range answers {
		assert.Equal(t, `{"run":"`+strconv.FormatInt(value(t, client), 10)+`"}`, answer)
	}
}

func TestFailuresAreNotStored(t *testing.T) {
	client := newClient(t)
	refusal := fault.New(fault.PermissionDenied, "PERMISSION_DENIED", "no")
	_, _, err := idempotencydb.Once(t.Context(), client, newKey("{}"), func(context.Context, *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
		return idempotency.Answer{}, refusal
	})
	assert.ErrorIs(t, err, refusal)
	var runs atomic.Int64
	_, replayed, err := idempotencydb.Once(t.Context(), client, newKey("{}"), effect(&runs))
	require.NoError(t, err)
	assert.False(t, replayed)
}

func TestLeaseAroundACallToTheOutside(t *testing.T) {
	client := newClient(t)
	var runs atomic.Int64
	lease, _, replayed, err := idempotencydb.Begin(t.Context(), client, newKey("{}"))
	require.NoError(t, err)
	assert.False(t, replayed)

	_, _, _, err = idempotencydb.Begin(t.Context(), client, newKey("{}"))
	inFlight, ok := fault.Of(err)
	require.True(t, ok)
	assert.Equal(t, fault.Conflict, inFlight.Kind)
	assert.Equal(t, idempotencydb.ReasonInFlight, inFlight.Reason)
	assert.Greater(t, inFlight.RetryAfter, time.Duration(0))
	assert.LessOrEqual(t, inFlight.RetryAfter, time.Second, "not the whole lease")
	_, _, err = idempotencydb.Once(t.Context(), client, newKey("{}"), effect(&runs))
	assert.Equal(t, idempotencydb.ReasonInFlight, fault.ReasonOf(err))

	answer, replayed, err := idempotencydb.Finish(t.Context(), client, lease, effect(&runs))
	require.NoError(t, err)
	assert.False(t, replayed)
	_, again, replayed, err := idempotencydb.Begin(t.Context(), client, newKey("{}"))
	require.NoError(t, err)
	assert.True(t, replayed)
	assert.Equal(t, answer, again)
}

func TestReleasedLeaseMayBeTakenAtOnce(t *testing.T) {
	client := newClient(t)
	lease, _, _, err := idempotencydb.Begin(t.Context(), client, newKey("{}"))
	require.NoError(t, err)
	stranger := idempotencydb.Lease{Key: lease.Key, ID: "another"}
	require.NoError(t, idempotencydb.Release(t.Context(), client, stranger))
	_, _, _, err = idempotencydb.Begin(t.Context(), client, newKey("{}"))
	require.Error(t, err, "only its holder releases it")
	require.NoError(t, idempotencydb.Release(t.Context(), client, lease))
	_, _, _, err = idempotencydb.Begin(t.Context(), client, newKey("{}"))
	assert.NoError(t, err)
}

func TestLapsedLeaseIsTakenOver(t *testing.T) {
	client := newClient(t)
	var runs atomic.Int64
	crashed, _, _, err := idempotencydb.Begin(t.Context(), client, newKey("{}"))
	require.NoError(t, err)
	change(t, client, "LeaseTime", time.Now().Add(-time.Second))
	second, _, _, err := idempotencydb.Begin(t.Context(), client, newKey("{}"))
	require.NoError(t, err)
	_, _, err = idempotencydb.Finish(t.Context(), client, crashed, effect(&runs))
	assert.Equal(t, idempotencydb.ReasonInFlight, fault.ReasonOf(err), "the first holder came back while the second works")
	answer, _, err := idempotencydb.Finish(t.Context(), client, second, effect(&runs))
	require.NoError(t, err)
	late, replayed, err := idempotencydb.Finish(t.Context(), client, crashed, effect(&runs))
	require.NoError(t, err)
	assert.True(t, replayed)
	assert.Equal(t, answer, late)
}

func TestExpiredRowsCountAsGone(t *testing.T) {
	client := newClient(t)
	var runs atomic.Int64
	_, _, err := idempotencydb.Once(t.Context(), client, newKey("{}"), effect(&runs))
	require.NoError(t, err)
	change(t, client, "ExpireTime", time.Now().Add(-time.Second))
	_, _, err = idempotencydb.Once(t.Context(), client, newKey(`{"other":1}`), func(context.Context, *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
		return idempotency.Answer{}, errors.New("reached")
	})
	assert.ErrorContains(t, err, "reached")
}

func change(t *testing.T, client *spanner.Client, column string, to any) {
	t.Helper()
	_, err := client.Apply(t.Context(), []*spanner.Mutation{
		spanner.Update("IdempotencyKeys", []string{"KeyHash", column}, []any{newKey("{}").Hash, to}),
	})
	require.NoError(t, err)
}
