package storage

import (
	"crypto/md5" // Cloud Storage declares it
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
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
	if err := checkHashes(s.sessions.file(upload), upload.Object); err != nil {
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

func (s *Server) createObject(upload *session) error {
	file, err := os.OpenFile(s.sessions.file(upload), os.O_RDONLY|os.O_CREATE, 0o600) // an empty upload has none
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	defer file.Close()
	object := upload.Object
	err = s.fake.CreateObjectStreaming(fakestorage.StreamingObject{
		ObjectAttrs: fakestorage.ObjectAttrs{
			BucketName: upload.Bucket, Name: object.Name,
			ContentType:        orDefault(object.ContentType, "application/octet-stream"),
			ContentEncoding:    object.ContentEncoding,
			ContentDisposition: object.ContentDisposition, ContentLanguage: object.ContentLanguage,
			CacheControl: object.CacheControl, StorageClass: object.StorageClass,
			CustomTime: object.CustomTime, Metadata: object.Metadata,
		},
		Content: file,
	})
	if err != nil {
		return fmt.Errorf("create object %s/%s: %w", upload.Bucket, object.Name, err)
	}
	return nil
}

// checkHashes compares an upload with the hashes that its sender declared.
func checkHashes(path string, declared objectMetadata) error {
	if declared.MD5Hash == "" && declared.CRC32C == "" {
		return nil
	}
	sumMD5, sumCRC := md5.New(), crc32.New(crc32.MakeTable(crc32.Castagnoli))
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	defer file.Close()
	if _, err := io.Copy(io.MultiWriter(sumMD5, sumCRC), file); err != nil {
		return fmt.Errorf("read upload: %w", err)
	}
	if got := base64.StdEncoding.EncodeToString(sumMD5.Sum(nil)); declared.MD5Hash != "" && declared.MD5Hash != got {
		return &apiError{400, "BadDigest", fmt.Sprintf("Provided MD5 hash %q doesn't match calculated MD5 hash %q.", declared.MD5Hash, got)}
	}
	if got := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sumCRC.Sum32())); declared.CRC32C != "" && declared.CRC32C != got {
		return &apiError{400, "BadDigest", fmt.Sprintf("Provided CRC32C %q doesn't match calculated CRC32C %q.", declared.CRC32C, got)}
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
