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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

var (
	histories   = flag.Int("histories", 3, "`number` of random histories that TestHistoriesAreStrictlySerializable checks")
	historySeed = flag.Uint64("history-seed", 0, "`seed` of the first history; 0 chooses one")
)

// TestHistoriesAreStrictlySerializable records what clients see whose
// transactions run side by side, with calls cancelled, connections dropped and
// transactions left alone until they lapse, and lets porcupine look for an
// order that explains it. The long form is -histories=1000.
func TestHistoriesAreStrictlySerializable(t *testing.T) {
	seed := *historySeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	for i := range *histories {
		name := fmt.Sprintf("-history-seed=%d", seed+uint64(i))
		ok := t.Run(name, func(t *testing.T) { checkHistory(t, seed+uint64(i)) })
		require.True(t, ok, "to see it again: go test -run TestHistoriesAreStrictlySerializable -histories=1 %s", name)
	}
}

func checkHistory(t *testing.T, seed uint64) {
	ctx := context.Background()
	const database = "projects/p/instances/main/databases/history"
	server, err := emulator.Start(ctx, emulator.Options{IdleTimeout: 100 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	require.NoError(t, server.CreateDatabase(ctx, database,
		"CREATE TABLE Cells (Id INT64 NOT NULL, N INT64) PRIMARY KEY (Id)", "CREATE INDEX CellsByN ON Cells(N)"))
	wire := newDroppableProxy(t, server.Addr())
	t.Setenv("SPANNER_EMULATOR_HOST", wire.listener.Addr().String())
	client, err := spanner.NewClientWithConfig(ctx, database, spanner.ClientConfig{DisableNativeMetrics: true})
	require.NoError(t, err)
	t.Cleanup(client.Close)

	const workers, transactions = 6, 40
	h := &history{client: client, start: time.Now()}
	var wg sync.WaitGroup
	for worker := range workers {
		rng := rand.New(rand.NewPCG(seed, uint64(worker)))
		wg.Go(func() {
			for n := range transactions {
				h.transact(ctx, rng, worker)
				if worker == 0 && n%15 == 14 {
					wire.drop()
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d transactions, %d of them in doubt", len(h.operations), h.inDoubt)
	require.Greater(t, len(h.operations), workers*transactions/2, "most transactions must succeed for the history to tell anything")
	result, info := porcupine.CheckOperationsVerbose(strictSerializability, h.operations, maxCheck)
	if result == porcupine.Illegal {
		path := filepath.Join(t.ArtifactDir(), "history.html")
		t.Logf("drawn in %s: %v", path, porcupine.VisualizePath(strictSerializability, info, path))
	}
	assert.Equal(t, porcupine.Ok, result)
}

// history records transactions.
type history struct {
	client *spanner.Client
	start  time.Time
	values atomic.Int64 // no value is written twice

	mu         sync.Mutex
	operations []porcupine.Operation
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
		ro := h.client.ReadOnlyTransaction()
		for range 1 + rng.IntN(2) {
			if err = r.read(ctx, ro, rng); err != nil {
				break
			}
		}
		ro.Close()
		r.complete = false // a snapshot that failed has changed nothing
	} else {
		steps, lapse := 1+rng.IntN(4), rng.IntN(60) == 0
		_, err = h.client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
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

func (h *history) record(worker int, r *run, inDoubt bool) {
	op := porcupine.Operation{
		ClientId: worker, Input: transactionSteps{steps: append(r.steps, r.atCommit...), inDoubt: inDoubt},
		Call: r.called, Return: int64(time.Since(h.start)),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if inDoubt {
		op.Return = math.MaxInt64
		h.inDoubt++
	}
	h.operations = append(h.operations, op)
}

// run is one attempt of a transaction.
type run struct {
	h        *history
	called   int64
	steps    []step
	atCommit []step // of mutations, which come into force with the commit
	buffered []*spanner.Mutation
	complete bool
}

func (r *run) begin(h *history) {
	*r = run{h: h, called: int64(time.Since(h.start))}
}

type reader interface {
	Read(ctx context.Context, table string, keys spanner.KeySet, columns []string) *spanner.RowIterator
	Query(ctx context.Context, statement spanner.Statement) *spanner.RowIterator
}

// read looks at a range of rows by one of the ways there are.
func (r *run) read(ctx context.Context, from reader, rng *rand.Rand) error {
	s := randomRange(rng)
	params := map[string]any{"a": s.from, "b": s.to}
	var it *spanner.RowIterator
	switch rng.IntN(3) {
	case 0:
		keys := spanner.KeyRange{Start: spanner.Key{s.from}, End: spanner.Key{s.to}, Kind: spanner.ClosedOpen}
		it = from.Read(ctx, "Cells", keys, []string{"Id", "N"})
	case 1:
		it = from.Query(ctx, spanner.Statement{SQL: "SELECT Id, N FROM Cells WHERE Id >= @a AND Id < @b", Params: params})
	default:
		it = from.Query(ctx, spanner.Statement{SQL: "SELECT Id, N FROM Cells@{FORCE_INDEX=CellsByN} WHERE Id >= @a AND Id < @b", Params: params})
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

// step reads, or writes by a mutation or by DML.
func (r *run) step(ctx context.Context, tx *spanner.ReadWriteTransaction, rng *rand.Rand) (err error) {
	s := randomRange(rng)
	put := step{kind: stepPut, from: s.from, to: s.from + 1, value: r.h.values.Add(100)}
	switch rng.IntN(7) {
	case 0, 1, 2:
		return r.read(ctx, tx, rng)
	case 3:
		r.buffered = append(r.buffered, spanner.InsertOrUpdate("Cells", []string{"Id", "N"}, []any{put.from, put.value}))
		r.atCommit = append(r.atCommit, put)
		return nil
	case 4:
		s = put
		_, err = tx.Update(ctx, spanner.Statement{
			SQL: "INSERT OR UPDATE INTO Cells (Id, N) VALUES (@a, @n)", Params: map[string]any{"a": s.from, "n": s.value},
		})
	case 5:
		s.kind = stepIncrement
		s.count, err = tx.Update(ctx, spanner.Statement{
			SQL: "UPDATE Cells SET N = N + 1 WHERE Id >= @a AND Id < @b", Params: map[string]any{"a": s.from, "b": s.to},
		})
	case 6:
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
