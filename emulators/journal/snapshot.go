package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Form of an export: the magic line, then for each pair the length of key and of value
// as uvarints followed by their bytes, then a pair of two zero lengths as the end mark.
const (
	magic         = "kwipper-journal-1\n"
	maxFieldBytes = 64 << 20
)

// Export writes every pair, as of the time of the call, in a form Import reads.
func (s *Store) Export(w io.Writer) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(magic) // bufio keeps the first error for Flush
	err := s.Scan("", func(key string, value []byte) error {
		writePair(out, key, value)
		return nil
	})
	if err != nil {
		return err
	}
	writePair(out, "", nil)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export journal: %w", err)
	}
	return nil
}

func writePair(out *bufio.Writer, key string, value []byte) {
	var lengths [2 * binary.MaxVarintLen64]byte
	head := binary.AppendUvarint(lengths[:0], uint64(len(key)))
	head = binary.AppendUvarint(head, uint64(len(value)))
	_, _ = out.Write(head)
	_, _ = out.WriteString(key)
	_, _ = out.Write(value)
}

// Import replaces the contents of the store by an export. A damaged export leaves the
// store as it was.
func (s *Store) Import(r io.Reader) error {
	pairs, err := readExport(bufio.NewReader(r))
	if err != nil {
		return fmt.Errorf("import journal: %w", err)
	}
	changes, err := s.removals("")
	if err != nil {
		return err
	}
	return s.Write(append(changes, pairs...)...)
}

func readExport(in *bufio.Reader) ([]Change, error) {
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(in, head); err != nil || string(head) != magic {
		return nil, errors.New("not a journal export")
	}
	var pairs []Change
	for {
		key, value, err := readPair(in)
		if err != nil {
			return nil, fmt.Errorf("pair %d: %w", len(pairs), err)
		}
		if key == "" {
			return pairs, nil
		}
		pairs = append(pairs, Put(key, value))
	}
}

func readPair(in *bufio.Reader) (string, []byte, error) {
	keyLength, err := readLength(in)
	if err != nil {
		return "", nil, err
	}
	valueLength, err := readLength(in)
	if err != nil {
		return "", nil, err
	}
	key, err := readBytes(in, keyLength)
	if err != nil {
		return "", nil, err
	}
	value, err := readBytes(in, valueLength)
	if err != nil {
		return "", nil, err
	}
	if len(key) == 0 && len(value) > 0 {
		return "", nil, errors.New("value without a key")
	}
	return string(key), value, nil
}

func readLength(in *bufio.Reader) (int64, error) {
	length, err := binary.ReadUvarint(in)
	if err != nil {
		return 0, fmt.Errorf("read length: %w", err)
	}
	if length > maxFieldBytes {
		return 0, fmt.Errorf("length %d exceeds %d", length, maxFieldBytes)
	}
	return int64(length), nil
}

// readBytes reads through a limit, so that a forged length does not allocate its size.
func readBytes(in io.Reader, length int64) ([]byte, error) {
	value, err := io.ReadAll(io.LimitReader(in, length))
	if err != nil {
		return nil, err
	}
	if int64(len(value)) < length {
		return nil, io.ErrUnexpectedEOF
	}
	return value, nil
}
