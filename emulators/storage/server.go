package storage

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"

	"github.com/kwipper/kwipper/emulators/journal"
)

// Server is a running Cloud Storage emulator.
type Server struct {
	dir            string
	temporary      bool
	buckets        []string
	signingKeys    map[string]*rsa.PublicKey
	allowedOrigins []string
	fault          func(*http.Request) Fault

	store    *journal.Store
	fake     *fakestorage.Server
	extended bool // the file system has extended attributes
	sessions *sessions
	notifier *notifier
	// whole is held for reading while a request changes something, and for writing while
	// everything is replaced.
	whole sync.RWMutex
	// writes is held while an object is created, changed or deleted.
	writes sync.Mutex

	listener  net.Listener
	http      *http.Server
	served    chan error
	closeOnce func() error
}

// Start opens the data, finishes the uploads that a crash interrupted at their end, and
// serves until Close or until ctx is done.
func Start(ctx context.Context, options Options) (*Server, error) {
	options.Addr = orDefault(options.Addr, DefaultAddr)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", options.Addr)
	if err != nil {
		return nil, fmt.Errorf("storage emulator: %w", err)
	}
	s := &Server{
		dir: options.DataDir, buckets: options.Buckets, signingKeys: options.SigningKeys,
		allowedOrigins: options.AllowedOrigins, fault: options.Fault,
		listener: listener, served: make(chan error, 1),
	}
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	if err := s.open(options); err != nil {
		return nil, errors.Join(fmt.Errorf("storage emulator: %w", err), listener.Close(), s.release())
	}
	s.closeOnce = sync.OnceValue(s.close)
	go func() { s.served <- s.http.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = s.http.Close() })
	return s, nil
}

func (s *Server) open(options Options) (err error) {
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "storage-emulator-"); err != nil {
			return fmt.Errorf("make temporary directory: %w", err)
		}
		s.temporary = true
	}
	if s.store, err = journal.Open(filepath.Join(s.dir, "journal")); err != nil {
		return err
	}
	s.fake, err = fakestorage.NewServerWithOptions(fakestorage.Options{
		NoListener: true, StorageRoot: s.objectsDir(), Scheme: "http", ExternalURL: s.URL(), PublicHost: s.Addr(),
	})
	if err != nil {
		return fmt.Errorf("open objects: %w", err)
	}
	s.extended = hasExtendedAttributes(s.objectsDir())
	if err := s.createBuckets(); err != nil {
		return err
	}
	if s.notifier, err = newNotifier(s.store, options.Notifier, options.Notifications); err != nil {
		return err
	}
	return s.load()
}

// load takes what the data directory holds.
func (s *Server) load() (err error) {
	if s.sessions, err = loadSessions(s.store, s.uploadsDir()); err != nil {
		return err
	}
	if err := s.notifier.start(); err != nil {
		return err
	}
	for _, upload := range s.sessions.committing() {
		if _, err := s.finish(upload); err != nil {
			return fmt.Errorf("finish upload %s: %w", upload.ID, err)
		}
		if !upload.Resumable { // its client waits no more
			delete(s.sessions.byID, upload.ID)
		}
	}
	return nil
}

func (s *Server) createBuckets() error {
	for _, bucket := range s.buckets {
		if err := checkBucketName(bucket); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(s.objectsDir(), bucket), 0o700); err != nil { // a bucket is a directory
			return fmt.Errorf("create bucket %s: %w", bucket, err)
		}
	}
	return nil
}

func (s *Server) objectsDir() string { return filepath.Join(s.dir, "objects") }
func (s *Server) uploadsDir() string { return filepath.Join(s.dir, "uploads") }

// Close stops serving and closes the data; notifications that were not accepted are sent
// after the next Start. Closing again does nothing.
func (s *Server) Close() error { return s.closeOnce() }

func (s *Server) close() error {
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	s.whole.Lock() // requests that are still at work
	defer s.whole.Unlock()
	return errors.Join(err, s.release())
}

// release closes what open has opened.
func (s *Server) release() error {
	var err error
	if s.notifier != nil && s.notifier.cancel != nil {
		s.notifier.stop()
	}
	if s.fake != nil {
		s.fake.Stop()
	}
	if s.store != nil {
		err = s.store.Close()
	}
	if s.temporary {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// Addr is the host and port the server listens on, for STORAGE_EMULATOR_HOST.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the server's address with its scheme.
func (s *Server) URL() string { return "http://" + s.Addr() }

// InFlight is how many notifications have not been accepted yet.
func (s *Server) InFlight() int { return s.notifier.inFlight() }

// Reset removes all objects, uploads and notifications. The buckets of the options are back,
// empty.
func (s *Server) Reset() error {
	return s.replace(func() error { return nil })
}

// Restore replaces everything by what a snapshot holds.
func (s *Server) Restore(from io.Reader) error {
	return s.replace(func() error { return s.readSnapshot(from) })
}

// replace stops everything, empties it, fills it and starts again; if filling fails, empty.
func (s *Server) replace(fill func() error) error {
	s.whole.Lock()
	defer s.whole.Unlock()
	s.notifier.stop()
	err := s.empty()
	if err == nil {
		if err = fill(); err != nil {
			err = errors.Join(fmt.Errorf("storage emulator: %w", err), s.empty())
		}
	}
	return errors.Join(err, s.createBuckets(), s.load())
}

func (s *Server) empty() error {
	for _, dir := range []string{s.objectsDir(), s.uploadsDir()} {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("empty %s: %w", filepath.Base(dir), err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make %s: %w", filepath.Base(dir), err)
		}
	}
	return s.store.Clear()
}
