package spannerdb_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func TestFault(t *testing.T) {
	for code, kind := range map[codes.Code]fault.Kind{
		codes.Aborted: fault.Unavailable, codes.Unavailable: fault.Unavailable, codes.DeadlineExceeded: fault.Unavailable,
		codes.NotFound: fault.Unknown, codes.AlreadyExists: fault.Unknown, codes.Internal: fault.Unknown,
	} {
		err := fmt.Errorf("read: %w", status.Error(code, "x"))
		mapped := spannerdb.Fault(err)
		assert.Equal(t, kind, fault.KindOf(mapped), code)
		assert.Equal(t, code, status.Code(mapped), "the cause stays in the chain")
	}
	assert.NoError(t, spannerdb.Fault(nil))
	refusal := fault.New(fault.NotFound, "NOT_FOUND", "x")
	assert.Equal(t, error(refusal), spannerdb.Fault(refusal))
	other := errors.New("x")
	assert.Equal(t, other, spannerdb.Fault(other))
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	t.Setenv("KWIPPER_INSTANCE", "")
	_, err := spannerdb.Open(t.Context(), "user")
	require.ErrorContains(t, err, "KWIPPER_INSTANCE")
}

func TestOpenKeepsOneClientADatabase(t *testing.T) {
	name := spannertesting.NewDatabaseName(t, "CREATE TABLE T (Id STRING(8) NOT NULL) PRIMARY KEY (Id)")
	instance, database, _ := strings.Cut(name, "/databases/")
	t.Setenv("KWIPPER_INSTANCE", instance)
	client, err := spannerdb.Open(t.Context(), database)
	require.NoError(t, err)
	again, err := spannerdb.Open(t.Context(), database)
	require.NoError(t, err)
	assert.Same(t, client, again)
	_, err = client.Apply(t.Context(), []*spanner.Mutation{spanner.Insert("T", []string{"Id"}, []any{"a"})})
	require.NoError(t, err)
	_, err = client.Apply(t.Context(), []*spanner.Mutation{spanner.Insert("T", []string{"Id"}, []any{"a"})})
	assert.Equal(t, codes.AlreadyExists, spanner.ErrCode(err))
	assert.Equal(t, fault.Unknown, fault.KindOf(spannerdb.Fault(err)), "only the store knows what it means")
}
