package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kwipper/kwipper/emulators/gateway"
	"github.com/kwipper/kwipper/shared/api/document"
	"github.com/kwipper/kwipper/shared/platform/health"
	"github.com/kwipper/kwipper/shared/topology"
)

// calls counts the requests that may still change something.
type calls struct{ n atomic.Int64 }

func (c *calls) count() int { return int(c.n.Load()) }

func (c *calls) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodOptions {
			c.n.Add(1)
			defer c.n.Add(-1)
		}
		next.ServeHTTP(w, r)
	})
}

// startFunctions serves the event functions, each at its name, where Pub/Sub, Cloud Tasks
// and Scheduler call them.
func (s *Stack) startFunctions(context.Context) error {
	mux := http.NewServeMux()
	for name, handle := range functions {
		mux.Handle("/"+name, s.eventFunction(name, handle))
	}
	return s.serve(s.Options.Ports.Functions, mux)
}

// startGateway serves the HTTP API.
func (s *Stack) startGateway(ctx context.Context) (err error) {
	s.Gateway, err = gateway.Start(ctx, address(s.Options.Ports.API), gateway.Options{
		Document: document.Text(),
		Functions: func(operationID string) http.Handler {
			handle, ok := functions[operationID]
			if !ok {
				return nil
			}
			return s.operation(operationID, handle)
		},
		Pages:  statusPages(),
		Logger: slog.New(slog.DiscardHandler), // functions log their requests themselves
	})
	return s.keep(s.Gateway, err)
}

// CallFunction calls an event function as the invoker does, with body as JSON.
func (s *Stack) CallFunction(ctx context.Context, name string, body any) error {
	address := s.functionURL(name)
	token, err := s.Identity.ServiceToken(ctx, invoker, address)
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("%s answered %s", name, response.Status)
	}
	return nil
}

// statusPages are the health of services, as the load balancer rewrites them.
func statusPages() map[string]http.Handler {
	pages := map[string]http.Handler{}
	for service, function := range topology.Status {
		pages[topology.StatusPath(service)] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked := r.Clone(r.Context())
			asked.URL.Path = health.ReadyPath
			functions[function](w, asked)
		})
	}
	return pages
}

// serve serves handler on a port of loopback until the stack is closed.
func (s *Stack) serve(port int, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address(port))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("server ended", "port", port, "error", err)
		}
	}()
	s.close = append(s.close, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			return server.Close()
		}
		return nil
	})
	return nil
}
