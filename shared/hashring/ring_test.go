package hashring_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/hashring"
)

func nodes(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("renewals-%d", i)
	}
	return names
}

func key(i int) string { return fmt.Sprintf("jp-%08d", i) }

const keys = 100_000

func TestAddingANodeMovesOnlyItsShare(t *testing.T) {
	before, err := hashring.New(0, nodes(10)...)
	require.NoError(t, err)
	after, err := hashring.New(0, nodes(11)...)
	require.NoError(t, err)
	moved := 0
	for i := range keys {
		a, b := before.Node(key(i)), after.Node(key(i))
		if a != b {
			moved++
			require.Equal(t, "renewals-10", b, "a key moves only to the node added")
		}
	}
	t.Logf("%d of %d keys moved; one in eleven would be %d", moved, keys, keys/11)
	assert.InDelta(t, keys/11, moved, keys/11*0.25)
}

func TestRemovingANodeMovesOnlyItsKeys(t *testing.T) {
	before, err := hashring.New(0, nodes(10)...)
	require.NoError(t, err)
	after, err := hashring.New(0, nodes(9)...)
	require.NoError(t, err)
	for i := range keys {
		if a := before.Node(key(i)); a != "renewals-9" {
			require.Equal(t, a, after.Node(key(i)))
		}
	}
}

func TestVirtualNodesSpreadEvenly(t *testing.T) {
	r, err := hashring.New(0, nodes(10)...)
	require.NoError(t, err)
	count := map[string]int{}
	for i := range keys {
		count[r.Node(key(i))]++
	}
	for node, n := range count {
		assert.InDelta(t, keys/10, n, keys/10*0.25, node)
	}
}

func TestBoundedLoadHoldsItsBound(t *testing.T) {
	r, err := hashring.New(16, nodes(10)...)
	require.NoError(t, err)
	load := map[string]int{}
	const n = 10_000
	for i := range n {
		load[r.NodeBounded(key(i), 1.1, func(node string) int { return load[node] })]++
	}
	for node, got := range load {
		assert.LessOrEqual(t, got, n/10*11/10+1, node)
	}
}

func TestBoundedLoadPrefersTheKeysOwnNode(t *testing.T) {
	r, err := hashring.New(0, nodes(4)...)
	require.NoError(t, err)
	for i := range 100 {
		assert.Equal(t, r.Node(key(i)), r.NodeBounded(key(i), 1.25, func(string) int { return 0 }))
	}
}

func TestNewRefuses(t *testing.T) {
	for _, names := range [][]string{nil, {""}, {"a", "a"}} {
		_, err := hashring.New(0, names...)
		assert.Error(t, err)
	}
}

func BenchmarkNode(b *testing.B) {
	r, err := hashring.New(0, nodes(20)...)
	require.NoError(b, err)
	for i := 0; b.Loop(); i++ {
		r.Node(key(i))
	}
}
