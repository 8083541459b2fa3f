package storage

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"

	"github.com/kwipper/kwipper/emulators/journal"
)

// sessionLifetime is how long an upload may take, and how long its result is remembered.
const sessionLifetime = 7 * 24 * time.Hour

const sessionPrefix = "session/"

// States of a session.
const (
	stateOpen       = "open"
	stateCommitting = "committing"
	stateDone       = "done"
)

// record is what the journal keeps of an upload.
type record struct {
	ID        string         `json:"id"`
	Bucket    string         `json:"bucket"`
	Object    objectMetadata `json:"object"`
	Origin    string         `json:"origin,omitempty"`
	Limits    lengthLimits   `json:"limits"`
	Condition preconditions  `json:"condition"`
	CreatedAt time.Time      `json:"createdAt"`
	Resumable bool           `json:"resumable"`
	State     string         `json:"state"`
	// Total is the length that the uploader declared, or unknown.
	Total int64 `json:"total"`
	// Previous is the object that the upload overwrites, set while committing.
	Previous *fakestorage.ObjectAttrs `json:"previous,omitempty"`
	// Result is the object, when done.
	Result *fakestorage.ObjectAttrs `json:"result,omitempty"`
}

// session is an upload under way. Its bytes are in a file; the file's size is the progress.
type session struct {
	mu sync.Mutex // held while a request works on the upload
	record
	removed bool
}

// sessions holds the uploads that have not ended, and the results of those that have.
type sessions struct {
	store *journal.Store
	dir   string // of the files
	mu    sync.Mutex
	byID  map[string]*session
}

func loadSessions(store *journal.Store, dir string) (*sessions, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make directory of uploads: %w", err)
	}
	all := &sessions{store: store, dir: dir, byID: map[string]*session{}}
	var expired []journal.Change
	err := store.Scan(sessionPrefix, func(key string, value []byte) error {
		loaded := &session{}
		if err := json.Unmarshal(value, &loaded.record); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		if loaded.State != stateCommitting && time.Since(loaded.CreatedAt) > sessionLifetime {
			expired = append(expired, journal.Remove(key))
			return nil
		}
		all.byID[loaded.ID] = loaded
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, errors.Join(store.Write(expired...), all.removeStrayFiles())
}

// removeStrayFiles deletes the bytes of uploads that ended or were never recorded.
func (all *sessions) removeStrayFiles() error {
	entries, err := os.ReadDir(all.dir)
	if err != nil {
		return fmt.Errorf("list uploads: %w", err)
	}
	for _, entry := range entries {
		if kept, ok := all.byID[entry.Name()]; ok && kept.State != stateDone {
			continue
		}
		if err := os.Remove(filepath.Join(all.dir, entry.Name())); err != nil {
			return fmt.Errorf("remove upload: %w", err)
		}
	}
	return nil
}

// begin makes a session. A resumable one is recorded at once; one that ends with the same
// request only when it commits.
func (all *sessions) begin(from record) (*session, error) {
	from.ID = strings.ToLower(rand.Text())
	from.CreatedAt, from.State = time.Now().UTC(), stateOpen
	started := &session{record: from}
	if !from.Resumable {
		return started, nil
	}
	if err := all.save(started); err != nil {
		return nil, err
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	all.byID[started.ID] = started
	return started, nil
}

// find returns a session, which may have expired.
func (all *sessions) find(id string) (*session, error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	found, ok := all.byID[id]
	if !ok {
		return nil, errNoSuchUpload
	}
	return found, nil
}

// alive refuses a session that was cancelled or has expired. Its lock is held.
func (s *session) alive() error {
	if s.removed {
		return errNoSuchUpload
	}
	if s.State != stateCommitting && time.Since(s.CreatedAt) > sessionLifetime {
		return &apiError{http.StatusGone, "UploadExpired", "The upload was begun more than a week ago."}
	}
	return nil
}

// forget removes a session whose lock is held, with its bytes.
func (all *sessions) forget(s *session) error {
	s.removed = true
	all.mu.Lock()
	delete(all.byID, s.ID)
	all.mu.Unlock()
	return errors.Join(all.store.Write(journal.Remove(sessionPrefix+s.ID)), all.removeFile(s))
}

func (all *sessions) save(s *session) error {
	change, err := s.change()
	if err != nil {
		return err
	}
	return all.store.Write(change)
}

func (s *session) change() (journal.Change, error) {
	encoded, err := json.Marshal(s.record)
	if err != nil {
		return journal.Change{}, fmt.Errorf("encode upload: %w", err)
	}
	return journal.Put(sessionPrefix+s.ID, encoded), nil
}

func (all *sessions) file(s *session) string { return filepath.Join(all.dir, s.ID) }

// received is how many bytes are on disk.
func (all *sessions) received(s *session) (int64, error) {
	info, err := os.Stat(all.file(s))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("size of upload: %w", err)
	}
	return info.Size(), nil
}

func (all *sessions) removeFile(s *session) error {
	if err := os.Remove(all.file(s)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove upload: %w", err)
	}
	return nil
}

// committing returns the uploads that a restart interrupted at their end.
func (all *sessions) committing() []*session {
	all.mu.Lock()
	defer all.mu.Unlock()
	var found []*session
	for _, s := range all.byID {
		if s.State == stateCommitting {
			found = append(found, s)
		}
	}
	return found
}
