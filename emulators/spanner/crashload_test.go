package spanner_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
)

const crashDatabase = "projects/p/instances/main/databases/crash"

// crashAccounts is how many accounts the transactions of a load move money between.
const crashAccounts = 20

var crashDDL = []string{
	`CREATE TABLE Accounts (Id INT64 NOT NULL, Balance INT64 NOT NULL) PRIMARY KEY (Id)`,
	`CREATE INDEX AccountsByBalance ON Accounts(Balance)`,
	`CREATE TABLE Moves (Name STRING(40) NOT NULL, Attempt INT64 NOT NULL, Part INT64 NOT NULL, Parts INT64 NOT NULL, Account INT64 NOT NULL,
	  Amount INT64 NOT NULL, Stamp TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp=true)) PRIMARY KEY (Name, Attempt, Part)`,
	`CREATE INDEX MovesByAccount ON Moves(Account, Amount) STORING (Parts)`,
}

// crashLoad is clients that write and a note of what they were told. A
// transaction moves money between some accounts and writes a row of Moves for
// each, named after the transaction and its attempt.
type crashLoad struct {
	client *spanner.Client
	schema *crashSchema

	mu           sync.Mutex
	acknowledged map[string]time.Time // commit time by name
	begun        map[string]bool
	refused      map[string]error     // what was told for certain not to be committed
	inDoubt      map[string]bool      // nobody was told; whether it was found
	forgotten    map[string]bool      // see forget
	carried      [crashAccounts]int64 // balances without the moves that are there
}

// newCrashLoad connects to a database with crashDDL, and fills it.
func newCrashLoad(t testing.TB, addr string) *crashLoad {
	quick := backoff.Config{BaseDelay: 5 * time.Millisecond, Multiplier: 1.5, MaxDelay: 50 * time.Millisecond}
	options := []option.ClientOption{
		option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		option.WithGRPCDialOption(grpc.WithConnectParams(grpc.ConnectParams{Backoff: quick, MinConnectTimeout: time.Second})),
	}
	client, err := spanner.NewClientWithConfig(context.Background(), crashDatabase, spanner.ClientConfig{DisableNativeMetrics: true}, options...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	l := &crashLoad{
		client: client, schema: newCrashSchema(t, options),
		acknowledged: map[string]time.Time{}, begun: map[string]bool{}, refused: map[string]error{},
		inDoubt: map[string]bool{}, forgotten: map[string]bool{},
	}
	var fill []*spanner.Mutation
	for id := range crashAccounts {
		l.carried[id] = 1000
		fill = append(fill, spanner.Insert("Accounts", []string{"Id", "Balance"}, []any{id, 1000}))
	}
	_, err = client.Apply(context.Background(), fill)
	require.NoError(t, err)
	return l
}

// run writes until ctx ends.
func (l *crashLoad) run(ctx context.Context, seed uint64, workers int) {
	var wg sync.WaitGroup
	for worker := range workers {
		rng := rand.New(rand.NewPCG(seed, uint64(worker)))
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				l.move(ctx, rng, fmt.Sprintf("%d-%d-%d", worker, n, rng.Uint32()))
			}
		})
	}
	wg.Wait()
}

// changeSchema changes the schema until stop is called, or kill, which gives
// up on the change under way: nobody else can carry it out.
func (l *crashLoad) changeSchema(ctx context.Context, rng *rand.Rand) (stop, kill func()) {
	ctx, cancel := context.WithCancel(ctx)
	enough, done := make(chan struct{}), make(chan struct{})
	changes := rand.New(rand.NewPCG(rng.Uint64(), 0))
	go func() { defer close(done); l.schema.run(ctx, changes, enough) }()
	stop = sync.OnceFunc(func() { close(enough); <-done })
	return stop, func() { cancel(); stop() }
}

// move runs one transaction; some of them are given up on.
func (l *crashLoad) move(ctx context.Context, rng *rand.Rand, name string) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(20+rng.IntN(1500))*time.Millisecond)
	defer cancel()
	accounts := rng.Perm(crashAccounts)[:2+rng.IntN(3)]
	amounts := make([]int64, len(accounts))
	for i := range accounts[1:] {
		amounts[i] = rng.Int64N(100) - 50
		amounts[len(amounts)-1] -= amounts[i]
	}
	l.mu.Lock()
	l.begun[name] = true
	l.mu.Unlock()
	byDML := rng.IntN(2) == 0
	attempt := 0
	at, err := l.client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		attempt++
		return moveIn(ctx, tx, name, attempt, accounts, amounts, byDML)
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	switch code := spanner.ErrCode(err); {
	case err == nil:
		l.acknowledged[name] = at
	case ctx.Err() != nil, code == codes.Canceled, code == codes.DeadlineExceeded, code == codes.Unavailable:
		l.inDoubt[name] = false
	default:
		l.refused[name] = err
	}
}

func moveIn(ctx context.Context, tx *spanner.ReadWriteTransaction, name string, attempt int, accounts []int, amounts []int64, byDML bool) error {
	for i, account := range accounts {
		if byDML {
			_, err := tx.Update(ctx, spanner.Statement{SQL: "UPDATE Accounts SET Balance = Balance + @n WHERE Id = @id",
				Params: map[string]any{"n": amounts[i], "id": account}})
			if err != nil {
				return err
			}
		} else {
			row, err := tx.ReadRow(ctx, "Accounts", spanner.Key{account}, []string{"Balance"})
			if err != nil {
				return err
			}
			var balance int64
			if err := row.Columns(&balance); err != nil {
				return err
			}
			err = tx.BufferWrite([]*spanner.Mutation{spanner.Update("Accounts", []string{"Id", "Balance"}, []any{account, balance + amounts[i]})})
			if err != nil {
				return err
			}
		}
		err := tx.BufferWrite([]*spanner.Mutation{spanner.Insert("Moves",
			[]string{"Name", "Attempt", "Part", "Parts", "Account", "Amount", "Stamp"},
			[]any{name, attempt, i, len(accounts), account, amounts[i], spanner.CommitTimestamp})})
		if err != nil {
			return err
		}
	}
	return nil
}

// verify reads all of one moment and compares it with what the clients know.
// No call may fail: the emulator is up.
func (l *crashLoad) verify(ctx context.Context) error {
	if err := l.schema.verify(ctx, l.client); err != nil {
		return err
	}
	l.mu.Lock()
	acknowledged := maps.Clone(l.acknowledged)
	l.mu.Unlock()
	ro := l.client.ReadOnlyTransaction()
	defer ro.Close()
	moves, err := readMoves(ctx, ro)
	if err != nil {
		return err
	}
	for name, at := range acknowledged {
		if m := moves[name]; !l.forgotten[name] && (m == nil || !m.at.Equal(at)) {
			return fmt.Errorf("%w: %s was acknowledged at %v and is found as %+v", errCrash, name, at, m)
		}
	}
	carried := l.carried
	for name, m := range moves {
		if err := l.verifyMove(name, m); err != nil {
			return err
		}
		for _, part := range m.parts {
			carried[part.account] += part.amount
		}
	}
	if err := verifyAccounts(ctx, ro, carried); err != nil {
		return err
	}
	const sql = "SELECT Name, Attempt, Part, Parts, Account, Amount FROM Moves"
	if err := verifySame(ctx, ro, sql, sql+"@{FORCE_INDEX=MovesByAccount}"); err != nil {
		return err
	}
	if len(moves) < 400 {
		return nil
	}
	return l.forget(ctx, moves)
}

func (l *crashLoad) verifyMove(name string, m *crashMove) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case !l.begun[name]:
		return fmt.Errorf("%w: %s was never written", errCrash, name)
	case l.forgotten[name]:
		return fmt.Errorf("%w: %s was found and deleted before", errCrash, name)
	case l.refused[name] != nil:
		return fmt.Errorf("%w: %s was refused with %w and yet is found", errCrash, name, l.refused[name])
	case m.torn:
		return fmt.Errorf("%w: %s is there in part, or more than once: %+v", errCrash, name, m)
	}
	if _, ok := l.inDoubt[name]; ok {
		l.inDoubt[name] = true
	}
	return nil
}

// report counts what clients were told.
func (l *crashLoad) report() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	done := 0
	for _, found := range l.inDoubt {
		if found {
			done++
		}
	}
	for name, err := range l.refused {
		return fmt.Sprintf("%d were refused, such as %s: %v", len(l.refused), name, err)
	}
	return fmt.Sprintf("%d transactions acknowledged, %d in doubt of which %d were found", len(l.acknowledged), len(l.inDoubt), done)
}

// forget deletes the moves that were found right, so that the next
// verifications are quick, and adds them to what is carried.
func (l *crashLoad) forget(ctx context.Context, moves map[string]*crashMove) error {
	var gone []*spanner.Mutation
	for name := range moves {
		gone = append(gone, spanner.Delete("Moves", spanner.Key{name}.AsPrefix()))
	}
	if _, err := l.client.Apply(ctx, gone); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, m := range moves {
		l.forgotten[name] = true
		for _, part := range m.parts {
			l.carried[part.account] += part.amount
		}
	}
	return nil
}

// crashMove is a transaction as it is found.
type crashMove struct {
	attempt int64
	at      time.Time
	parts   []crashPart
	want    int64
	torn    bool
}

type crashPart struct{ account, amount int64 }

func readMoves(ctx context.Context, from reader) (map[string]*crashMove, error) {
	moves := map[string]*crashMove{}
	columns := []string{"Name", "Attempt", "Part", "Parts", "Account", "Amount", "Stamp"}
	err := from.Read(ctx, "Moves", spanner.AllKeys(), columns).Do(func(row *spanner.Row) error {
		var name string
		var attempt, part, parts int64
		var p crashPart
		var at time.Time
		if err := row.Columns(&name, &attempt, &part, &parts, &p.account, &p.amount, &at); err != nil {
			return err
		}
		m := moves[name]
		if m == nil {
			m = &crashMove{attempt: attempt, at: at, want: parts}
			moves[name] = m
		}
		if m.attempt != attempt || !m.at.Equal(at) || m.want != parts {
			m.torn = true
		}
		m.parts = append(m.parts, p)
		return nil
	})
	for _, m := range moves {
		m.torn = m.torn || int64(len(m.parts)) != m.want
	}
	return moves, err
}

func verifyAccounts(ctx context.Context, ro *spanner.ReadOnlyTransaction, want [crashAccounts]int64) error {
	var table, byIndex [crashAccounts]int64
	for sql, into := range map[string]*[crashAccounts]int64{
		"SELECT Id, Balance FROM Accounts": &table, "SELECT Id, Balance FROM Accounts@{FORCE_INDEX=AccountsByBalance}": &byIndex,
	} {
		rows := 0
		err := ro.Query(ctx, spanner.NewStatement(sql)).Do(func(row *spanner.Row) error {
			var id, balance int64
			rows++
			if err := row.Columns(&id, &balance); err != nil {
				return err
			}
			into[id] = balance
			return nil
		})
		if err != nil {
			return err
		}
		if rows != crashAccounts || *into != want {
			return fmt.Errorf("%w: %q finds %d rows %v, the moves make %v", errCrash, sql, rows, *into, want)
		}
	}
	return nil
}

// verifySame compares what two queries find, in any order.
func verifySame(ctx context.Context, ro *spanner.ReadOnlyTransaction, one, other string) error {
	var found [2][]string
	for i, sql := range []string{one, other} {
		err := ro.Query(ctx, spanner.NewStatement(sql)).Do(func(row *spanner.Row) error {
			found[i] = append(found[i], row.String())
			return nil
		})
		if err != nil {
			return err
		}
		slices.Sort(found[i])
	}
	if !slices.Equal(found[0], found[1]) {
		return fmt.Errorf("%w: %q finds %d rows, not those %d of %q", errCrash, other, len(found[1]), len(found[0]), one)
	}
	return nil
}
