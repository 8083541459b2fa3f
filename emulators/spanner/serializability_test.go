package spanner_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	histories    = flag.Int("histories", 3, "`number` of random histories that TestHistoriesAreStrictlySerializable checks")
	historiesFor = flag.Duration("histories-for", 0, "go on with histories for this `time`")
	historySeed  = flag.Uint64("history-seed", 0, "`seed` of the first history; 0 chooses one")
)

// TestHistoriesAreStrictlySerializable records what clients see whose
// transactions run side by side, with calls cancelled, connections dropped,
// transactions left alone until they lapse, and, in every second history, an
// emulator that loses power and starts again with what was synced. It lets
// porcupine look for an order that explains it. The long form is
// scripts/spanner-histories.
func TestHistoriesAreStrictlySerializable(t *testing.T) {
	seed := *historySeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	began, done, transactions, inDoubt := time.Now(), 0, 0, 0
	for i := 0; i < *histories || time.Since(began) < *historiesFor; i++ {
		name := fmt.Sprintf("-history-seed=%d", seed+uint64(i))
		ok := t.Run(name, func(t *testing.T) {
			h := checkHistory(t, seed+uint64(i))
			transactions += len(h.operations)
			inDoubt += h.inDoubt
		})
		require.True(t, ok, "to see it again: go test -run TestHistoriesAreStrictlySerializable -histories=1 %s", name)
		done++
	}
	fmt.Printf("%d histories from -history-seed=%d, %d transactions, %d of them in doubt: all explained\n", done, seed, transactions, inDoubt)
}

func checkHistory(t *testing.T, seed uint64) *history {
	ctx := context.Background()
	e := newDiskEmulator(t, 100*time.Millisecond)
	require.NoError(t, e.server.CreateDatabase(ctx, historyDatabase,
		"CREATE TABLE Cells (Id INT64 NOT NULL, N INT64) PRIMARY KEY (Id)", "CREATE INDEX CellsByN ON Cells(N)"))
	client := connect(t, e.wire.listener.Addr().String(), historyDatabase)
	const workers, transactions = 6, 40
	h := &history{client: client, start: time.Now().Truncate(time.Microsecond)}
	var wg sync.WaitGroup
	for worker := range workers {
		rng := rand.New(rand.NewPCG(seed, uint64(worker)))
		wg.Go(func() {
			for n := range transactions {
				h.transact(ctx, rng, worker)
				switch {
				case worker == 0 && n%15 == 14:
					e.wire.drop()
				case worker == 1 && n%15 == 14 && seed%2 == 1:
					e.losePower(t, rng)
					e.wire.pointTo(e.server.Addr())
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d transactions, %d of them in doubt", len(h.operations), h.inDoubt)
	require.Greater(t, len(h.operations), workers*transactions/2, "most transactions must succeed for the history to tell anything")
	explain(t, h.operations)
	explain(t, h.stamped)
	return h
}

// explain looks for an order of the transactions that explains what they saw.
func explain(t *testing.T, operations []porcupine.Operation) {
	result, info := porcupine.CheckOperationsVerbose(strictSerializability, operations, maxCheck)
	if result == porcupine.Illegal {
		path := filepath.Join(t.ArtifactDir(), "history.html")
		t.Logf("drawn in %s (kept with -artifacts): %v", path, porcupine.VisualizePath(strictSerializability, info, path))
	}
	assert.Equal(t, porcupine.Ok, result)
}

const historyDatabase = "projects/p/instances/main/databases/history"

// history records transactions.
type history struct {
	client *spanner.Client
	start  time.Time
	values atomic.Int64 // no value is written twice

	mu         sync.Mutex
	operations []porcupine.Operation
	stamped    []porcupine.Operation // the same, to be explained in the order of timestamps
	inDoubt    int
}

// transact runs a random transaction and records it, unless it surely was not
// committed.
func (h *history) transact(ctx context.Context, rng *rand.Rand, worker int) {
	if rng.IntN(12) == 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(rng.IntN(6000))*time.Microsecond)
		defer cancel()
		ctx = limited
	}
	var r run
	var err error
	if rng.IntN(4) == 0 {
		r.begin(h)
		if err := r.snapshot(ctx, rng); err != nil {
			return // it has changed nothing
		}
	} else {
		steps, lapse := 1+rng.IntN(4), rng.IntN(60) == 0
		r.at, err = h.client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
			r.begin(h)
			for i := range steps {
				if err := r.step(ctx, tx, rng); err != nil {
					return err
				}
				if lapse && i == 0 {
					lapse = false
					time.Sleep(1200 * time.Millisecond) // the sweep runs once a second
				}
			}
			r.complete = true
			return tx.BufferWrite(r.buffered)
		})
	}
	if err != nil && !r.complete {
		return
	}
	h.record(worker, &r, err != nil)
}

// snapshot reads once or twice at one time: now, or a time in the past, which
// then is the earliest at which it may have taken place.
func (r *run) snapshot(ctx context.Context, rng *rand.Rand) error {
	ro := r.h.client.ReadOnlyTransaction()
	reads, staleness := 1+rng.IntN(2), time.Duration(rng.IntN(20_000))*time.Microsecond
	past := true
	switch rng.IntN(4) {
	case 0:
		ro = ro.WithTimestampBound(spanner.ExactStaleness(staleness))
	case 1:
		ro = ro.WithTimestampBound(spanner.ReadTimestamp(time.Now().Add(-staleness)))
	case 2:
		reads, ro = 1, r.h.client.Single().WithTimestampBound(spanner.MaxStaleness(staleness))
	default:
		past = false
	}
	defer ro.Close()
	for range reads {
		if err := r.read(ctx, ro, rng); err != nil {
			return err
		}
	}
	at, err := ro.Timestamp()
	if past {
		r.called = int64(at.Sub(r.h.start))
	}
	r.at, r.snapshotOnly = at, true
	return err
}

func (h *history) record(worker int, r *run, inDoubt bool) {
	op := porcupine.Operation{
		ClientId: worker, Input: transactionSteps{steps: append(r.steps, r.atCommit...), inDoubt: inDoubt},
		Call: r.called, Return: int64(time.Since(h.start)),
	}
	stamped := op
	// A snapshot comes after the commit with its timestamp. What has perhaps written nothing is one or the other.
	tick := 4 * r.at.Sub(h.start).Microseconds()
	stamped.Call, stamped.Return = tick, tick+1
	switch {
	case r.snapshotOnly:
		stamped.Call, stamped.Return = tick+2, tick+3
	case !slices.ContainsFunc(op.Input.(transactionSteps).steps, step.surelyWrites):
		stamped.Return = tick + 3
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if inDoubt {
		op.Return = math.MaxInt64
		stamped.Call, stamped.Return = 4*(r.called/1000), math.MaxInt64
		h.inDoubt++
	}
	h.operations = append(h.operations, op)
	h.stamped = append(h.stamped, stamped)
}

// run is one attempt of a transaction.
type run struct {
	h        *history
	called   int64
	at       time.Time // its timestamp
	steps    []step
	atCommit []step // of mutations, which come into force with the commit
	buffered []*spanner.Mutation
	complete bool

	snapshotOnly bool
}

func (r *run) begin(h *history) {
	*r = run{h: h, called: int64(time.Since(h.start))}
}

type reader interface {
	Read(ctx context.Context, table string, keys spanner.KeySet, columns []string) *spanner.RowIterator
	ReadUsingIndex(ctx context.Context, table, index string, keys spanner.KeySet, columns []string) *spanner.RowIterator
	Query(ctx context.Context, statement spanner.Statement) *spanner.RowIterator
}

// read looks at rows by one of the ways there are.
func (r *run) read(ctx context.Context, from reader, rng *rand.Rand) error {
	s := randomRange(rng)
	params := map[string]any{"a": s.from, "b": s.to}
	query := func(sql string) *spanner.RowIterator {
		return from.Query(ctx, spanner.Statement{SQL: sql, Params: params})
	}
	var it *spanner.RowIterator
	switch rng.IntN(6) {
	case 0:
		keys := spanner.KeyRange{Start: spanner.Key{s.from}, End: spanner.Key{s.to}, Kind: spanner.ClosedOpen}
		it = from.Read(ctx, "Cells", keys, []string{"Id", "N"})
	case 1:
		it = query("SELECT Id, N FROM Cells WHERE Id >= @a AND Id < @b")
	case 2:
		it = query("SELECT Id, N FROM Cells@{FORCE_INDEX=CellsByN} WHERE Id >= @a AND Id < @b")
	case 3:
		s.kind = stepLowest
		it = query("SELECT Id, N FROM Cells WHERE Id >= @a AND Id < @b ORDER BY Id LIMIT 1")
	case 4:
		s.kind = stepHighest
		it = query("SELECT Id, N FROM Cells WHERE Id >= @a AND Id < @b ORDER BY Id DESC LIMIT 1")
	default:
		s = r.h.randomValues(rng)
		keys := spanner.KeyRange{Start: spanner.Key{s.low}, End: spanner.Key{s.up}, Kind: spanner.ClosedOpen}
		it = from.ReadUsingIndex(ctx, "Cells", "CellsByN", keys, []string{"Id", "N"})
	}
	err := it.Do(func(row *spanner.Row) error {
		var id, n int64
		if err := row.Columns(&id, &n); err != nil {
			return err
		}
		s.seen[id] = n
		return nil
	})
	r.steps = append(r.steps, s)
	return err
}

func randomRange(rng *rand.Rand) step {
	from := rng.IntN(historyRows)
	return step{kind: stepRead, from: from, to: from + 1 + rng.IntN(historyRows-from)}
}

// randomValues picks rows by what was written of late.
func (h *history) randomValues(rng *rand.Rand) step {
	low := max(1, h.values.Load()-rng.Int64N(3000))
	return step{kind: stepRead, to: historyRows, low: low, up: low + 1 + rng.Int64N(3000)}
}

// step reads, or writes by a mutation or by DML.
func (r *run) step(ctx context.Context, tx *spanner.ReadWriteTransaction, rng *rand.Rand) (err error) {
	s := randomRange(rng)
	put := step{kind: stepPut, from: s.from, to: s.from + 1, value: r.h.values.Add(100)}
	switch rng.IntN(9) {
	case 0, 1, 2:
		return r.read(ctx, tx, rng)
	case 3:
		r.buffered = append(r.buffered, spanner.InsertOrUpdate("Cells", []string{"Id", "N"}, []any{put.from, put.value}))
		r.atCommit = append(r.atCommit, put)
		return nil
	case 4:
		s.kind, s.count = stepDelete, -1
		r.buffered = append(r.buffered, spanner.Delete("Cells", spanner.KeyRange{Start: spanner.Key{s.from}, End: spanner.Key{s.to}}))
		r.atCommit = append(r.atCommit, s)
		return nil
	case 5:
		s = put
		_, err = tx.Update(ctx, spanner.Statement{
			SQL: "INSERT OR UPDATE INTO Cells (Id, N) VALUES (@a, @n)", Params: map[string]any{"a": s.from, "n": s.value},
		})
	case 6:
		s.kind = stepIncrement
		s.count, err = tx.Update(ctx, spanner.Statement{
			SQL: "UPDATE Cells SET N = N + 1 WHERE Id >= @a AND Id < @b", Params: map[string]any{"a": s.from, "b": s.to},
		})
	case 7:
		s = r.h.randomValues(rng)
		s.kind = stepIncrement
		s.count, err = tx.Update(ctx, spanner.Statement{
			SQL: "UPDATE Cells SET N = N + 1 WHERE N >= @a AND N < @b", Params: map[string]any{"a": s.low, "b": s.up},
		})
	case 8:
		s.kind, s.to = stepDelete, s.from+1
		s.count, err = tx.Update(ctx, spanner.Statement{SQL: "DELETE FROM Cells WHERE Id = @a", Params: map[string]any{"a": s.from}})
	}
	r.steps = append(r.steps, s)
	return err
}

// droppableProxy passes connections on until it drops them.
type droppableProxy struct {
	listener net.Listener
	mu       sync.Mutex
	to       string // "" refuses
	open     map[net.Conn]struct{}
}

func newDroppableProxy(t *testing.T, to string) *droppableProxy {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &droppableProxy{listener: listener, to: to, open: map[net.Conn]struct{}{}}
	t.Cleanup(func() { _ = listener.Close(); p.drop() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			p.connect(near)
		}
	}()
	return p
}

func (p *droppableProxy) connect(near net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		_ = near.Close()
		return
	}
	p.open[near], p.open[far] = struct{}{}, struct{}{}
	go pass(near, far)
	go pass(far, near)
}

// pointTo drops all connections and passes new ones on to another address, to none if it is empty.
func (p *droppableProxy) pointTo(to string) {
	p.mu.Lock()
	p.to = to
	p.mu.Unlock()
	p.drop()
}

func pass(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
}

func (p *droppableProxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
		delete(p.open, conn)
	}
}
