package tasks

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc"

	"github.com/kwipper/kwipper/emulators/journal"
	"github.com/kwipper/kwipper/emulators/outbound"
)

// Server is a running Cloud Tasks emulator.
type Server struct {
	options     Options
	logger      *slog.Logger
	store       *journal.Store
	sender      *outbound.Sender
	interceptor atomic.Pointer[DispatchInterceptor]
	history     history
	grpc        *grpc.Server
	listener    net.Listener
	serving     sync.WaitGroup
	ctx         context.Context // ends with the server
	stop        context.CancelFunc
	workers     sync.WaitGroup // loops of queues and attempts

	// mu is held for reading while a task is created, so that its queue stays.
	mu     sync.RWMutex
	queues map[string]*queue
	names  *usedNames
}

// Start opens the state and serves until Close or until ctx is done.
func Start(ctx context.Context, options Options) (*Server, error) {
	options = options.withDefaults()
	store, err := journal.Open(options.DataDir)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", options.Addr)
	if err != nil {
		_ = store.Close()
		return nil, fmt.Errorf("listen for Cloud Tasks: %w", err)
	}
	s := &Server{
		options:  options,
		logger:   options.Logger.With("emulator", "tasks"),
		store:    store,
		sender:   &outbound.Sender{Client: options.HTTPClient, Tokens: options.Tokens},
		grpc:     grpc.NewServer(grpc.WaitForHandlers(true)),
		listener: listener,
		queues:   map[string]*queue{},
		names:    newUsedNames(options.NameRetention),
	}
	s.history.clear()
	s.SetBeforeDispatch(options.BeforeDispatch)
	s.ctx, s.stop = context.WithCancel(ctx)
	if err := s.load(); err != nil {
		s.stop()
		_ = listener.Close()
		_ = store.Close()
		return nil, fmt.Errorf("load Cloud Tasks state: %w", err)
	}
	pb.RegisterCloudTasksServer(s.grpc, &service{server: s})
	s.serving.Go(func() { _ = s.grpc.Serve(listener) })
	s.serving.Go(func() {
		<-s.ctx.Done()
		s.grpc.Stop()
	})
	return s, nil
}

// Addr is the host:port served. Clients connect without TLS and without credentials.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends serving and dispatching and closes the state. Attempts in flight are made
// again by the next server on the same directory.
func (s *Server) Close() error {
	s.stop()
	s.serving.Wait()
	s.workers.Wait()
	return s.store.Close()
}

// SetBeforeDispatch replaces the interceptor of attempts; nil removes it.
func (s *Server) SetBeforeDispatch(interceptor DispatchInterceptor) {
	s.interceptor.Store(&interceptor)
}

// InFlight counts the tasks that are due and have not ended, those in back-off included.
// Of a paused queue only running tasks count.
func (s *Server) InFlight() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now, count := s.options.Clock.Now(), 0
	for _, q := range s.queues {
		count += q.inFlight(now)
	}
	return count
}

// NextDue returns the earliest business time still to come at which a task is due.
func (s *Server) NextDue() (next time.Time, found bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.options.Clock.Now()
	for _, q := range s.queues {
		if due, some := q.nextDue(now); some && (!found || due.Before(next)) {
			next, found = due, true
		}
	}
	return next, found
}

// Attempts returns the latest attempts, newest first.
func (s *Server) Attempts() []Attempt { return s.history.newestFirst() }

// Snapshot writes the whole state: queues, tasks, used names.
func (s *Server) Snapshot(w io.Writer) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.store.Export(w)
}

// Restore replaces the state by a snapshot. Attempts in flight are made again.
func (s *Server) Restore(r io.Reader) error {
	return s.replaceState(func() error { return s.store.Import(r) })
}

// Reset removes all queues, tasks and used names.
func (s *Server) Reset() error { return s.replaceState(s.store.Clear) }

// replaceState stops everything, lets change rewrite the store, and starts from it. A
// failed change leaves the store, and so the state, as it was.
func (s *Server) replaceState(change func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queues {
		q.stop()
	}
	s.workers.Wait()
	changeErr := change()
	s.queues = map[string]*queue{}
	s.names = newUsedNames(s.options.NameRetention)
	s.history.clear()
	if err := s.load(); err != nil {
		return fmt.Errorf("reload Cloud Tasks state: %w", err)
	}
	return changeErr
}
