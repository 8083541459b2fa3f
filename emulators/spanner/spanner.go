package spanner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/server"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// Options configure an emulator. The zero value is one in memory on a free
// port of the loopback interface.
type Options struct {
	// Addr is the address to listen on, "127.0.0.1:0" if empty.
	Addr string
	// DataDir keeps the data; it is made if missing. Empty keeps it in memory.
	DataDir string
	// RejectFullScans fails statements that would read a whole table or index.
	RejectFullScans bool
	// IdleTimeout is how long a read-write transaction may stay unused before
	// it lapses, 10 seconds if zero.
	IdleTimeout time.Duration
	// Now is the clock of commit timestamps, time.Now if nil.
	Now func() time.Time
	// BeforeCall, if not nil, is asked before each call, by its full method name
	// (/google.spanner.v1.Spanner/Commit), what shall go wrong with it: an error is the
	// answer, and nothing is done.
	BeforeCall func(ctx context.Context, method string) error
	// AfterCall, if not nil, is asked after each call that succeeded: an error is the
	// answer, and yet all is done.
	AfterCall func(ctx context.Context, method string) error
	// Log takes reports of failures, slog.Default() if nil.
	Log *slog.Logger
}

// Server is a running emulator.
type Server struct {
	store    *store.Store
	server   *server.Server
	grpc     *grpc.Server
	listener net.Listener
	served   chan error
}

// maxMessage bounds the size of a request and of an answer, as the service does.
const maxMessage = 128 << 20

// Start starts an emulator. It serves until Close is called or ctx ends.
func Start(ctx context.Context, o Options) (*Server, error) { return startOn(ctx, o, nil) }

// startOn starts an emulator whose data are on a file system, nil for the operating system's.
func startOn(ctx context.Context, o Options, fs vfs.FS) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 10 * time.Second
	}
	st, err := store.Open(store.Options{Dir: o.DataDir, FS: fs, Now: o.Now})
	if err != nil {
		return nil, fmt.Errorf("start Spanner emulator: %w", err)
	}
	sv, err := server.New(st, server.Options{
		RejectFullScans: o.RejectFullScans, IdleTimeout: o.IdleTimeout, Now: o.Now, Log: o.Log,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start Spanner emulator: %w", err), st.Close())
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", o.Addr)
	if err != nil {
		sv.Close()
		return nil, errors.Join(fmt.Errorf("start Spanner emulator: %w", err), st.Close())
	}
	s := &Server{store: st, server: sv, listener: listener, served: make(chan error, 1)}
	s.grpc = grpc.NewServer(
		grpc.ChainUnaryInterceptor(sv.UnaryInterceptor, o.beforeUnary), grpc.ChainStreamInterceptor(sv.StreamInterceptor, o.beforeStream),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage), grpc.NumStreamWorkers(16),
		grpc.InitialWindowSize(1<<20), grpc.InitialConnWindowSize(1<<20), grpc.WaitForHandlers(true),
	)
	sv.Register(s.grpc)
	go func() { s.served <- s.grpc.Serve(listener) }()
	context.AfterFunc(ctx, s.grpc.Stop)
	return s, nil
}

// Addr returns the address that the emulator listens on, for SPANNER_EMULATOR_HOST.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends all calls and closes the data. Another Close does nothing.
func (s *Server) Close() error {
	s.grpc.Stop()
	err := <-s.served
	s.served <- err // for another Close
	if errors.Is(err, grpc.ErrServerStopped) {
		err = nil
	}
	s.server.Close()
	return errors.Join(err, s.store.Close())
}

// CreateDatabase makes a database, and its instance if there is none. The name
// is projects/P/instances/I/databases/D.
func (s *Server) CreateDatabase(_ context.Context, name string, ddl ...string) error {
	parent, _, ok := strings.Cut(name, "/databases/")
	if !ok {
		return fmt.Errorf("database name %q is not projects/P/instances/I/databases/D", name)
	}
	if err := s.server.CreateNewInstance(parent); err != nil && status.Code(err) != codes.AlreadyExists {
		return err
	}
	return s.server.CreateNewDatabase(name, ddl, nil)
}

// DropDatabase removes a database.
func (s *Server) DropDatabase(_ context.Context, name string) error {
	return s.server.RemoveDatabase(name)
}

// Expire deletes the rows that are past their row deletion policy by the
// emulator's clock, and counts them. The emulator does so once a minute.
func (s *Server) Expire(ctx context.Context) (int, error) { return s.server.Expire(ctx) }

// OpenTransactions counts the read-write transactions that have neither been
// committed nor rolled back nor lapsed.
func (s *Server) OpenTransactions() int { return s.server.OpenTransactions() }

// InFlight counts the calls that are being answered.
func (s *Server) InFlight() int { return s.server.InFlight() }

// snapshotFile is the file in the directory of a snapshot.
const snapshotFile = "spanner.dump"

// Snapshot saves all databases, as of one moment, in a directory, which is
// made if missing. An earlier snapshot in it is replaced, once this one is
// complete.
func (s *Server) Snapshot(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save Spanner snapshot: %w", err)
	}
	f, err := os.CreateTemp(dir, snapshotFile+".*")
	if err != nil {
		return fmt.Errorf("save Spanner snapshot: %w", err)
	}
	err = errors.Join(s.server.Dump(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, snapshotFile))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("save Spanner snapshot: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// Restore replaces all databases by what Snapshot saved in a directory. Open
// transactions abort; clients go on with the sessions they have.
func (s *Server) Restore(dir string) error {
	f, err := os.Open(filepath.Join(dir, snapshotFile))
	if err != nil {
		return fmt.Errorf("restore Spanner snapshot: %w", err)
	}
	if err := errors.Join(s.server.Restore(f), f.Close()); err != nil {
		return fmt.Errorf("restore Spanner snapshot: %w", err)
	}
	return nil
}

// Reset removes all rows, databases and instances.
func (s *Server) Reset() error { return s.server.Reset() }
