package staging

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// Hash returns the SHA-256 of names and contents in hexadecimal. Times, modes and the form
// of the archive do not enter it.
func (s Source) Hash() string {
	h := sha256.New()
	for _, name := range s.Names() {
		for _, part := range [][]byte{[]byte(name), s.Files[name]} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part)))) // or two files could pass for one
			h.Write(part)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ArchiveName is the name of the archive, which its content gives.
func (s Source) ArchiveName() string { return fmt.Sprintf("%s-%s.zip", s.Name, s.Hash()[:12]) }

// epoch is the time of all files, the first that an archive can hold.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Archive returns the source as a zip file. The same source gives the same bytes.
func (s Source) Archive() ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range s.Names() {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch}
		header.SetMode(0o644)
		file, err := w.CreateHeader(header)
		if err != nil {
			return nil, fmt.Errorf("archive %s: %w", s.Name, err)
		}
		if _, err := file.Write(s.Files[name]); err != nil {
			return nil, fmt.Errorf("archive %s: %w", s.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("archive %s: %w", s.Name, err)
	}
	return b.Bytes(), nil
}
