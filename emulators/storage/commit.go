package storage

import (
	"crypto/md5" // Cloud Storage declares it
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/fsouza/fake-gcs-server/fakestorage"

	"github.com/kwipper/kwipper/emulators/journal"
)

// commit makes the object of an upload whose bytes are all there. The session's lock is held.
func (s *Server) commit(upload *session) (fakestorage.ObjectAttrs, error) {
	size, err := s.sessions.received(upload)
	if err != nil {
		return fakestorage.ObjectAttrs{}, err
	}
	if err := upload.Limits.check(size); err != nil {
		return fakestorage.ObjectAttrs{}, s.abandon(upload, err)
	}
	if err := checkHashes(s.sessions.file(upload), &upload.Object); err != nil {
		return fakestorage.ObjectAttrs{}, s.abandon(upload, err)
	}
	s.writes.Lock()
	defer s.writes.Unlock()
	previous, exists := s.attributes(upload.Bucket, upload.Object.Name)
	if err := upload.Condition.check(previous.Generation); err != nil {
		return fakestorage.ObjectAttrs{}, s.abandon(upload, err)
	}
	if exists {
		upload.Previous = &previous
	}
	upload.State = stateCommitting
	if err := s.sessions.save(upload); err != nil {
		return fakestorage.ObjectAttrs{}, err
	}
	return s.finish(upload)
}

// abandon ends an upload that cannot succeed, because of cause.
func (s *Server) abandon(upload *session, cause error) error {
	if err := s.sessions.forget(upload); err != nil {
		return err
	}
	return cause
}

// finish takes a committing upload to its end, from wherever it stopped.
func (s *Server) finish(upload *session) (fakestorage.ObjectAttrs, error) {
	var before int64
	if upload.Previous != nil {
		before = upload.Previous.Generation
	}
	result, exists := s.attributes(upload.Bucket, upload.Object.Name)
	if !exists || result.Generation == before {
		if err := s.createObject(upload); err != nil {
			return fakestorage.ObjectAttrs{}, err
		}
		if result, exists = s.attributes(upload.Bucket, upload.Object.Name); !exists {
			return fakestorage.ObjectAttrs{}, fmt.Errorf("object %s/%s is gone after its upload", upload.Bucket, upload.Object.Name)
		}
	}
	changes, notices := s.notifier.finalized(result, upload.Previous)
	upload.State, upload.Result, upload.Previous = stateDone, &result, nil
	change, err := upload.change()
	if err != nil {
		return fakestorage.ObjectAttrs{}, err
	}
	if !upload.Resumable {
		change = journal.Remove(change.Key)
	}
	if err := s.store.Write(append(changes, change)...); err != nil {
		return fakestorage.ObjectAttrs{}, err
	}
	s.notifier.send(notices)
	return result, s.sessions.removeFile(upload)
}

// checkHashes compares an upload with the hashes that its sender declared, and declares
// those that the sender did not.
func checkHashes(path string, object *objectMetadata) error {
	sumMD5, sumCRC := md5.New(), crc32.New(crc32.MakeTable(crc32.Castagnoli))
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600) // an empty upload has none
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	defer file.Close()
	if _, err := io.Copy(io.MultiWriter(sumMD5, sumCRC), file); err != nil {
		return fmt.Errorf("read upload: %w", err)
	}
	for _, hash := range []struct {
		name     string
		declared *string
		sum      []byte
	}{
		{"MD5 hash", &object.MD5Hash, sumMD5.Sum(nil)},
		{"CRC32C", &object.CRC32C, sumCRC.Sum(nil)},
	} {
		got := base64.StdEncoding.EncodeToString(hash.sum)
		if *hash.declared != "" && *hash.declared != got {
			return &apiError{http.StatusBadRequest, "BadDigest", fmt.Sprintf("Provided %s %q doesn't match calculated %s %q.",
				hash.name, *hash.declared, hash.name, got)}
		}
		*hash.declared = got
	}
	return nil
}

// declareHashes takes the hashes of X-Goog-Hash headers: "crc32c=...,md5=...".
func (m *objectMetadata) declareHashes(headers []string) {
	for _, part := range strings.Split(strings.Join(headers, ","), ",") {
		if hash, ok := strings.CutPrefix(strings.TrimSpace(part), "crc32c="); ok {
			m.CRC32C = hash
		} else if hash, ok := strings.CutPrefix(strings.TrimSpace(part), "md5="); ok {
			m.MD5Hash = hash
		}
	}
}
