package stripe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// DefaultAddr is where stripe-mock listens, too.
const DefaultAddr = "127.0.0.1:12111"

// Options of a server. The zero value listens on DefaultAddr and keeps everything in memory.
type Options struct {
	Addr string
	// PublicURL is how browsers reach the hosted pages; empty: the address listened on.
	PublicURL string
	// DataDir keeps the state; empty: in memory.
	DataDir string
	// APIKey is the secret key clients must send; empty: any that begins with sk_test_.
	APIKey string
	// WebhookURL is sent events, signed with WebhookSecret; empty: what DataDir holds
	// of the last run, else nobody. Clients may add endpoints of their own.
	WebhookURL    string
	WebhookSecret string
	// WebhookEvents are the types of events that WebhookURL is sent; empty: all.
	WebhookEvents []string
	// WebhookRetryWait is the wait before the second attempt; it doubles from there.
	WebhookRetryWait time.Duration
	// Seed decides which requests faults with a probability hit.
	Seed uint64
	// Now is the machine's time.
	Now func() time.Time
}

const (
	defaultRetryWait = time.Second
	// shutdownTimeout is for requests under way; connections without one may outlast it.
	shutdownTimeout = time.Second
	headerTimeout   = 10 * time.Second
	idleTimeout     = 2 * time.Minute

	// optionEndpointID names the endpoint of the options.
	optionEndpointID = "we_options"
)

// Server is a running emulator.
type Server struct {
	options    Options
	store      *store
	faults     *faults
	dispatcher *dispatcher
	listener   net.Listener
	http       *http.Server

	keysMu    sync.Mutex
	keysInUse map[string]bool

	closing chan struct{} // ends requests that are held
	cancel  context.CancelFunc
	work    sync.WaitGroup
	close   sync.Once
}

// Start starts a server. It runs until Close, or until ctx ends.
func Start(ctx context.Context, options Options) (*Server, error) {
	if options.Addr == "" {
		options.Addr = DefaultAddr
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	options.PublicURL = strings.TrimSuffix(options.PublicURL, "/")
	if options.WebhookRetryWait <= 0 {
		options.WebhookRetryWait = defaultRetryWait
	}
	if options.WebhookURL != "" && (!webAddress(options.WebhookURL) || options.WebhookSecret == "") {
		return nil, fmt.Errorf("stripe emulator: webhook %q needs an http address and a secret", options.WebhookURL)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", options.Addr)
	if err != nil {
		return nil, fmt.Errorf("stripe emulator: listen on %s: %w", options.Addr, err)
	}
	s := &Server{
		options: options, listener: listener, faults: newFaults(options.Seed),
		keysInUse: map[string]bool{}, closing: make(chan struct{}),
	}
	if s.store, err = openStore(options.DataDir, options.Now); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("stripe emulator: %w", err)
	}
	s.dispatcher = newDispatcher(s)
	s.store.committed = s.dispatcher.add
	if err := s.startWebhook(); err != nil {
		return nil, errors.Join(err, listener.Close(), s.store.journal.Close())
	}
	s.dispatcher.reload(s.store)
	s.run(ctx)
	return s, nil
}

// startWebhook takes the endpoint of the options, or the one of the last run: webhooks may
// be waiting for it.
func (s *Server) startWebhook() error {
	url, secret := s.options.WebhookURL, s.options.WebhookSecret
	if url == "" {
		s.store.view(func(tx *transaction) {
			if w, ok := get[endpoint](tx, optionEndpointID); ok && !w.Deleted {
				url, secret = w.URL, w.Secret
			}
		})
	}
	return s.SetWebhook(url, secret)
}

func (s *Server) run(ctx context.Context) {
	ctx, s.cancel = context.WithCancel(ctx)
	s.http = &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	s.work.Go(func() { s.dispatcher.run(ctx) })
	s.work.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("stripe emulator: serve", "error", err)
		}
	})
	context.AfterFunc(ctx, func() { _ = s.Close() })
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, ro := range routes() {
		mux.HandleFunc(ro.pattern, s.serve(ro))
	}
	s.routePages(mux)
	s.routeControl(mux)
	mux.HandleFunc("/", unknownRoute)
	return mux
}

// Addr returns the address listened on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL returns the base address that clients and browsers use.
func (s *Server) URL() string {
	if s.options.PublicURL != "" {
		return s.options.PublicURL
	}
	return "http://" + s.Addr()
}

// Close stops the server. Requests under way end first; webhooks not taken yet are sent
// after the next start.
func (s *Server) Close() error {
	var err error
	s.close.Do(func() {
		close(s.closing)
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if err = s.http.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
			err = s.http.Close()
		}
		s.cancel()
		s.work.Wait()
		err = errors.Join(err, s.store.journal.Close())
	})
	return err
}

// SetWebhook replaces the endpoint of the options; an empty url removes it.
func (s *Server) SetWebhook(url, secret string) error {
	return s.store.update(func(tx *transaction) error {
		w, known := get[endpoint](tx, optionEndpointID)
		if !known {
			w = &endpoint{Status: "enabled"}
			w.header = header{ID: optionEndpointID, Object: kindEndpoint, Created: s.options.Now().Unix(), Metadata: map[string]string{}}
		}
		s.options.WebhookURL, s.options.WebhookSecret = url, secret
		events := s.options.WebhookEvents
		if len(events) == 0 {
			events = []string{"*"}
		}
		if !known && url == "" || w.URL == url && w.Secret == secret && w.Deleted == (url == "") && slices.Equal(w.EnabledEvents, events) {
			return nil
		}
		w.URL, w.Secret, w.Deleted, w.EnabledEvents = url, secret, url == "", events
		tx.put(w)
		return nil
	})
}

// InFlight returns the number of webhooks that are due and not taken yet. One that a fault
// delays counts from when it is due; one that was refused counts while it waits.
func (s *Server) InFlight() int {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	now, n := s.options.Now().UnixMilli(), 0
	for _, o := range s.store.waiting {
		if d, ok := o.(*delivery); ok && (!d.Delayed || d.DueMillis <= now) {
			n++
		}
	}
	return n
}

// Snapshot writes the whole state in a form that Restore reads.
func (s *Server) Snapshot(w io.Writer) error { return s.store.export(w) }

// Restore replaces the whole state by a snapshot. Faults and the endpoint of the options
// stay as they are.
func (s *Server) Restore(r io.Reader) error {
	return s.renew(func() error { return s.store.replace(r, s.dispatcher.reload) })
}

// Reset removes everything but faults and the endpoint of the options.
func (s *Server) Reset() error {
	return s.renew(func() error { return s.store.clear(s.dispatcher.reload) })
}

func (s *Server) renew(change func() error) error {
	s.store.mu.Lock() // guards the webhook of the options, too
	url, secret := s.options.WebhookURL, s.options.WebhookSecret
	s.store.mu.Unlock()
	if err := change(); err != nil {
		return fmt.Errorf("stripe emulator: %w", err)
	}
	return s.SetWebhook(url, secret)
}
