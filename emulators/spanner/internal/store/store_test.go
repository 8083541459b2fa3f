package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func open(t testing.TB, dir string) *Store {
	s, err := Open(Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func begin(t testing.TB, s *Store) *Txn {
	txn, err := s.Begin(context.Background(), nil)
	require.NoError(t, err)
	return txn
}

func put(t testing.TB, s *Store, pairs ...string) Timestamp {
	txn := begin(t, s)
	for i := 0; i < len(pairs); i += 2 {
		require.NoError(t, txn.Put([]byte(pairs[i]), []byte(pairs[i+1])))
	}
	ts, err := txn.Commit()
	require.NoError(t, err)
	return ts
}

func collect(t testing.TB, it Iterator) []string {
	var out []string
	for it.Next() {
		out = append(out, string(it.Key())+"="+string(it.Value()))
	}
	require.NoError(t, it.Err())
	require.NoError(t, it.Close())
	return out
}

func TestSnapshotsDoNotChange(t *testing.T) {
	s := open(t, "")
	t1 := put(t, s, "a", "1", "b", "1")
	t2 := put(t, s, "a", "2", "c", "2")
	txn := begin(t, s)
	require.NoError(t, txn.Delete([]byte("b")))
	t3, err := txn.Commit()
	require.NoError(t, err)
	require.Less(t, t1, t2)
	require.Less(t, t2, t3)
	for _, tc := range []struct {
		at   Timestamp
		want []string
	}{
		{t1 - 1, nil}, {t1, []string{"a=1", "b=1"}}, {t2, []string{"a=2", "b=1", "c=2"}}, {t3, []string{"a=2", "c=2"}},
	} {
		assert.Equal(t, tc.want, collect(t, s.At(tc.at).Scan(nil, nil, false)))
		slices.Reverse(tc.want)
		assert.Equal(t, tc.want, collect(t, s.At(tc.at).Scan(nil, nil, true)))
	}
	_, found, err := s.At(t3).Get([]byte("b"))
	require.NoError(t, err)
	assert.False(t, found)
}

// TestScanAgainstModel compares scans at random times and bounds with a plain map.
func TestScanAgainstModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	s := open(t, "")
	model := map[string]string{}
	type version struct {
		ts    Timestamp
		state map[string]string
	}
	var history []version
	for i := range 300 {
		txn := begin(t, s)
		for range 1 + r.IntN(3) {
			key := fmt.Sprintf("k%02d", r.IntN(20))
			if r.IntN(3) == 0 {
				require.NoError(t, txn.Delete([]byte(key)))
				delete(model, key)
			} else {
				require.NoError(t, txn.Put([]byte(key), []byte(strconv.Itoa(i))))
				model[key] = strconv.Itoa(i)
			}
		}
		ts, err := txn.Commit()
		require.NoError(t, err)
		state := map[string]string{}
		for k, v := range model {
			state[k] = v
		}
		history = append(history, version{ts, state})
	}
	for range 500 {
		v := history[r.IntN(len(history))]
		lo, hi := fmt.Sprintf("k%02d", r.IntN(20)), fmt.Sprintf("k%02d\xff", r.IntN(20))
		var want []string
		for k, val := range v.state {
			if lo <= k && k < hi {
				want = append(want, k+"="+val)
			}
		}
		slices.Sort(want)
		if lo > hi {
			continue
		}
		require.Equal(t, want, collect(t, s.At(v.ts).Scan([]byte(lo), []byte(hi), false)))
		slices.Reverse(want)
		require.Equal(t, want, collect(t, s.At(v.ts).Scan([]byte(lo), []byte(hi), true)))
	}
}

func TestTransactionSeesItsWrites(t *testing.T) {
	s := open(t, "")
	put(t, s, "a", "1", "b", "1", "d", "1")
	txn := begin(t, s)
	require.NoError(t, txn.Put([]byte("c"), []byte("2")))
	require.NoError(t, txn.Delete([]byte("a")))
	mark := txn.Savepoint()
	require.NoError(t, txn.Put([]byte("c"), []byte("3")))
	require.NoError(t, txn.Put([]byte("e"), []byte("3")))
	assert.Equal(t, []string{"b=1", "c=3", "d=1", "e=3"}, collect(t, txn.Scan(nil, nil, false)))
	txn.RollbackTo(mark)
	assert.Equal(t, []string{"d=1", "c=2", "b=1"}, collect(t, txn.Scan(nil, nil, true)))
	_, err := txn.Commit()
	require.NoError(t, err)
	assert.Equal(t, []string{"b=1", "c=2", "d=1"}, collect(t, s.At(s.Latest()).Scan(nil, nil, false)))
}

func TestConflictsAbort(t *testing.T) {
	for name, read := range map[string]func(t *testing.T, txn *Txn){
		"key":         func(_ *testing.T, txn *Txn) { _, _, _ = txn.Get([]byte("b")) },
		"missing key": func(_ *testing.T, txn *Txn) { _, _, _ = txn.Get([]byte("c")) },
		"range":       func(t *testing.T, txn *Txn) { collect(t, txn.Scan([]byte("a"), []byte("d"), false)) },
		"open iterator": func(t *testing.T, txn *Txn) {
			it := txn.Scan([]byte("a"), []byte("d"), false)
			require.True(t, it.Next())
			t.Cleanup(func() { assert.NoError(t, it.Close()) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, "")
			put(t, s, "b", "1", "e", "1")
			txn := begin(t, s)
			read(t, txn)
			put(t, s, "b", "2", "c", "2")
			require.NoError(t, txn.Put([]byte("z"), []byte("1")))
			_, err := txn.Commit()
			require.ErrorIs(t, err, ErrAborted)
			assert.NotEmpty(t, txn.Lost())
		})
	}
	t.Run("disjoint", func(t *testing.T) {
		s := open(t, "")
		put(t, s, "b", "1", "e", "1")
		txn := begin(t, s)
		it := txn.Scan([]byte("a"), nil, false)
		require.True(t, it.Next()) // reads b, looks at e
		require.NoError(t, it.Close())
		put(t, s, "f", "2")
		require.NoError(t, txn.Touch())
		require.NoError(t, txn.Put([]byte("z"), []byte("1")))
		_, err := txn.Commit()
		require.NoError(t, err)
	})
}

func TestCountersUnderContention(t *testing.T) {
	for _, keys := range []int{1, 10} {
		t.Run(fmt.Sprint(keys, " keys"), func(t *testing.T) {
			s := open(t, "")
			var wg sync.WaitGroup
			const workers, rounds = 16, 100
			for w := range workers {
				wg.Go(func() {
					for i := range rounds {
						increment(t, s, []byte(fmt.Sprint("k", (w+i)%keys)))
					}
				})
			}
			wg.Wait()
			sum := 0
			for _, kv := range collect(t, s.At(s.Latest()).Scan(nil, nil, false)) {
				n, err := strconv.Atoi(kv[len("k0="):])
				require.NoError(t, err)
				sum += n
			}
			assert.Equal(t, workers*rounds, sum)
			assert.Zero(t, s.OpenTransactions())
		})
	}
}

func increment(t testing.TB, s *Store, key []byte) {
	var lost [][]byte
	for {
		txn, err := s.Begin(context.Background(), lost)
		if !assert.NoError(t, err) {
			return
		}
		value, _, err := txn.Get(key)
		if err == nil {
			n, _ := strconv.Atoi(string(value))
			if err = txn.Put(key, []byte(strconv.Itoa(n+1))); err == nil {
				_, err = txn.Commit()
			}
		}
		if err == nil {
			return
		}
		if !errors.Is(err, ErrAborted) {
			assert.NoError(t, err)
			return
		}
		lost = txn.Lost()
	}
}

func TestIdleTransactionsLapse(t *testing.T) {
	s := open(t, "")
	txn := begin(t, s)
	s.LapseIdle(time.Hour)
	require.NoError(t, txn.Touch())
	s.LapseIdle(-time.Second)
	require.ErrorIs(t, txn.Touch(), ErrAborted)
	_, err := txn.Commit()
	require.ErrorIs(t, err, ErrAborted)
}

func TestReopenKeepsCommitsAndClock(t *testing.T) {
	dir := t.TempDir()
	future := func() time.Time { return time.Now().Add(time.Hour) }
	s, err := Open(Options{Dir: dir, Now: future})
	require.NoError(t, err)
	first := put(t, s, "a", "1")
	require.NoError(t, s.SetMeta("m", []byte("x")))
	require.NoError(t, s.Close())
	s = open(t, dir)
	assert.Equal(t, []string{"a=1"}, collect(t, s.At(s.Latest()).Scan(nil, nil, false)))
	meta, ok, err := s.Meta("m")
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, "x", string(meta))
	assert.Greater(t, put(t, s, "b", "1"), first, "the clock went back, timestamps must not")
}

func TestStamp(t *testing.T) {
	s := open(t, "")
	txn := begin(t, s)
	require.NoError(t, txn.PutStamped([]byte("pending"), []byte("p"), func(ts Timestamp) ([]byte, []byte) {
		return []byte("at"), []byte(strconv.FormatInt(int64(ts), 10))
	}))
	assert.Equal(t, []string{"pending=p"}, collect(t, txn.Scan(nil, nil, false)))
	ts, err := txn.Commit()
	require.NoError(t, err)
	assert.Equal(t, []string{fmt.Sprint("at=", int64(ts))}, collect(t, s.At(ts).Scan(nil, nil, false)))
}

func TestLogIsTrimmed(t *testing.T) {
	start := time.Now()
	var ticks atomic.Int64
	s, err := Open(Options{Now: func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Millisecond) }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	reader := begin(t, s)
	_, _, err = reader.Get([]byte("k"))
	require.NoError(t, err)
	for range 5000 {
		put(t, s, "a", "1")
	}
	assert.GreaterOrEqual(t, s.log.size(), 5000, "an open transaction may have to be checked against it")
	put(t, s, "k", "1")
	require.NoError(t, reader.Put([]byte("z"), nil))
	_, err = reader.Commit()
	require.ErrorIs(t, err, ErrAborted)
	for range 10000 {
		put(t, s, "a", "1")
	}
	assert.Less(t, s.log.size(), 11000)
}

// TestTurnOfADeadClientIsTakenOver leaves a transaction that has its turn
// lying around: the others get through all the same.
func TestTurnOfADeadClientIsTakenOver(t *testing.T) {
	s := open(t, "")
	key := []byte("k")
	dead, err := s.Begin(context.Background(), [][]byte{key})
	require.NoError(t, err)
	_, _, err = dead.Get(key)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { increment(t, s, key) })
	}
	wg.Wait()
	value, _, err := s.At(s.Latest()).Get(key)
	require.NoError(t, err)
	assert.Equal(t, "10", string(value))
	require.NoError(t, dead.Put(key, []byte("0")))
	_, err = dead.Commit()
	require.ErrorIs(t, err, ErrAborted)
}
