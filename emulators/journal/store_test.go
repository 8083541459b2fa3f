package journal

import (
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func openMemory(t testing.TB) *Store {
	t.Helper()
	store, err := Open("")
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func keysOf(t *testing.T, store *Store, prefix string) []string {
	t.Helper()
	var keys []string
	require.NoError(t, store.Scan(prefix, func(key string, _ []byte) error {
		keys = append(keys, key)
		return nil
	}))
	return keys
}

func TestWriteGetScanRemove(t *testing.T) {
	store := openMemory(t)
	require.NoError(t, store.Write(Put("a/2", []byte("two")), Put("a/1", nil), Put("b/1", []byte("x"))))

	value, found, err := store.Get("a/2")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, "two", string(value))
	assert.Equal(t, []string{"a/1", "a/2"}, keysOf(t, store, "a/"))

	require.NoError(t, store.WriteLazily(Remove("a/1"), Remove("absent")))
	_, found, err = store.Get("a/1")
	require.NoError(t, err)
	assert.False(t, found)

	require.NoError(t, store.RemovePrefix("a/"))
	assert.Equal(t, []string{"b/1"}, keysOf(t, store, ""))
	require.NoError(t, store.Clear())
	assert.Empty(t, keysOf(t, store, ""))
}

func TestReopenKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	store, err := Open(dir)
	require.NoError(t, err)
	require.NoError(t, store.WriteLazily(Put("lazy", []byte("1"))))
	require.NoError(t, store.Close())

	store, err = Open(dir)
	require.NoError(t, err)
	defer store.Close()
	assert.Equal(t, []string{"lazy"}, keysOf(t, store, ""))
}

func TestPowerLossKeepsWhatWriteReturnedFor(t *testing.T) {
	disk := vfs.NewCrashableMem()
	store, err := openOn(disk, "db")
	require.NoError(t, err)

	var writers sync.WaitGroup
	for writer := range 8 {
		writers.Go(func() {
			for i := range 50 {
				assert.NoError(t, store.Write(Put(fmt.Sprintf("w%d/%02d", writer, i), []byte("v"))))
			}
		})
	}
	writers.Wait()
	afterCrash := disk.CrashClone(vfs.CrashCloneCfg{})
	require.NoError(t, store.Close())

	reopened, err := openOn(afterCrash, "db")
	require.NoError(t, err)
	defer reopened.Close()
	assert.Len(t, keysOf(t, reopened, ""), 400)
}

func TestClosedStoreAnswersSo(t *testing.T) {
	store, err := Open("")
	require.NoError(t, err)
	require.NoError(t, store.Close())
	require.NoError(t, store.Close(), "closing twice is harmless")
	assert.ErrorIs(t, store.Write(Put("a", nil)), ErrClosed)
	assert.ErrorIs(t, store.Scan("", nil), ErrClosed)
	_, _, err = store.Get("a")
	assert.ErrorIs(t, err, ErrClosed)
}

func TestOpenNamesTheDirectoryItCannotUse(t *testing.T) {
	_, err := Open("/dev/null/journal")
	assert.ErrorContains(t, err, "/dev/null/journal")
}

func BenchmarkWriteParallel(b *testing.B) {
	store, err := Open(b.TempDir())
	require.NoError(b, err)
	defer store.Close()
	value := make([]byte, 500)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if err := store.Write(Put(fmt.Sprintf("k%d", i), value)); err != nil {
				b.Error(err)
			}
		}
	})
}
