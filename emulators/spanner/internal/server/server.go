package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"cloud.google.com/go/spanner/admin/instance/apiv1/instancepb"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// Options configure a server.
type Options struct {
	RejectFullScans bool             // fail statements that would scan a whole table
	IdleTimeout     time.Duration    // after which a read-write transaction lapses
	Now             func() time.Time // nil is time.Now
	Log             *slog.Logger
}

// Server implements the gRPC services.
type Server struct {
	spannerpb.UnimplementedSpannerServer

	opts     Options
	store    *store.Store
	inFlight atomic.Int64
	prepared *query.Cache

	mu        sync.Mutex
	databases map[string]*database // by name
	instances map[string]*instance
	sessions  map[string]*session
	nextID    uint32 // of the next database

	transactions registry
	operations   operations
	stop         chan struct{}
	stopOnce     sync.Once
	stopped      sync.WaitGroup
}

// New returns a server over an open store, with the databases found in it.
func New(s *store.Store, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	out := &Server{opts: o, store: s, prepared: query.NewCache(2048), stop: make(chan struct{})}
	if err := out.load(); err != nil {
		return nil, err
	}
	out.stopped.Add(1)
	go out.sweep()
	return out, nil
}

// Close stops the server's own work. The store stays open. Another Close does nothing.
func (s *Server) Close() {
	s.stopOnce.Do(func() { close(s.stop) })
	s.stopped.Wait()
}

// Register adds the services to a gRPC server.
func (s *Server) Register(g *grpc.Server) {
	spannerpb.RegisterSpannerServer(g, s)
	databasepb.RegisterDatabaseAdminServer(g, &databaseAdmin{Server: s})
	instancepb.RegisterInstanceAdminServer(g, &instanceAdmin{Server: s})
	longrunningpb.RegisterOperationsServer(g, &operationsService{Server: s})
}

// InFlight counts the calls being answered.
func (s *Server) InFlight() int { return int(s.inFlight.Load()) }

// UnaryInterceptor counts calls and keeps a bug in one from ending the process.
func (s *Server) UnaryInterceptor(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	defer func() { err = s.recovered(recover(), info.FullMethod, err) }()
	resp, err = handler(ctx, req)
	return resp, err
}

// StreamInterceptor does the same for streams.
func (s *Server) StreamInterceptor(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	defer func() { err = s.recovered(recover(), info.FullMethod, err) }()
	return handler(srv, stream)
}

func (s *Server) recovered(panicked any, method string, err error) error {
	if panicked == nil {
		if status.Code(err) == codes.Unimplemented && strings.HasSuffix(status.Convert(err).Message(), "not implemented") {
			return unsupported(method[strings.LastIndexByte(method, '/')+1:])
		}
		return toStatus(err)
	}
	s.opts.Log.Error("panic in a call", "method", method, "panic", panicked, "stack", string(debug.Stack()))
	return status.Error(codes.Internal, fmt.Sprintf("internal error: %v", panicked))
}

// sweep ends idle transactions and clears away what nobody can read any more.
func (s *Server) sweep() {
	defer s.stopped.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	collect := time.NewTicker(10 * time.Minute)
	defer collect.Stop()
	expire := time.NewTicker(time.Minute)
	defer expire.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.store.LapseIdle(s.opts.IdleTimeout)
			s.transactions.rotate(s.opts.Now())
		case <-expire.C:
			if _, err := s.Expire(context.Background()); err != nil {
				s.opts.Log.Error("deleting expired rows failed", "error", err)
			}
		case <-collect.C:
			if err := s.Collect(); err != nil {
				s.opts.Log.Error("collecting old versions failed", "error", err)
			}
		}
	}
}
