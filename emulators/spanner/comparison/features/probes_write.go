package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"
)

func writeProbes() []probe {
	numbers := []string{numbersDDL}
	changes := []string{"CREATE TABLE Changes (K INT64, T TIMESTAMP OPTIONS (allow_commit_timestamp = true)) PRIMARY KEY (K)"}
	return []probe{
		{name: "commit timestamps, by mutation and by DML", official: documented, ddl: changes, run: commitTimestamps},
		{name: "THEN RETURN", official: byFullSQL, ddl: numbers, run: thenReturn},
		{name: "INSERT OR UPDATE, INSERT OR IGNORE", official: byFullSQL, ddl: numbers, run: func(ctx context.Context, e *env) error {
			rows, err := e.dml(ctx, "INSERT OR UPDATE INTO Numbers (K, N) VALUES (1, 1), (2, 2)")
			if err != nil || rows != 2 {
				return first(err, wrongly("%d rows", rows))
			}
			rows, err = e.dml(ctx, "INSERT OR IGNORE INTO Numbers (K, N) VALUES (1, 5), (3, 3)")
			if err != nil || rows != 1 {
				return first(err, wrongly("%d rows", rows))
			}
			return e.query(ctx, "SELECT N FROM Numbers ORDER BY K", nil, "1;2;3")
		}},
		{name: "INSERT from a query, UPDATE with a subquery", official: byFullSQL, ddl: numbers, run: func(ctx context.Context, e *env) error {
			if err := e.addNumbers(ctx); err != nil {
				return err
			}
			_, err := e.dml(ctx, "INSERT INTO Numbers (K, N) SELECT K + 10, N FROM Numbers WHERE N IS NOT NULL")
			if err != nil {
				return err
			}
			_, err = e.dml(ctx, "UPDATE Numbers n SET N = (SELECT MAX(i.N) FROM Numbers i) WHERE n.K > 10")
			return first(err, e.query(ctx, "SELECT K, N FROM Numbers WHERE K > 10 ORDER BY K", nil, "11,20;12,20"))
		}},
		{name: "batch DML, stopped by the first error", official: documented, ddl: numbers, run: batchDML},
		{name: "partitioned DML", official: documented, ddl: numbers, run: func(ctx context.Context, e *env) error {
			if err := e.addNumbers(ctx); err != nil {
				return err
			}
			rows, err := e.client.PartitionedUpdate(ctx, spanner.NewStatement("UPDATE Numbers SET N = 5 WHERE K > 1"))
			if err == nil && rows < 2 {
				return wrongly("%d rows", rows)
			}
			return first(err, e.query(ctx, "SELECT N FROM Numbers ORDER BY K", nil, "10;5;5"))
		}},
		{name: "BatchWrite", official: unsaid, ddl: numbers, run: batchWrite},
		{name: "commit statistics", official: unsaid, ddl: numbers, run: func(ctx context.Context, e *env) error {
			response, err := e.client.ReadWriteTransactionWithOptions(ctx, func(_ context.Context, txn *spanner.ReadWriteTransaction) error {
				return txn.BufferWrite([]*spanner.Mutation{spanner.Insert("Numbers", []string{"K", "N", "S"}, []any{1, 1, "a"})})
			}, spanner.TransactionOptions{CommitOptions: spanner.CommitOptions{ReturnCommitStats: true}})
			if err == nil && response.CommitStats.GetMutationCount() != 3 {
				return wrongly("%d mutations", response.CommitStats.GetMutationCount())
			}
			return err
		}},
		{name: "80,000 mutations a commit at most", official: "no: mutation size limits are not enforced", ddl: numbers, run: func(ctx context.Context, e *env) error {
			var rows []*spanner.Mutation
			for k := range 40_001 {
				rows = append(rows, spanner.Insert("Numbers", []string{"K", "N"}, []any{k, k}))
			}
			_, err := e.client.Apply(ctx, rows)
			return fails(err, codes.InvalidArgument)
		}},
		{name: "delete by key range", official: documented, ddl: numbers, run: func(ctx context.Context, e *env) error {
			if err := e.addNumbers(ctx); err != nil {
				return err
			}
			_, err := e.client.Apply(ctx, []*spanner.Mutation{spanner.Delete("Numbers", spanner.KeyRange{Start: spanner.Key{1}, End: spanner.Key{3}, Kind: spanner.OpenOpen})})
			return first(err, e.query(ctx, "SELECT K FROM Numbers ORDER BY K", nil, "1;3"))
		}},
	}
}

func commitTimestamps(ctx context.Context, e *env) error {
	began := time.Now().Add(-time.Second)
	ts, err := e.client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Changes", []string{"K", "T"}, []any{1, spanner.CommitTimestamp})})
	if err != nil {
		return err
	}
	row, err := e.client.Single().ReadRow(ctx, "Changes", spanner.Key{1}, []string{"T"})
	if err != nil {
		return err
	}
	var got time.Time
	if err := row.Columns(&got); err != nil {
		return err
	}
	if !got.Equal(ts) || got.Before(began) {
		return wrongly("commit timestamp %s was stored as %s", ts, got)
	}
	if _, err := e.dml(ctx, "INSERT INTO Changes (K, T) VALUES (2, PENDING_COMMIT_TIMESTAMP())"); err != nil {
		return err
	}
	return e.query(ctx, "SELECT K FROM Changes ORDER BY T DESC", nil, "2;1")
}

func thenReturn(ctx context.Context, e *env) error {
	_, err := e.client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		return first(same(txn.Query(ctx, spanner.NewStatement("INSERT INTO Numbers (K, N) VALUES (1, 2) THEN RETURN K, N * 2")), "1,4"),
			same(txn.Query(ctx, spanner.NewStatement("UPDATE Numbers SET N = 7 WHERE K = 1 THEN RETURN N")), "7"))
	})
	return err
}

func batchDML(ctx context.Context, e *env) error {
	_, err := e.client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		counts, err := txn.BatchUpdate(ctx, []spanner.Statement{
			spanner.NewStatement("INSERT INTO Numbers (K, N) VALUES (1, 1), (2, 2)"),
			spanner.NewStatement("UPDATE Numbers SET Missing = 1 WHERE TRUE"),
			spanner.NewStatement("DELETE FROM Numbers WHERE TRUE"),
		})
		if err := fails(err, codes.InvalidArgument); err != nil {
			return err
		}
		if len(counts) != 1 || counts[0] != 2 {
			return wrongly("counts %v", counts)
		}
		return nil
	})
	return first(err, e.query(ctx, "SELECT COUNT(*) FROM Numbers", nil, "2"))
}

func batchWrite(ctx context.Context, e *env) error {
	insert := func(k int) *spanner.Mutation { return spanner.Insert("Numbers", []string{"K"}, []any{k}) }
	it := e.client.BatchWrite(ctx, []*spanner.MutationGroup{
		{Mutations: []*spanner.Mutation{insert(1), insert(2)}},
		{Mutations: []*spanner.Mutation{insert(3), insert(3)}}, // twice the same row: this group fails
	})
	failed := 0
	if err := it.Do(func(r *spannerpb.BatchWriteResponse) error {
		if r.GetStatus().GetCode() != 0 {
			failed++
		}
		return nil
	}); err != nil {
		return err
	}
	if failed != 1 {
		return wrongly("%d groups failed", failed)
	}
	return e.query(ctx, "SELECT K FROM Numbers ORDER BY K", nil, "1;2")
}
