package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/cockroachdb/pebble/v2"
)

// Collect removes, of the keys that begin with prefix, the versions that no
// snapshot from the given time on can see: those with a newer one that is not
// younger than it, and tombstones.
func (s *Store) Collect(prefix []byte, from Timestamp) error {
	lower := append([]byte{dataSpace}, prefix...)
	it, err := s.db().NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: PrefixEnd(lower)})
	if err != nil {
		return err
	}
	i := s.current.Load()
	batch := i.db.NewBatch()
	var key []byte
	covered := false // a version of key not younger than from was seen
	for ok := it.First(); ok; ok = it.Next() {
		raw := it.Key()
		name, ts := raw[:len(raw)-versionLen], Timestamp(^binary.BigEndian.Uint64(raw[len(raw)-8:]))
		if !bytes.Equal(name, key) {
			// Never between the versions of a key: without its tombstone the older ones would be back.
			if batch.Len() > 1<<20 {
				if err := s.apply(i, batch, pebble.NoSync); err != nil {
					return errors.Join(err, it.Close())
				}
				batch = i.db.NewBatch()
			}
			key, covered = append(key[:0], name...), false
		}
		if ts > from {
			continue
		}
		if covered || it.Value()[0] == tombstone {
			_ = batch.Delete(raw, nil) // fails only on a closed batch
		}
		covered = true
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return err
	}
	return s.apply(i, batch, pebble.NoSync)
}

// dumpMagic is how a dump begins.
var dumpMagic = []byte("spanner-emulator dump 1\n")

// maxDumpField bounds a key or value read from a dump.
const maxDumpField = 1 << 30

// Dump writes everything as of now: the newest version of each key, and the
// unversioned values.
func (s *Store) Dump(w io.Writer) error {
	s.pause.RLock()
	defer s.pause.RUnlock()
	sum := crc32.NewIEEE()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<20)
	if _, err := out.Write(dumpMagic); err != nil {
		return err
	}
	it, err := s.db().NewIter(nil) // not of a snapshot, whose end starts compactions and waits for those that stand still
	if err != nil {
		return err
	}
	var last []byte
	for ok := it.First(); ok; ok = it.Next() {
		raw := it.Key()
		if bytes.HasPrefix(raw, outcomeKey(nil)) {
			continue
		}
		if raw[0] == dataSpace {
			name := raw[:len(raw)-versionLen]
			older := bytes.Equal(name, last)
			last = append(last[:0], name...)
			if older || it.Value()[0] == tombstone {
				continue
			}
		}
		if err := writeFields(out, raw, it.Value()); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return err
	}
	if err := errors.Join(writeFields(out, nil, nil), out.Flush()); err != nil {
		return err
	}
	_, err = w.Write(binary.BigEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

func writeFields(w *bufio.Writer, fields ...[]byte) error {
	var buf [binary.MaxVarintLen64]byte
	for _, field := range fields {
		if _, err := w.Write(buf[:binary.PutUvarint(buf[:], uint64(len(field)))]); err != nil {
			return err
		}
		if _, err := w.Write(field); err != nil {
			return err
		}
	}
	return nil
}

// Restore replaces everything by what Dump wrote. Open transactions abort.
// The dump is read to its end before anything is changed.
func (s *Store) Restore(r io.Reader) error {
	return s.replace(func(batch *pebble.Batch) error {
		if err := readDump(r, batch); err != nil {
			return fmt.Errorf("read dump: %w", err)
		}
		return nil
	})
}

// Clear removes everything. Open transactions abort.
func (s *Store) Clear() error { return s.replace(func(*pebble.Batch) error { return nil }) }

// replace replaces all contents by what fill adds to a batch. It takes its
// turn among the commits.
func (s *Store) replace(fill func(batch *pebble.Batch) error) error {
	s.pause.Lock()
	defer s.pause.Unlock()
	i := s.current.Load()
	batch := i.db.NewBatch()
	for _, space := range []byte{dataSpace, metaSpace} {
		_ = batch.DeleteRange([]byte{space}, []byte{space + 1}, nil) // fails only on a closed batch
	}
	if err := fill(batch); err != nil {
		return errors.Join(err, batch.Close())
	}
	if s.isClosed() {
		return errors.Join(ErrClosed, batch.Close())
	}
	req := &commitRequest{done: make(chan struct{}), run: func() error { return s.applyAll(i, batch) }}
	s.commits <- req
	<-req.done
	if req.err == nil {
		s.abortAll()
	}
	return req.err
}

// applyAll writes a batch that replaces everything.
func (s *Store) applyAll(i *instance, batch *pebble.Batch) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	ts := s.clock.next()
	setClock(batch, ts)
	if err := s.apply(i, batch, s.write); err != nil {
		if !errors.Is(err, ErrInDoubt) {
			s.clock.publish()
		}
		return err
	}
	s.log.forget(ts)
	s.clock.publish()
	return nil
}

func (s *Store) abortAll() {
	s.mu.Lock()
	all := make([]*Txn, 0, len(s.txns))
	for t := range s.txns {
		all = append(all, t)
	}
	s.mu.Unlock()
	for _, t := range all {
		t.mu.Lock()
		t.end(ErrAborted)
		t.mu.Unlock()
	}
}

func readDump(r io.Reader, batch *pebble.Batch) error {
	sum := crc32.NewIEEE()
	in := &summed{r: bufio.NewReaderSize(r, 1<<20), sum: sum}
	magic := make([]byte, len(dumpMagic))
	if _, err := io.ReadFull(in, magic); err != nil || !bytes.Equal(magic, dumpMagic) {
		return errors.New("it is not a dump of this store")
	}
	for {
		key, err := readField(in)
		if err != nil {
			return err
		}
		value, err := readField(in)
		if err != nil {
			return err
		}
		if len(key) == 0 {
			break
		}
		if err := batch.Set(key, value, nil); err != nil {
			return err
		}
	}
	want := sum.Sum32()
	var stored [4]byte
	if _, err := io.ReadFull(in.r, stored[:]); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(stored[:]) != want {
		return errors.New("its checksum is wrong")
	}
	return nil
}

// summed adds what is read to a checksum.
type summed struct {
	r   *bufio.Reader
	sum io.Writer
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	_, _ = s.sum.Write(p[:n]) // a hash does not fail
	return n, err
}

func (s *summed) ReadByte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(s, b[:])
	return b[0], err
}

func readField(in *summed) ([]byte, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	if n > maxDumpField {
		return nil, fmt.Errorf("a field of %d bytes", n)
	}
	var buf bytes.Buffer
	_, err = io.CopyN(&buf, in, int64(n))
	return buf.Bytes(), err
}
