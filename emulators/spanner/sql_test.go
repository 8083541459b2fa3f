package spanner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

func statement(sql string, args ...any) spanner.Statement {
	params := map[string]any{}
	for i, arg := range args {
		params[fmt.Sprintf("p%d", i+1)] = arg
	}
	return spanner.Statement{SQL: sql, Params: params}
}

func TestDMLInTransaction(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, accountsDDL...)
	at, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		count, err := txn.Update(ctx, statement("INSERT INTO Accounts (Id, Name, Balance, Changed) VALUES (@p1, @p2, 5, PENDING_COMMIT_TIMESTAMP()), (2, 'b', 7, NULL)", 1, "a"))
		if err != nil {
			return err
		}
		assert.EqualValues(t, 2, count)
		if _, err := txn.Update(ctx, statement("INSERT INTO Accounts (Id, Colour) VALUES (1, 1)")); spanner.ErrCode(err) != codes.InvalidArgument {
			return fmt.Errorf("insert of a missing column: %w", err)
		}
		counts, err := txn.BatchUpdate(ctx, []spanner.Statement{
			statement("UPDATE Accounts SET Balance = Balance + 1 WHERE Id = 1"),
			statement("UPDATE Accounts SET Balance = Balance * @p1 WHERE Id IN (1, 2)", 10),
			statement("DELETE FROM Accounts WHERE Id = @p1", 2),
			statement("INSERT INTO Accounts (Id, Colour) VALUES (3, NULL)"),
			statement("DELETE FROM Accounts WHERE Id = 1"),
		})
		assert.Equal(t, codes.InvalidArgument, spanner.ErrCode(err), "%v", err)
		assert.Equal(t, []int64{1, 2, 1}, counts)
		rows := readAll(t, txn.Query(ctx, statement("SELECT Id, Balance FROM Accounts WHERE Id > 0 ORDER BY Id")))
		assert.Equal(t, [][]any{{"1", "60"}}, rows, "it sees what it wrote")
		return nil
	})
	require.NoError(t, err)
	var changed time.Time
	row, err := client.Single().ReadRow(ctx, "Accounts", keyed(1), []string{"Changed"})
	require.NoError(t, err)
	require.NoError(t, row.Columns(&changed))
	assert.Equal(t, at.UTC(), changed.UTC())

	failure := errors.New("changed my mind")
	_, err = client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		_, err := txn.Update(ctx, statement("DELETE FROM Accounts WHERE Id = 1"))
		return errors.Join(failure, err)
	})
	require.ErrorIs(t, err, failure)
	assert.Len(t, readAll(t, client.Single().Read(ctx, "Accounts", spanner.AllKeys(), []string{"Id"})), 1)

	count, err := client.PartitionedUpdate(ctx, statement("UPDATE Accounts SET Balance = 0 WHERE Id >= 0"))
	require.NoError(t, err)
	assert.EqualValues(t, 1, count)
}

func TestThenReturn(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, counterDDL)
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		it := txn.Query(ctx, statement("INSERT INTO Counters (Id, N) VALUES (1, 2), (2, 4) THEN RETURN Id, N + 1"))
		assert.Equal(t, [][]any{{"1", "3"}, {"2", "5"}}, readAll(t, it))
		assert.EqualValues(t, 2, it.RowCount)
		return nil
	})
	require.NoError(t, err)
}

func TestLargeResultsAreStreamed(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, `CREATE TABLE Blobs (Id INT64 NOT NULL, Data STRING(MAX)) PRIMARY KEY (Id)`)
	const count, size = 300, 50_000
	for from := 0; from < count; from += 100 {
		var rows []*spanner.Mutation
		for id := from; id < from+100; id++ {
			rows = append(rows, spanner.Insert("Blobs", []string{"Id", "Data"}, []any{id, strings.Repeat("x", size)}))
		}
		_, err := client.Apply(ctx, rows)
		require.NoError(t, err)
	}
	next := int64(0)
	err := client.Single().Query(ctx, statement("SELECT Id, Data FROM Blobs WHERE Id >= 0 ORDER BY Id")).Do(func(row *spanner.Row) error {
		var id int64
		var data string
		err := row.Columns(&id, &data)
		assert.Equal(t, next, id)
		assert.Len(t, data, size)
		next++
		return err
	})
	require.NoError(t, err)
	assert.EqualValues(t, count, next)
}

func TestQueryErrors(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, accountsDDL...)
	for sql, want := range map[string]struct {
		code codes.Code
		part string
	}{
		"SELECT Colour FROM Accounts WHERE Id = 1":     {codes.InvalidArgument, "Colour"},
		"SELECT Id FROM Nothing":                       {codes.InvalidArgument, "Nothing"},
		"SELEC 1":                                      {codes.InvalidArgument, "yntax"},
		"SELECT 1 + 'a'":                               {codes.InvalidArgument, ""},
		"UPDATE Accounts SET Balance = 1 WHERE Id = 1": {codes.InvalidArgument, "read-write"},
		"SELECT Id FROM Accounts WHERE Balance = 5":    {codes.FailedPrecondition, "scan"},
		"SELECT Id FROM Accounts WHERE Id = @missing":  {codes.InvalidArgument, "missing"},
		"SELECT 1 / 0":                                 {codes.OutOfRange, ""},
	} {
		t.Run(sql, func(t *testing.T) {
			err := client.Single().Query(ctx, statement(sql)).Do(func(*spanner.Row) error { return nil })
			assert.Equal(t, want.code, spanner.ErrCode(err), "%v", err)
			assert.ErrorContains(t, err, want.part)
		})
	}
	// A first statement that fails must not cost the transaction.
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		_, err := txn.Update(ctx, statement("UPDATE Accounts SET Colour = 1 WHERE Id = 1"))
		if spanner.ErrCode(err) != codes.InvalidArgument {
			return err
		}
		_, err = txn.Update(ctx, statement("INSERT INTO Accounts (Id, Balance) VALUES (1, 1)"))
		return err
	})
	require.NoError(t, err)
	assert.Len(t, readAll(t, client.Single().Read(ctx, "Accounts", spanner.AllKeys(), []string{"Id"})), 1)
}

func TestPartitionedReads(t *testing.T) {
	ctx := context.Background()
	client := newCounters(t, 50)
	txn, err := client.BatchReadOnlyTransaction(ctx, spanner.StrongRead())
	require.NoError(t, err)
	defer txn.Cleanup(ctx)
	partitions, err := txn.PartitionRead(ctx, "Counters", spanner.AllKeys(), []string{"Id"}, spanner.PartitionOptions{})
	require.NoError(t, err)
	queries, err := txn.PartitionQuery(ctx, statement("SELECT Id FROM Counters WHERE Id >= 0"), spanner.PartitionOptions{})
	require.NoError(t, err)
	count := 0
	for _, p := range append(partitions, queries...) {
		require.NoError(t, txn.Execute(ctx, p).Do(func(*spanner.Row) error { count++; return nil }))
	}
	assert.Equal(t, 100, count)
}
