package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// DefaultAddr is where the gateway listens unless told otherwise.
const DefaultAddr = "127.0.0.1:8080"

const (
	headerTimeout   = 10 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 5 * time.Second
)

// Server is a gateway that listens.
type Server struct {
	*Gateway
	listener net.Listener
	http     *http.Server
	served   chan error
}

// Start makes a gateway and serves it on addr until Close; port 0 takes a free one.
func Start(ctx context.Context, addr string, options Options) (*Server, error) {
	g, err := New(options)
	if err != nil {
		return nil, fmt.Errorf("API gateway: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("API gateway: %w", err)
	}
	s := &Server{
		Gateway: g, listener: listener, served: make(chan error, 1),
		http: &http.Server{Handler: g, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout},
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// Addr is the host:port served.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close waits a little for requests in flight and ends serving.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
