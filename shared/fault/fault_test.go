package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
)

func TestFaultKeepsMeaningThroughWrapping(t *testing.T) {
	err := fmt.Errorf("subscribe jp-1: %w", fault.New(fault.FailedPrecondition, "PRICE_CHANGED", "price of %s changed", "c1"))

	assert.Equal(t, fault.FailedPrecondition, fault.KindOf(err))
	assert.Equal(t, "PRICE_CHANGED", fault.ReasonOf(err))
	assert.True(t, fault.Is(err, fault.FailedPrecondition))
	assert.True(t, fault.Final(err))
	assert.EqualError(t, err, "subscribe jp-1: price of c1 changed")
}

func TestFaultKeepsItsCause(t *testing.T) {
	err := fault.New(fault.Unavailable, "DATABASE_UNAVAILABLE", "read user: %w", io.ErrUnexpectedEOF)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.False(t, fault.Final(err))
}

func TestErrorsWithoutFaultAreUnknownAndNeverFinal(t *testing.T) {
	assert.Equal(t, fault.Unknown, fault.KindOf(errors.New("boom")))
	assert.False(t, fault.Final(errors.New("boom")))
	assert.False(t, fault.Is(nil, fault.Unknown))
	assert.Empty(t, fault.ReasonOf(nil))
}

func TestWithAndAfterLeaveTheOriginalAlone(t *testing.T) {
	base := fault.New(fault.Conflict, "IN_FLIGHT", "in flight")
	changed := base.With("operation", "jp-1").After(time.Second)
	assert.Nil(t, base.Metadata)
	assert.Zero(t, base.RetryAfter)
	assert.Equal(t, "jp-1", changed.Metadata["operation"])
	assert.Equal(t, time.Second, changed.RetryAfter)
}

func TestInvalidNamesTheField(t *testing.T) {
	err := fault.Invalid(fault.Field{Name: "timeZone", Description: "is not an IANA time zone"})
	assert.EqualError(t, err, "timeZone: is not an IANA time zone")
	assert.Equal(t, "INVALID_ARGUMENT", err.Reason)
}

func TestKindString(t *testing.T) {
	assert.Equal(t, "not found", fault.NotFound.String())
	assert.Equal(t, "kind(99)", fault.Kind(99).String())
}
