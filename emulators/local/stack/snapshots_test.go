package stack_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/identity"
	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/shared/fault"
)

func TestSnapshotsBringBackEverything(t *testing.T) {
	ports, err := stack.FreePorts()
	require.NoError(t, err)
	s, err := stack.Start(t.Context(), stack.Options{Ports: ports, Sample: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	_, err = s.Identity.CreateUser(identity.User{Email: "first@example.com"})
	require.NoError(t, err)
	saved, err := s.SaveSnapshot(ctx, "first")
	require.NoError(t, err)
	_, err = s.SaveSnapshot(ctx, "first")
	assert.True(t, fault.Is(err, fault.AlreadyExists))
	for _, name := range []string{"", "..", "a/b", "A", "empty "} {
		_, err = s.SaveSnapshot(ctx, name)
		assert.True(t, fault.Is(err, fault.InvalidArgument), name)
		_, err = s.RestoreSnapshot(ctx, name)
		assert.True(t, fault.Is(err, fault.NotFound), name)
	}

	_, err = s.Time.Advance(ctx, s.Clock.Now().Add(48*time.Hour))
	require.NoError(t, err)
	begun := time.Now()
	_, err = s.Reset(ctx, stack.EmptyData)
	require.NoError(t, err)
	assert.Less(t, time.Since(begun), time.Second)
	assert.Empty(t, s.Identity.Users())
	assert.Zero(t, s.Clock.Offset())

	begun = time.Now()
	_, err = s.Reset(ctx, stack.SampleData)
	require.NoError(t, err)
	t.Logf("sample data back in %s", time.Since(begun))
	assert.Less(t, time.Since(begun), time.Second)
	assert.NotEmpty(t, s.Identity.Users())
	_, found := s.Identity.FindUser("first@example.com")
	assert.False(t, found)

	restored, err := s.RestoreSnapshot(ctx, "first")
	require.NoError(t, err)
	assert.Equal(t, saved, restored)
	_, found = s.Identity.FindUser("first@example.com")
	assert.True(t, found)
	names := []string{}
	all, err := s.Snapshots()
	require.NoError(t, err)
	for _, one := range all {
		names = append(names, one.Name)
	}
	assert.Equal(t, []string{stack.EmptyData, stack.SampleData, "first"}, names)
	require.NoError(t, s.Time.Settle(ctx))
}
