package spannerdb_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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
