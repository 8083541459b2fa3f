package identity

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kwipper/kwipper/emulators/journal"
)

// DefaultAddr is where the emulator listens unless told otherwise.
const DefaultAddr = "127.0.0.1:9099"

// Options configure a Server. The zero value is a server in memory on DefaultAddr.
type Options struct {
	// Addr is the host and port to listen on; port 0 takes a free one.
	Addr string
	// Project is the audience of user tokens. Default: kwipper-local.
	Project string
	// DataDir keeps accounts and keys; empty keeps them in memory.
	DataDir string
	// UserIssuer and ServiceIssuer are the iss claims; by default URLs of this server, where
	// discovery is served. With other URLs discovery is served under their paths.
	UserIssuer    string
	ServiceIssuer string
	// DefaultServiceAccount is who the metadata paths mean by "default".
	DefaultServiceAccount string
	// CustomTokenKeys verify custom tokens, by the service account that signed them.
	CustomTokenKeys map[string]*rsa.PublicKey
}

// Server is a running identity emulator.
type Server struct {
	project               string
	userIssuer            string
	serviceIssuer         string
	defaultServiceAccount string
	customTokenKeys       map[string]*rsa.PublicKey

	store      *journal.Store
	accounts   *accounts
	userKey    *signingKey
	serviceKey *signingKey
	services   serviceTokenCache
	stranger   struct {
		sync.Mutex
		key *signingKey
	}

	listener  net.Listener
	http      *http.Server
	served    chan error
	closeOnce func() error
}

// Start opens the data and serves until Close or until ctx is done.
func Start(ctx context.Context, options Options) (*Server, error) {
	options.Addr = orDefault(options.Addr, DefaultAddr)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", options.Addr)
	if err != nil {
		return nil, fmt.Errorf("identity emulator: %w", err)
	}
	store, err := journal.Open(options.DataDir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("identity emulator: %w", err), listener.Close())
	}
	s, err := newServer(options, listener, store)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("identity emulator: %w", err), listener.Close(), store.Close())
	}
	go func() { s.served <- s.http.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = s.http.Close() })
	return s, nil
}

func newServer(options Options, listener net.Listener, store *journal.Store) (*Server, error) {
	base := "http://" + listener.Addr().String()
	project := orDefault(options.Project, "kwipper-local")
	s := &Server{
		project:       project,
		userIssuer:    orDefault(options.UserIssuer, base+"/securetoken.google.com/"+project),
		serviceIssuer: orDefault(options.ServiceIssuer, base+"/accounts.google.com"),
		defaultServiceAccount: orDefault(options.DefaultServiceAccount,
			"default@"+project+".iam.gserviceaccount.com"),
		customTokenKeys: options.CustomTokenKeys,
		store:           store,
		services:        serviceTokenCache{tokens: map[serviceTokenKey]serviceToken{}},
		listener:        listener,
		served:          make(chan error, 1),
	}
	s.closeOnce = sync.OnceValue(s.close)
	var group errgroup.Group
	group.Go(func() (err error) { s.userKey, err = loadSigningKey(store, "user"); return err })
	group.Go(func() (err error) { s.serviceKey, err = loadSigningKey(store, "service"); return err })
	group.Go(func() (err error) { s.accounts, err = loadAccounts(store); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	handler, err := s.routes()
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{Handler: allowBrowsers(handler), ReadHeaderTimeout: 10 * time.Second}
	return s, nil
}

// Close stops serving and closes the data. Closing again does nothing.
func (s *Server) Close() error { return s.closeOnce() }

func (s *Server) close() error {
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, s.store.Close())
}

// Addr is the host and port the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is what the web SDK's connectAuthEmulator takes.
func (s *Server) URL() string { return "http://" + s.Addr() }

// AdminEndpoint is the base of the Identity Toolkit API, as https://identitytoolkit.googleapis.com
// is in production.
func (s *Server) AdminEndpoint() string { return s.URL() + toolkitPath }

// Project is the audience of user tokens.
func (s *Server) Project() string { return s.project }

// UserIssuer is the issuer of user tokens.
func (s *Server) UserIssuer() string { return s.userIssuer }

// ServiceIssuer is the issuer of service tokens.
func (s *Server) ServiceIssuer() string { return s.serviceIssuer }

// UserKeysURL serves the JWKS of user tokens.
func (s *Server) UserKeysURL() string { return s.URL() + userKeysPath }

// ServiceKeysURL serves the JWKS of service tokens.
func (s *Server) ServiceKeysURL() string { return s.URL() + serviceKeysPath }

// Snapshot writes accounts, sessions and keys.
func (s *Server) Snapshot(w io.Writer) error { return s.store.Export(w) }

// Restore replaces accounts and sessions by those of a snapshot. The signing keys stay:
// verifiers have them cached.
func (s *Server) Restore(r io.Reader) error {
	if err := s.store.Import(r); err != nil {
		return fmt.Errorf("restore identity: %w", err)
	}
	if err := s.store.Write(s.userKey.change("user"), s.serviceKey.change("service")); err != nil {
		return fmt.Errorf("restore identity: %w", err)
	}
	return s.accounts.reload()
}

// Reset removes accounts and sessions; the signing keys stay.
func (s *Server) Reset() error {
	for _, prefix := range []string{userPrefix, refreshPrefix, oobPrefix} {
		if err := s.store.RemovePrefix(prefix); err != nil {
			return fmt.Errorf("reset identity: %w", err)
		}
	}
	return s.accounts.reload()
}

// strangerKey is a key that no JWKS has.
func (s *Server) strangerKey() (*signingKey, error) {
	s.stranger.Lock()
	defer s.stranger.Unlock()
	if s.stranger.key == nil {
		key, err := generateSigningKey()
		if err != nil {
			return nil, err
		}
		s.stranger.key = key
	}
	return s.stranger.key, nil
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// issuerPath is the path under which an issuer's discovery document has to be.
func issuerPath(issuer string) (string, error) {
	parsed, err := url.Parse(issuer)
	if err != nil || parsed.Host == "" {
		return "", fmt.Errorf("issuer %q is not a URL", issuer)
	}
	return strings.TrimSuffix(parsed.Path, "/"), nil
}
