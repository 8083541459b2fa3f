package journal

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExportImportReplaces(t *testing.T) {
	source, target := openMemory(t), openMemory(t)
	require.NoError(t, source.Write(Put("a", []byte("1")), Put("b", []byte{})))
	require.NoError(t, target.Write(Put("a", []byte("old")), Put("z", []byte("gone"))))

	var export bytes.Buffer
	require.NoError(t, source.Export(&export))
	require.NoError(t, target.Import(&export))

	assert.Equal(t, []string{"a", "b"}, keysOf(t, target, ""))
	value, _, err := target.Get("a")
	require.NoError(t, err)
	assert.Equal(t, "1", string(value))
}

func TestImportRefusesDamageAndKeepsTheStore(t *testing.T) {
	store := openMemory(t)
	require.NoError(t, store.Write(Put("a", []byte("1"))))
	var export bytes.Buffer
	require.NoError(t, store.Export(&export))

	for length := range export.Len() {
		require.Error(t, store.Import(bytes.NewReader(export.Bytes()[:length])), "cut at %d", length)
	}
	assert.Equal(t, []string{"a"}, keysOf(t, store, ""))
}

func FuzzReadExport(f *testing.F) {
	f.Add([]byte(magic + "\x00\x00"))
	f.Add([]byte(magic + "\x01\x01ab\x00\x00"))
	f.Add([]byte(magic + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, input []byte) {
		pairs, err := readExport(bufio.NewReader(bytes.NewReader(input)))
		if err != nil {
			return
		}
		for _, pair := range pairs {
			assert.NotEmpty(t, pair.Key)
		}
	})
}
