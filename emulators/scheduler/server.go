package scheduler

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/kwipper/kwipper/emulators/journal"
	"github.com/kwipper/kwipper/emulators/outbound"
)

// jobPrefix begins the keys of the store; their values are jobs.
const jobPrefix = "job/"

// Server is a running Cloud Scheduler emulator.
type Server struct {
	options     Options
	logger      *slog.Logger
	store       *journal.Store
	sender      *outbound.Sender
	interceptor atomic.Pointer[RunInterceptor]
	history     history
	grpc        *grpc.Server
	listener    net.Listener
	serving     sync.WaitGroup
	ctx         context.Context // ends with the server
	stop        context.CancelFunc
	workers     sync.WaitGroup // jobs and executions

	mu   sync.RWMutex
	jobs map[string]*job
}

// Start opens the state and serves until Close or until ctx is done. A job whose instant
// passed while nothing ran fires once.
func Start(ctx context.Context, options Options) (*Server, error) {
	options = options.withDefaults()
	store, err := journal.Open(options.DataDir)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", options.Addr)
	if err != nil {
		_ = store.Close()
		return nil, fmt.Errorf("listen for Cloud Scheduler: %w", err)
	}
	s := &Server{
		options:  options,
		logger:   options.Logger.With("emulator", "scheduler"),
		store:    store,
		sender:   &outbound.Sender{Client: options.HTTPClient, Tokens: options.Tokens},
		grpc:     grpc.NewServer(grpc.WaitForHandlers(true)),
		listener: listener,
		jobs:     map[string]*job{},
	}
	s.history.clear()
	s.SetBeforeRun(options.BeforeRun)
	s.ctx, s.stop = context.WithCancel(ctx)
	if err := s.load(); err != nil {
		s.stop()
		s.workers.Wait()
		_ = listener.Close()
		_ = store.Close()
		return nil, fmt.Errorf("load Cloud Scheduler state: %w", err)
	}
	pb.RegisterCloudSchedulerServer(s.grpc, &service{server: s})
	s.serving.Go(func() { _ = s.grpc.Serve(listener) })
	s.serving.Go(func() {
		<-s.ctx.Done()
		s.grpc.Stop()
	})
	return s, nil
}

// Addr is the host:port served. Clients connect without TLS and without credentials.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends serving and firing and closes the state.
func (s *Server) Close() error {
	s.stop()
	s.serving.Wait()
	s.workers.Wait()
	return s.store.Close()
}

// SetBeforeRun replaces the interceptor of attempts; nil removes it.
func (s *Server) SetBeforeRun(interceptor RunInterceptor) { s.interceptor.Store(&interceptor) }

// InFlight counts executions under way, in back-off, or due.
func (s *Server) InFlight() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now, count := s.options.Clock.Now(), 0
	for _, j := range s.jobs {
		count += j.inFlight(now)
	}
	return count
}

// NextDue returns the earliest business time still to come at which a job fires.
func (s *Server) NextDue() (earliest time.Time, found bool) {
	return s.NextDueOf(func(string) bool { return true })
}

// NextDueOf does as NextDue for the jobs that are wanted, by their full resource names.
func (s *Server) NextDueOf(wanted func(job string) bool) (earliest time.Time, found bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.options.Clock.Now()
	for _, j := range s.jobs {
		_, next := j.current()
		if next.After(now) && wanted(j.name) && (!found || next.Before(earliest)) {
			earliest, found = next, true
		}
	}
	return earliest, found
}

// Runs returns the latest attempts, newest first.
func (s *Server) Runs() []Run { return s.history.newestFirst() }

// Snapshot writes all jobs with their next instants.
func (s *Server) Snapshot(w io.Writer) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.store.Export(w)
}

// Restore replaces the jobs by a snapshot. Set the clock first: what is due then fires.
func (s *Server) Restore(r io.Reader) error {
	return s.replaceState(func() error { return s.store.Import(r) })
}

// Reset removes all jobs.
func (s *Server) Reset() error { return s.replaceState(s.store.Clear) }

// replaceState stops everything, lets change rewrite the store, and starts from it. A
// failed change leaves the store, and so the state, as it was.
func (s *Server) replaceState(change func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		j.stop()
	}
	s.workers.Wait()
	changeErr := change()
	s.jobs = map[string]*job{}
	s.history.clear()
	if err := s.load(); err != nil {
		return fmt.Errorf("reload Cloud Scheduler state: %w", err)
	}
	return changeErr
}

func (s *Server) load() error {
	return s.store.Scan(jobPrefix, func(key string, record []byte) error {
		config := &pb.Job{}
		if err := proto.Unmarshal(record, config); err != nil {
			return fmt.Errorf("decode %s: %w", key, err)
		}
		now := s.options.Clock.Now()
		when, err := parseSchedule(config.Schedule, config.TimeZone, now)
		if err != nil {
			return fmt.Errorf("load %s: %w", key, err)
		}
		next := when.after(now)
		if config.ScheduleTime != nil {
			next = config.ScheduleTime.AsTime()
		}
		s.startJob(config, when, next)
		return nil
	})
}

// startJob adds a job and lets it fire from next on, unless it is paused.
func (s *Server) startJob(config *pb.Job, when schedule, next time.Time) *job {
	if config.State != pb.Job_ENABLED {
		next = time.Time{}
	}
	j := &job{
		name:     config.Name,
		moved:    make(chan struct{}, 1),
		config:   withNext(config, next),
		schedule: when,
		next:     next,
	}
	j.ctx, j.stop = context.WithCancel(s.ctx)
	s.jobs[j.name] = j
	s.workers.Go(func() { s.keep(j) })
	return j
}

func (s *Server) storeJob(config *pb.Job) error {
	record, err := proto.Marshal(config)
	if err != nil {
		return status.Errorf(codes.Internal, "encode job: %v", err)
	}
	if err := s.store.Write(journal.Put(jobPrefix+config.Name, record)); err != nil {
		return status.Errorf(codes.Unavailable, "store job: %v", err)
	}
	return nil
}
