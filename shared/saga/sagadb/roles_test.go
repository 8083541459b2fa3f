package sagadb_test

import (
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

// clientAs opens the database in the role; the empty one may do everything.
func clientAs(t *testing.T, database, role string) *spanner.Client {
	t.Helper()
	client, err := spanner.NewClientWithConfig(ctx, database, spanner.ClientConfig{DisableNativeMetrics: true, DatabaseRole: role})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// TestRolesBoundWhatAFunctionMayDo does as each role what the roles are for, and what they
// are to keep from. Rights are to whole tables: a starter reads every saga.
func TestRolesBoundWhatAFunctionMayDo(t *testing.T) {
	database := spannertesting.NewDatabaseName(t, sagadb.Schema()...)
	registry, err := saga.NewRegistry(purchase(1))
	require.NoError(t, err)
	owner := sagadb.New(clientAs(t, database, ""), &broker{}, registry, &clock.Travel{})
	begun, _, err := owner.Start(ctx, key("owner's", "{}"), newSaga())
	require.NoError(t, err)
	hash := key("owner's", "{}").Hash

	start := func(store *sagadb.Store, k idempotency.Key, id string) error {
		n := newSaga()
		n.ID = id
		_, _, err := store.Start(ctx, k, n)
		return err
	}
	write := func(m *spanner.Mutation) func(*spanner.Client, *sagadb.Store) error {
		return func(client *spanner.Client, _ *sagadb.Store) error {
			_, err := client.Apply(ctx, []*spanner.Mutation{m})
			return err
		}
	}
	for name, tc := range map[string]struct {
		do              func(*spanner.Client, *sagadb.Store) error
		starter, viewer bool
	}{
		"get": {func(_ *spanner.Client, s *sagadb.Store) error { _, err := s.Get(ctx, begun.ID); return err }, true, true},
		"list": {func(_ *spanner.Client, s *sagadb.Store) error {
			_, _, err := s.List(ctx, saga.Page{Owner: begun.Owner, Size: 2})
			return err
		}, true, true},
		"start by key": {func(_ *spanner.Client, s *sagadb.Store) error { return start(s, key("k", "{}"), "") }, true, false},
		"start by key again": {func(_ *spanner.Client, s *sagadb.Store) error {
			return start(s, key("owner's", "{}"), "")
		}, true, false},
		"start by id":    {func(_ *spanner.Client, s *sagadb.Store) error { return start(s, idempotency.Key{}, "jp-1") }, true, false},
		"reply":          {func(_ *spanner.Client, s *sagadb.Store) error { return s.Reply(ctx, done(begun.ID, "Look")) }, false, false},
		"resume":         {func(_ *spanner.Client, s *sagadb.Store) error { return s.Resume(ctx, begun.ID) }, false, false},
		"update a saga":  {write(spanner.Update("Sagas", []string{"SagaId", "State"}, []any{begun.ID, "{}"})), false, false},
		"replace a saga": {write(spanner.InsertOrUpdate("Sagas", []string{"SagaId", "State"}, []any{begun.ID, "{}"})), false, false},
		"delete a saga":  {write(spanner.Delete("Sagas", spanner.Key{begun.ID})), false, false},
		"delete a key":   {write(spanner.Delete("IdempotencyKeys", spanner.Key{hash})), false, false},
		"read keys": {func(c *spanner.Client, _ *sagadb.Store) error {
			_, err := c.Single().ReadRow(ctx, "IdempotencyKeys", spanner.Key{hash}, []string{"KeyHash"})
			return err
		}, true, false},
	} {
		for role, may := range map[string]bool{"saga_starter": tc.starter, "saga_viewer": tc.viewer} {
			t.Run(name+" as "+role, func(t *testing.T) {
				client := clientAs(t, database, role)
				err := tc.do(client, sagadb.New(client, &broker{}, registry, &clock.Travel{}))
				if may {
					require.NoError(t, err)
					return
				}
				require.Error(t, err)
				assert.Equal(t, codes.PermissionDenied, spanner.ErrCode(err), "%v", err)
			})
		}
	}
	after, err := owner.Get(ctx, begun.ID)
	require.NoError(t, err)
	assert.Equal(t, begun.Revision, after.Revision, "the saga is as it was")
}
