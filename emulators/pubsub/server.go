package pubsub

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"

	"github.com/kwipper/kwipper/emulators/journal"
)

// maxRequestBytes is Pub/Sub's limit of a publish request with some room for framing.
const maxRequestBytes = 11 << 20

// Server is a running Pub/Sub emulator.
type Server struct {
	broker   *broker
	store    *journal.Store
	grpc     *grpc.Server
	listener net.Listener
	stop     context.CancelFunc
	serving  sync.WaitGroup
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
		return nil, fmt.Errorf("listen for Pub/Sub: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	server := &Server{
		broker: newBroker(ctx, store, options),
		store:  store,
		grpc: grpc.NewServer(grpc.WaitForHandlers(true),
			grpc.MaxRecvMsgSize(maxRequestBytes), grpc.MaxSendMsgSize(2*maxRequestBytes)),
		listener: listener,
		stop:     stop,
	}
	if err := server.broker.load(); err != nil {
		stop()
		_ = listener.Close()
		_ = store.Close()
		return nil, fmt.Errorf("load Pub/Sub state: %w", err)
	}
	server.serve(ctx)
	return server, nil
}

func (s *Server) serve(ctx context.Context) {
	pb.RegisterPublisherServer(s.grpc, &publisher{broker: s.broker})
	pb.RegisterSubscriberServer(s.grpc, &subscriber{broker: s.broker})
	pb.RegisterSchemaServiceServer(s.grpc, pb.UnimplementedSchemaServiceServer{})
	s.serving.Go(func() { _ = s.grpc.Serve(s.listener) })
	s.serving.Go(func() {
		<-ctx.Done()
		s.grpc.Stop()
	})
}

// Addr is the host:port served, to be put in PUBSUB_EMULATOR_HOST.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends serving and pushing and closes the state. Messages in flight are delivered
// again by the next server on the same directory.
func (s *Server) Close() error {
	s.stop()
	s.serving.Wait()
	s.broker.stopAll()
	return s.store.Close()
}

// SetBeforePush replaces the interceptor of pushes; nil removes it.
func (s *Server) SetBeforePush(interceptor PushInterceptor) {
	s.broker.interceptor.Store(&interceptor)
}

// SetAroundPublish replaces the interceptor of what clients publish; nil removes it.
func (s *Server) SetAroundPublish(interceptor PublishInterceptor) {
	s.broker.aroundPublish.Store(&interceptor)
}

// Publish publishes one message as the gRPC call does and returns its id.
func (s *Server) Publish(_ context.Context, topic string, data []byte, attributes map[string]string) (string, error) {
	ids, err := s.broker.publish(topic, []*pb.PubsubMessage{{Data: data, Attributes: attributes}})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// InFlight counts the messages that push subscriptions have not acknowledged, those in
// back-off included. Pull subscriptions do not count: nobody may be pulling.
func (s *Server) InFlight() int { return s.broker.inFlight() }

// NextDue reports that nothing here fires by business time.
func (s *Server) NextDue() (time.Time, bool) { return time.Time{}, false }

// Snapshot writes the whole state: topics, subscriptions, unacknowledged messages.
func (s *Server) Snapshot(w io.Writer) error {
	s.broker.mu.RLock()
	defer s.broker.mu.RUnlock()
	return s.store.Export(w)
}

// Restore replaces the state by a snapshot. What was in delivery is delivered again.
func (s *Server) Restore(r io.Reader) error {
	return s.broker.replaceState(func() error { return s.store.Import(r) })
}

// Reset removes all topics, subscriptions and messages.
func (s *Server) Reset() error { return s.broker.replaceState(s.store.Clear) }

// Purge drops the unacknowledged messages of every subscription and keeps the rest.
func (s *Server) Purge() error {
	return s.broker.replaceState(func() error {
		if err := s.store.RemovePrefix(pendingPrefix); err != nil {
			return err
		}
		return s.store.RemovePrefix(messagePrefix)
	})
}
