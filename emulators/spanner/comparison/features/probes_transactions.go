package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"
)

const oneAtATime = "no: one read-write transaction at a time"

func transactionProbes() []probe {
	numbers := []string{numbersDDL}
	return []probe{
		{name: "snapshots are unchanged by later commits", official: documented, ddl: numbers, run: snapshot},
		{name: "stale reads: by age, by timestamp", official: documented, ddl: numbers, run: stale},
		{name: "a transaction sees its own DML", official: documented, ddl: numbers, run: ownWrites},
		{name: "a transaction that fails leaves nothing", official: documented, ddl: numbers, run: rolledBack},
		{name: "a commit that breaks a constraint writes nothing", official: documented, ddl: numbers, run: func(ctx context.Context, e *env) error {
			return first(e.addNumbers(ctx), fails(e.insert(ctx, "Numbers", "K", []any{9}, []any{1}), codes.AlreadyExists),
				e.query(ctx, "SELECT COUNT(*) FROM Numbers", nil, "3"))
		}},
		{name: "read-write transactions side by side, none aborted", official: oneAtATime, ddl: numbers, run: func(ctx context.Context, e *env) error {
			return sideBySide(ctx, e, 2)
		}},
		{name: "40 read-write transactions open at once", official: oneAtATime, ddl: numbers, run: func(ctx context.Context, e *env) error {
			return sideBySide(ctx, e, 40)
		}},
		{name: "concurrent read-modify-writes lose nothing", official: documented, ddl: numbers, run: lostUpdates},
		{name: "no write skew", official: documented, ddl: numbers, run: writeSkew},
		{name: "a transaction whose DML was cancelled blocks nobody", official: "no: cancellations are ignored", ddl: numbers, run: cancelled},
	}
}

func snapshot(ctx context.Context, e *env) error {
	if err := e.addNumbers(ctx); err != nil {
		return err
	}
	txn := e.client.ReadOnlyTransaction()
	defer txn.Close()
	query := spanner.NewStatement("SELECT COUNT(*) FROM Numbers")
	return first(same(txn.Query(ctx, query), "3"), e.insert(ctx, "Numbers", "K", []any{4}),
		same(txn.Query(ctx, query), "3"), same(txn.Read(ctx, "Numbers", spanner.Key{4}, []string{"K"}), ""),
		e.query(ctx, query.SQL, nil, "4"))
}

func stale(ctx context.Context, e *env) error {
	before, err := e.client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Numbers", []string{"K", "N"}, []any{1, 1})})
	if err != nil {
		return err
	}
	time.Sleep(50 * time.Millisecond) // the age that is read below
	if _, err := e.client.Apply(ctx, []*spanner.Mutation{spanner.Update("Numbers", []string{"K", "N"}, []any{1, 2})}); err != nil {
		return err
	}
	bound := func(b spanner.TimestampBound, want string) error {
		return same(e.client.Single().WithTimestampBound(b).Read(ctx, "Numbers", spanner.AllKeys(), []string{"N"}), want)
	}
	return first(bound(spanner.ReadTimestamp(before), "1"), bound(spanner.ExactStaleness(30*time.Millisecond), "1"), bound(spanner.StrongRead(), "2"))
}

func ownWrites(ctx context.Context, e *env) error {
	_, err := e.client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		if _, err := txn.Update(ctx, spanner.NewStatement("INSERT INTO Numbers (K, N) VALUES (1, 1), (2, 2)")); err != nil {
			return err
		}
		rows, err := txn.Update(ctx, spanner.NewStatement("UPDATE Numbers SET N = N + 10 WHERE K > 1"))
		if err == nil && rows != 1 {
			return wrongly("%d rows updated", rows)
		}
		return first(err, same(txn.Query(ctx, spanner.NewStatement("SELECT SUM(N) FROM Numbers")), "13"))
	})
	return err
}

var errOnPurpose = errors.New("rolled back on purpose")

func rolledBack(ctx context.Context, e *env) error {
	_, err := e.client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		if _, err := txn.Update(ctx, spanner.NewStatement("INSERT INTO Numbers (K) VALUES (1)")); err != nil {
			return err
		}
		return errOnPurpose
	})
	if !errors.Is(err, errOnPurpose) {
		return err
	}
	return e.query(ctx, "SELECT COUNT(*) FROM Numbers", nil, "0")
}

// sideBySide opens transactions, each of which reads and writes a row of its
// own, and commits them when all are open.
func sideBySide(ctx context.Context, e *env, count int) error {
	var mutations []*spanner.Mutation
	for k := range count {
		mutations = append(mutations, spanner.Insert("Numbers", []string{"K", "N"}, []any{k, 0}))
	}
	if _, err := e.client.Apply(ctx, mutations); err != nil {
		return err
	}
	var open []*spanner.ReadWriteStmtBasedTransaction
	for k := range count {
		txn, err := spanner.NewReadWriteStmtBasedTransaction(ctx, e.client)
		if err != nil {
			return err
		}
		if _, err := txn.ReadRow(ctx, "Numbers", spanner.Key{k}, []string{"N"}); err != nil {
			return err
		}
		if err := txn.BufferWrite([]*spanner.Mutation{spanner.Update("Numbers", []string{"K", "N"}, []any{k, 1})}); err != nil {
			return err
		}
		open = append(open, txn)
	}
	for _, txn := range open {
		if _, err := txn.Commit(ctx); err != nil {
			return err
		}
	}
	return e.query(ctx, "SELECT SUM(N) FROM Numbers", nil, strconv.Itoa(count))
}

func lostUpdates(ctx context.Context, e *env) error {
	if err := e.insert(ctx, "Numbers", "K N", []any{1, 0}); err != nil {
		return err
	}
	errs := make(chan error, 16)
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() {
			for range 20 {
				if err := increment(ctx, e); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return err
	}
	return e.query(ctx, "SELECT N FROM Numbers", nil, "320")
}

func increment(ctx context.Context, e *env) error {
	_, err := e.client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		row, err := txn.ReadRow(ctx, "Numbers", spanner.Key{1}, []string{"N"})
		if err != nil {
			return err
		}
		var n int64
		if err := row.Columns(&n); err != nil {
			return err
		}
		return txn.BufferWrite([]*spanner.Mutation{spanner.Update("Numbers", []string{"K", "N"}, []any{1, n + 1})})
	})
	return err
}

// writeSkew lets two transactions read both rows and write one each. Both may
// not commit.
func writeSkew(ctx context.Context, e *env) error {
	if err := e.insert(ctx, "Numbers", "K N", []any{1, 0}, []any{2, 0}); err != nil {
		return err
	}
	commits := 0
	var open []*spanner.ReadWriteStmtBasedTransaction
	for range 2 {
		txn, err := spanner.NewReadWriteStmtBasedTransaction(ctx, e.client)
		if err != nil {
			return err
		}
		if _, err := show(txn.Read(ctx, "Numbers", spanner.AllKeys(), []string{"N"})); err != nil && spanner.ErrCode(err) != codes.Aborted {
			return err
		}
		open = append(open, txn)
	}
	for k, txn := range open {
		if err := txn.BufferWrite([]*spanner.Mutation{spanner.Update("Numbers", []string{"K", "N"}, []any{k + 1, 1})}); err != nil {
			return err
		}
		_, err := txn.Commit(ctx)
		if err == nil {
			commits++
		} else if spanner.ErrCode(err) != codes.Aborted {
			return err
		}
	}
	if commits != 1 {
		return wrongly("%d of the two committed", commits)
	}
	return nil
}

// cancelled gives up a transaction in the midst of its DML, again and again.
func cancelled(ctx context.Context, e *env) error {
	if err := e.insert(ctx, "Numbers", "K N", []any{1, 0}); err != nil {
		return err
	}
	for i := range 20 {
		short, cancel := context.WithTimeout(ctx, time.Duration(i)*200*time.Microsecond)
		_, _ = e.client.ReadWriteTransaction(short, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
			_, err := txn.Update(ctx, spanner.NewStatement("UPDATE Numbers SET N = 0 WHERE K = 1"))
			<-short.Done() // it may have been done or not: either way the transaction is given up
			return first(err, short.Err())
		})
		cancel()
	}
	soon, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return first(increment(soon, e), e.query(soon, "SELECT N FROM Numbers", nil, "1"))
}
