package spanner_test

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

var accountsDDL = []string{
	`CREATE TABLE Accounts (Id INT64 NOT NULL, Name STRING(20), Balance INT64 NOT NULL, Changed TIMESTAMP OPTIONS (allow_commit_timestamp=true)) PRIMARY KEY (Id)`,
	`CREATE UNIQUE NULL_FILTERED INDEX AccountsByName ON Accounts(Name) STORING (Balance)`,
	`CREATE TABLE Entries (Id INT64 NOT NULL, Made TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp=true), Amount INT64 NOT NULL) PRIMARY KEY (Id, Made DESC), INTERLEAVE IN PARENT Accounts ON DELETE CASCADE`,
}

func keyed(id int64) spanner.Key { return spanner.Key{id} }

func readAll(t testing.TB, it *spanner.RowIterator) [][]any {
	var out [][]any
	require.NoError(t, it.Do(func(row *spanner.Row) error {
		values := make([]any, row.Size())
		for i := range values {
			var v spanner.GenericColumnValue
			if err := row.Column(i, &v); err != nil {
				return err
			}
			values[i] = v.Value.AsInterface()
		}
		out = append(out, values)
		return nil
	}))
	return out
}

func TestMutationsAndReads(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, accountsDDL...)
	columns := []string{"Id", "Name", "Balance"}
	at, err := client.Apply(ctx, []*spanner.Mutation{
		spanner.Insert("Accounts", columns, []any{1, "a", 10}),
		spanner.InsertOrUpdate("Accounts", columns, []any{2, "b", 20}),
		spanner.Replace("Accounts", columns, []any{3, nil, 30}),
		spanner.Insert("Accounts", []string{"Id", "Balance", "Changed"}, []any{4, 40, spanner.CommitTimestamp}),
		spanner.Insert("Entries", []string{"Id", "Made", "Amount"}, []any{1, spanner.CommitTimestamp, 5}),
	})
	require.NoError(t, err)
	row, err := client.Single().ReadRow(ctx, "Accounts", keyed(4), []string{"Changed"})
	require.NoError(t, err)
	var changed time.Time
	require.NoError(t, row.Columns(&changed))
	assert.Equal(t, at.UTC(), changed.UTC())
	_, err = client.Single().ReadRow(ctx, "Entries", spanner.Key{1, at}, []string{"Amount"})
	require.NoError(t, err)

	assert.Equal(t, [][]any{{"1", "a", "10"}, {"2", "b", "20"}, {"3", nil, "30"}, {"4", nil, "40"}},
		readAll(t, client.Single().Read(ctx, "Accounts", spanner.AllKeys(), columns)))
	assert.Equal(t, [][]any{{"a", "10"}, {"b", "20"}},
		readAll(t, client.Single().ReadUsingIndex(ctx, "Accounts", "AccountsByName", spanner.AllKeys(), []string{"Name", "Balance"})))
	assert.Equal(t, [][]any{{"2"}, {"3"}}, readAll(t, client.Single().Read(ctx, "Accounts",
		spanner.KeyRange{Start: keyed(1), End: keyed(3), Kind: spanner.OpenClosed}, []string{"Id"})))

	for name, tc := range map[string]struct {
		mutation *spanner.Mutation
		code     codes.Code
	}{
		"insert existing":  {spanner.Insert("Accounts", columns, []any{1, "x", 1}), codes.AlreadyExists},
		"update missing":   {spanner.Update("Accounts", columns, []any{9, "x", 1}), codes.NotFound},
		"unique index":     {spanner.Insert("Accounts", columns, []any{5, "a", 1}), codes.AlreadyExists},
		"not null":         {spanner.Insert("Accounts", []string{"Id"}, []any{6}), codes.FailedPrecondition},
		"too long":         {spanner.Insert("Accounts", columns, []any{6, "123456789012345678901", 1}), codes.FailedPrecondition},
		"wrong type":       {spanner.Insert("Accounts", columns, []any{6, "x", "many"}), codes.FailedPrecondition},
		"unknown table":    {spanner.Insert("Nothing", columns, []any{6, "x", 1}), codes.NotFound},
		"unknown column":   {spanner.Insert("Accounts", []string{"Id", "Colour"}, []any{6, "x"}), codes.NotFound},
		"no parent":        {spanner.Insert("Entries", []string{"Id", "Made", "Amount"}, []any{77, spanner.CommitTimestamp, 5}), codes.NotFound},
		"future timestamp": {spanner.Update("Accounts", []string{"Id", "Changed"}, []any{1, time.Now().Add(time.Hour)}), codes.FailedPrecondition},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.Apply(ctx, []*spanner.Mutation{tc.mutation})
			assert.Equal(t, tc.code, spanner.ErrCode(err), "%v", err)
		})
	}

	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Delete("Accounts", keyed(1))})
	require.NoError(t, err)
	assert.Empty(t, readAll(t, client.Single().Read(ctx, "Entries", spanner.AllKeys(), []string{"Id"})))
	assert.Len(t, readAll(t, client.Single().WithTimestampBound(spanner.ReadTimestamp(at)).Read(ctx, "Accounts", spanner.AllKeys(), columns)), 4,
		"the past does not change")
}

func TestReadWriteTransaction(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, accountsDDL...)
	columns := []string{"Id", "Balance"}
	_, err := client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Accounts", columns, []any{1, 10})})
	require.NoError(t, err)
	attempts := 0
	_, err = client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		attempts++
		row, err := txn.ReadRow(ctx, "Accounts", keyed(1), []string{"Balance"})
		if err != nil {
			return err
		}
		var balance int64
		if err := row.Columns(&balance); err != nil {
			return err
		}
		if attempts == 1 { // somebody else is faster
			if _, err := client.Apply(context.Background(), []*spanner.Mutation{spanner.Update("Accounts", columns, []any{1, 100})}); err != nil {
				return err
			}
		}
		return txn.BufferWrite([]*spanner.Mutation{spanner.Update("Accounts", columns, []any{1, balance + 1})})
	})
	require.NoError(t, err)
	assert.Equal(t, 2, attempts)
	assert.Equal(t, [][]any{{"1", "101"}}, readAll(t, client.Single().Read(ctx, "Accounts", spanner.AllKeys(), columns)))
}
