// Package pubsubtest is a Pub/Sub server for tests that keeps what is published.
package pubsubtest

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
)

// Project is the project that New sets.
const Project = "kwipper-test"

// Published is one message that was published.
type Published struct {
	Topic      string
	Data       string
	Attributes map[string]string
}

// Server keeps messages until the test ends.
type Server struct {
	pubsubpb.UnimplementedPublisherServer
	mu       sync.Mutex
	messages []Published
	requests int
	failure  error
}

// New starts a server and makes it the one of KWIPPER_PROJECT for the rest of the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	pubsubpb.RegisterPublisherServer(server, s)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	t.Setenv("PUBSUB_EMULATOR_HOST", listener.Addr().String())
	t.Setenv("KWIPPER_PROJECT", Project)
	return s
}

// Fail makes publishing fail with err, or work again with nil.
func (s *Server) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
}

// Published returns the messages of a topic.
func (s *Server) Published(topic string) []Published {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Published
	for _, m := range s.messages {
		if m.Topic == topic {
			found = append(found, m)
		}
	}
	return found
}

// Requests returns how many requests published something.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Publish keeps the messages of a request.
func (s *Server) Publish(_ context.Context, request *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		return nil, s.failure
	}
	s.requests++
	response := &pubsubpb.PublishResponse{}
	topic := strings.TrimPrefix(request.GetTopic(), "projects/"+Project+"/topics/")
	for _, m := range request.GetMessages() {
		s.messages = append(s.messages, Published{Topic: topic, Data: string(m.GetData()), Attributes: m.GetAttributes()})
		response.MessageIds = append(response.MessageIds, strconv.Itoa(len(s.messages)))
	}
	return response, nil
}
