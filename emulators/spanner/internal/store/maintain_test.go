package store

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCollectKeepsWhatCanBeSeen(t *testing.T) {
	s := open(t, "")
	put(t, s, "a", "1", "b", "1", "c", "1")
	t2 := put(t, s, "a", "2")
	txn := begin(t, s)
	require.NoError(t, txn.Delete([]byte("b")))
	t3, err := txn.Commit()
	require.NoError(t, err)
	t4 := put(t, s, "a", "4", "c", "4")
	require.NoError(t, s.Collect(nil, t3))
	assert.Equal(t, []string{"a=2", "c=1"}, collect(t, s.At(t3).Scan(nil, nil, false)))
	assert.Equal(t, []string{"c=4", "a=4"}, collect(t, s.At(t4).Scan(nil, nil, true)))
	assert.Equal(t, []string{"a=2", "c=1"}, collect(t, s.At(t2).Scan(nil, nil, false)), "b is gone with its tombstone")
	require.NoError(t, s.Collect(nil, t4))
	assert.Empty(t, collect(t, s.At(t3).Scan(nil, nil, false)))
}

func TestDumpAndRestore(t *testing.T) {
	from := open(t, "")
	put(t, from, "a", "1", "b", "1")
	put(t, from, "a", "2")
	require.NoError(t, from.SetMeta("m", []byte("x")))
	var dump bytes.Buffer
	require.NoError(t, from.Dump(&dump))

	s := open(t, "")
	put(t, s, "z", "1")
	txn := begin(t, s)
	_, _, err := txn.Get([]byte("z"))
	require.NoError(t, err)
	require.NoError(t, s.Restore(bytes.NewReader(dump.Bytes())))
	require.ErrorIs(t, txn.Touch(), ErrAborted)
	assert.Equal(t, []string{"a=2", "b=1"}, collect(t, s.At(s.Latest()).Scan(nil, nil, false)))
	meta, ok, err := s.Meta("m")
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, "x", string(meta))
	put(t, s, "c", "3")
	assert.Equal(t, []string{"a=2", "b=1", "c=3"}, collect(t, s.At(s.Latest()).Scan(nil, nil, false)))

	damaged := bytes.Clone(dump.Bytes())
	damaged[len(damaged)/2] ^= 1
	require.Error(t, s.Restore(bytes.NewReader(damaged)))
	require.Error(t, s.Restore(bytes.NewReader(dump.Bytes()[:dump.Len()-1])))
	assert.Equal(t, []string{"a=2", "b=1", "c=3"}, collect(t, s.At(s.Latest()).Scan(nil, nil, false)), "a bad dump changes nothing")
	require.NoError(t, s.Clear())
	assert.Empty(t, collect(t, s.At(s.Latest()).Scan(nil, nil, false)))
}

func FuzzRestore(f *testing.F) {
	s, err := Open(Options{})
	require.NoError(f, err)
	f.Cleanup(func() { assert.NoError(f, s.Close()) })
	put(f, s, "a", "1")
	var dump bytes.Buffer
	require.NoError(f, s.Dump(&dump))
	f.Add(dump.Bytes())
	f.Add([]byte("spanner-emulator dump 1\n\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_ = s.Restore(bytes.NewReader(data)) // must not panic
	})
}
