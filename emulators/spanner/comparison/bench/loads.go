package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/emulators/spanner/comparison/servers"
)

const usersDDL = `CREATE TABLE Users (Id INT64 NOT NULL, Name STRING(MAX), Email STRING(MAX), Age INT64) PRIMARY KEY (Id)`

var userColumns = []string{"Id", "Name", "Email", "Age"}

const (
	fillBatch     = 1000
	clientThreads = 16 // of one client: handy-spanner has at most 32 transactions in a session
	callTimeout   = 10 * time.Second
)

// entry is a contestant that runs, with rows.
type entry struct {
	*contestant
	process *servers.Process
	clients []*spanner.Client
	rows    int64
	writes  int64 // acknowledged increments
}

// load is something to be measured, for a time. It counts the operations done.
type load struct {
	name string
	run  func(ctx context.Context, e *entry, until time.Time) (operations int64, err error)
}

func loads(p plan) []load {
	var all []load
	for _, threads := range []int{1, 8, 64} {
		all = append(all, load{fmt.Sprintf("point reads, %d at once", threads), side(threads, pointRead)})
	}
	all = append(all, load{"point queries (SQL, parameter), 8 at once", side(8, pointQuery)},
		load{fmt.Sprintf("rows by scans of %d, Read", p.scanRows), repeat(scanRead)},
		load{fmt.Sprintf("rows by scans of %d, SQL", p.scanRows), repeat(scanQuery)},
		load{fmt.Sprintf("rows counted and summed of %d, SQL", p.scanRows), repeat(scanSum)})
	for _, threads := range []int{1, 8, 64} {
		all = append(all, load{fmt.Sprintf("read-modify-writes, %d at once", threads), side(threads, readModifyWrite)})
	}
	return all
}

// measureLoads runs each load on each contestant in turns.
func measureLoads(ctx context.Context, b *servers.Binaries, cs []*contestant, p plan) error {
	var entries []*entry
	defer func() {
		for _, e := range entries {
			e.process.Kill()
		}
	}()
	results := newTable("operations a second", cs)
	for _, c := range cs {
		e, err := open(ctx, b, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.label, err)
		}
		entries = append(entries, e)
		if err := fill(ctx, e, p.scanRows); err != nil {
			return fmt.Errorf("%s: %w", c.label, err)
		}
	}
	for _, l := range loads(p) {
		fmt.Fprintln(os.Stderr, l.name)
		for range p.rounds {
			for _, e := range entries {
				measure(ctx, e, l, p, results)
			}
		}
	}
	for _, e := range entries {
		if sum, err := sumAges(ctx, e); err != nil {
			results.fail(e.contestant, "acknowledged increments lost", err)
		} else {
			results.add(e.contestant, "acknowledged increments lost", float64(e.writes-sum), 0)
		}
	}
	results.print("Loads (higher is better)", higher)
	return nil
}

func measure(ctx context.Context, e *entry, l load, p plan, results *table) {
	if e.process.Exited() {
		results.fail(e.contestant, l.name, fmt.Errorf("the server is gone: %s", e.process.Crash()))
		return
	}
	processor, began := e.process.ProcessorTime(), time.Now()
	operations, err := l.run(ctx, e, began.Add(time.Duration(p.loadSeconds*float64(time.Second))))
	seconds := time.Since(began).Seconds()
	if err != nil {
		results.fail(e.contestant, l.name, err)
	}
	if operations > 0 {
		used := e.process.ProcessorTime() - processor
		results.add(e.contestant, l.name, float64(operations)/seconds, float64(used.Microseconds())/float64(operations))
	}
}

// open starts a contestant, with as many clients as the widest load needs.
func open(ctx context.Context, b *servers.Binaries, c *contestant) (*entry, error) {
	process, err := c.start(b)
	if err != nil {
		return nil, err
	}
	e := &entry{contestant: c, process: process}
	client, err := process.Open(ctx, "bench", usersDDL)
	if err != nil {
		return nil, err
	}
	e.clients = []*spanner.Client{client}
	for range 64/clientThreads - 1 {
		more, err := process.Connect(ctx, client.DatabaseName())
		if err != nil {
			return nil, err
		}
		e.clients = append(e.clients, more)
	}
	return e, nil
}

// fill adds rows in order of their keys.
func fill(ctx context.Context, e *entry, count int) error {
	for left := count; left > 0; left -= fillBatch {
		var rows []*spanner.Mutation
		for range min(left, fillBatch) {
			rows = append(rows, spanner.Insert("Users", userColumns, []any{
				e.rows, fmt.Sprintf("User number %d", e.rows), fmt.Sprintf("user%d@example.com", e.rows), 0,
			}))
			e.rows++
		}
		if _, err := e.clients[0].Apply(ctx, rows); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	return nil
}

type operation func(ctx context.Context, e *entry, client *spanner.Client) error

// side does an operation from goroutines side by side, and tells the first
// error and how many there were.
func side(threads int, do operation) func(context.Context, *entry, time.Time) (int64, error) {
	return func(ctx context.Context, e *entry, until time.Time) (int64, error) {
		var done, failed atomic.Int64
		var first atomic.Value
		var wg sync.WaitGroup
		for thread := range threads {
			wg.Go(func() {
				for time.Now().Before(until) {
					call, cancel := context.WithTimeout(ctx, callTimeout)
					err := do(call, e, e.clients[thread/clientThreads])
					cancel()
					if err == nil {
						done.Add(1)
					} else if failed.Add(1) == 1 {
						first.Store(err)
					}
				}
			})
		}
		wg.Wait()
		if err, ok := first.Load().(error); ok {
			return done.Load(), fmt.Errorf("%d of %d failed, the first: %w", failed.Load(), failed.Load()+done.Load(), err)
		}
		return done.Load(), nil
	}
}

// repeat does a scan again and again, at least once, and counts its rows.
func repeat(scan func(ctx context.Context, e *entry) (rows int64, err error)) func(context.Context, *entry, time.Time) (int64, error) {
	return func(ctx context.Context, e *entry, until time.Time) (total int64, err error) {
		for once := true; once || time.Now().Before(until); once = false {
			rows, err := scan(ctx, e)
			if err == nil && rows != e.rows {
				err = fmt.Errorf("scanned %d rows of %d", rows, e.rows)
			}
			if err != nil {
				return total, err
			}
			total += rows
		}
		return total, nil
	}
}

var errWrongRow = errors.New("not the row that was asked for")

func pointRead(ctx context.Context, e *entry, client *spanner.Client) error {
	id := rand.Int64N(e.rows)
	row, err := client.Single().ReadRow(ctx, "Users", spanner.Key{id}, userColumns)
	return checkUser(row, id, err)
}

func pointQuery(ctx context.Context, e *entry, client *spanner.Client) error {
	id := rand.Int64N(e.rows)
	it := client.Single().Query(ctx, spanner.Statement{
		SQL: "SELECT Id, Name, Email, Age FROM Users WHERE Id = @id", Params: map[string]any{"id": id},
	})
	defer it.Stop()
	row, err := it.Next()
	return checkUser(row, id, err)
}

func checkUser(row *spanner.Row, id int64, err error) error {
	if err != nil {
		return err
	}
	var got, age int64
	var name, email string
	if err := row.Columns(&got, &name, &email, &age); err != nil {
		return err
	}
	if got != id {
		return errWrongRow
	}
	return nil
}

func readModifyWrite(ctx context.Context, e *entry, client *spanner.Client) error {
	id := rand.Int64N(e.rows)
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		row, err := txn.ReadRow(ctx, "Users", spanner.Key{id}, []string{"Age"})
		if err != nil {
			return err
		}
		var age int64
		if err := row.Columns(&age); err != nil {
			return err
		}
		return txn.BufferWrite([]*spanner.Mutation{spanner.Update("Users", []string{"Id", "Age"}, []any{id, age + 1})})
	})
	if err == nil {
		atomic.AddInt64(&e.writes, 1)
	}
	return err
}

func count(it *spanner.RowIterator) (rows int64, err error) {
	err = it.Do(func(*spanner.Row) error { rows++; return nil })
	return rows, err
}

func scanRead(ctx context.Context, e *entry) (int64, error) {
	return count(e.clients[0].Single().Read(ctx, "Users", spanner.AllKeys(), userColumns))
}

func scanQuery(ctx context.Context, e *entry) (int64, error) {
	return count(e.clients[0].Single().Query(ctx, spanner.Statement{SQL: "SELECT Id, Name, Email, Age FROM Users ORDER BY Id"}))
}

func scanSum(ctx context.Context, e *entry) (rows int64, err error) {
	rows, _, err = aggregate(ctx, e)
	return rows, err
}

func sumAges(ctx context.Context, e *entry) (sum int64, err error) {
	_, sum, err = aggregate(ctx, e)
	return sum, err
}

func aggregate(ctx context.Context, e *entry) (rows, sum int64, err error) {
	it := e.clients[0].Single().Query(ctx, spanner.Statement{SQL: "SELECT COUNT(*), SUM(Age) FROM Users"})
	err = it.Do(func(row *spanner.Row) error { return row.Columns(&rows, &sum) })
	return rows, sum, err
}
