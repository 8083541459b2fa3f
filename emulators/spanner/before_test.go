package spanner_test

import (
	"context"
	"path"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

// A call fails before it is done, or its answer is lost when all is done; a client that
// asks again, as it does when nobody was there, commits once.
func TestCallsFailBeforeAndAfter(t *testing.T) {
	ctx := context.Background()
	var before, after atomic.Uint32 // the code with which the next commit fails
	next := func(code *atomic.Uint32) func(context.Context, string) error {
		return func(_ context.Context, method string) error {
			if path.Base(method) != "Commit" {
				return nil
			}
			return status.Error(codes.Code(code.Swap(0)), "on demand")
		}
	}
	s, err := emulator.Start(ctx, emulator.Options{BeforeCall: next(&before), AfterCall: next(&after)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	const database = "projects/test/instances/test/databases/test"
	require.NoError(t, s.CreateDatabase(ctx, database, "CREATE TABLE T (Id INT64, N INT64) PRIMARY KEY (Id)"))
	client, err := spanner.NewClientWithConfig(ctx, database, spanner.ClientConfig{DisableNativeMetrics: true}, option.WithEndpoint("passthrough:///"+s.Addr()),
		option.WithoutAuthentication(), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Insert("T", []string{"Id", "N"}, []any{1, 0})})
	require.NoError(t, err)
	for _, test := range []struct {
		before, after codes.Code
		want          codes.Code
		done          int64
	}{
		{before: codes.Internal, want: codes.Internal}, {after: codes.Internal, want: codes.Internal, done: 1},
		{before: codes.Unavailable, done: 1}, {after: codes.Unavailable, done: 1}, {done: 1},
	} {
		was := number(t, client)
		before.Store(uint32(test.before))
		after.Store(uint32(test.after))
		_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
			_, err := txn.Update(ctx, spanner.NewStatement("UPDATE T SET N = N + 1 WHERE Id = 1"))
			return err
		})
		assert.Equal(t, test.want, spanner.ErrCode(err), "%+v: %v", test, err)
		assert.Equal(t, test.done, number(t, client)-was, "%+v", test)
	}
}

func number(t *testing.T, client *spanner.Client) (n int64) {
	t.Helper()
	row, err := client.Single().ReadRow(context.Background(), "T", spanner.Key{1}, []string{"N"})
	require.NoError(t, err)
	require.NoError(t, row.Columns(&n))
	return n
}
