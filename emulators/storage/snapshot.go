package storage

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/xattr"
)

const (
	attributesRecord = "SCHILY.xattr." + attributesName // as tar programs call it
	journalEntry     = "journal"
)

// Snapshot writes objects, unfinished uploads and pending notifications, as a tar archive.
func (s *Server) Snapshot(w io.Writer) error {
	s.whole.Lock()
	defer s.whole.Unlock()
	archive := tar.NewWriter(w)
	for _, dir := range []string{s.objectsDir(), s.uploadsDir()} {
		if err := addTree(archive, s.dir, dir); err != nil {
			return fmt.Errorf("snapshot of %s: %w", filepath.Base(dir), err)
		}
	}
	var journal bytes.Buffer
	if err := s.store.Export(&journal); err != nil {
		return fmt.Errorf("snapshot of uploads: %w", err)
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: journalEntry, Size: int64(journal.Len()), Mode: 0o600}
	if err := archive.WriteHeader(header); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	if _, err := journal.WriteTo(archive); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

func addTree(archive *tar.Writer, base, dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		header, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(base, path)
		if err != nil {
			return err
		}
		header.Name, header.Format = filepath.ToSlash(relative), tar.FormatPAX
		if entry.IsDir() {
			header.Name += "/"
			return archive.WriteHeader(header)
		}
		if attributes, err := xattr.Get(path, attributesName); err == nil {
			header.PAXRecords = map[string]string{attributesRecord: string(attributes)}
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.CopyN(archive, file, header.Size)
		return err
	})
}

// readSnapshot fills the empty directories and the journal.
func (s *Server) readSnapshot(from io.Reader) error {
	archive := tar.NewReader(from)
	complete := false
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read snapshot: %w", err)
		}
		if header.Name == journalEntry {
			if err := s.store.Import(archive); err != nil {
				return fmt.Errorf("restore uploads: %w", err)
			}
			complete = true
			continue
		}
		if err := s.restoreFile(header, archive); err != nil {
			return fmt.Errorf("restore %s: %w", header.Name, err)
		}
	}
	if !complete {
		return errors.New("snapshot is not complete")
	}
	return nil
}

func (s *Server) restoreFile(header *tar.Header, content io.Reader) error {
	if !filepath.IsLocal(header.Name) || !strings.HasPrefix(header.Name, "objects/") && !strings.HasPrefix(header.Name, "uploads/") {
		return errors.New("the name is not one of a snapshot")
	}
	path := filepath.Join(s.dir, filepath.FromSlash(header.Name))
	if header.Typeflag == tar.TypeDir {
		return os.MkdirAll(path, 0o700)
	}
	if header.Typeflag != tar.TypeReg {
		return errors.New("the entry is neither file nor directory")
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, content); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	attributes, ok := header.PAXRecords[attributesRecord]
	if !ok {
		return nil
	}
	return xattr.Set(path, attributesName, []byte(attributes))
}
