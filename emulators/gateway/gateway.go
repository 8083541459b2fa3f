package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// bodyLimitBytes is what API Gateway takes.
const bodyLimitBytes = 32 << 20

// recentRequests is how many requests are remembered.
const recentRequests = 500

// Options configure a gateway.
type Options struct {
	// Document is the OpenAPI document, in YAML or JSON.
	Document []byte
	// Functions returns the function of an operation, nil when there is none.
	Functions func(operationID string) http.Handler
	// Pages are served beside the document's paths, at exactly these: what the front door
	// rewrites, such as /status/billing. They are not remembered.
	Pages map[string]http.Handler
	// BeforeServe is asked before every request what shall go wrong with it; nil is nothing.
	BeforeServe func(operationID string, r *http.Request) outbound.Fault
	// Logger gets a line a request; nil is slog.Default.
	Logger *slog.Logger
}

// Request is what is remembered of a request.
type Request struct {
	Time      time.Time     `json:"time"`
	Operation string        `json:"operation,omitempty"` // empty when no route fits
	Method    string        `json:"method"`
	Path      string        `json:"path"`
	Status    int           `json:"status"`
	Latency   time.Duration `json:"latencyNanos"`
	Trace     string        `json:"trace,omitempty"` // the traceparent that was answered
}

// Gateway is an http.Handler for the whole API.
type Gateway struct {
	routes    []route
	functions map[string]http.Handler
	pages     map[string]http.Handler
	before    func(string, *http.Request) outbound.Fault
	logger    *slog.Logger

	mu     sync.Mutex
	recent outbound.Recent[Request]
}

// New reads the document and finds the function of each of its operations. One without a
// function is an error.
func New(options Options) (*Gateway, error) {
	routes, err := parseRoutes(options.Document)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		routes: routes, functions: map[string]http.Handler{}, pages: options.Pages, before: options.BeforeServe, logger: options.Logger,
		recent: outbound.Recent[Request]{Limit: recentRequests},
	}
	if g.logger == nil {
		g.logger = slog.Default()
	}
	if g.before == nil {
		g.before = func(string, *http.Request) outbound.Fault { return outbound.Fault{} }
	}
	var missing []string
	for _, r := range routes {
		for _, id := range r.operations {
			if g.functions[id] = options.Functions(id); g.functions[id] == nil {
				missing = append(missing, id)
			}
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("operations without a function: %s", strings.Join(missing, ", "))
	}
	return g, nil
}

// ServeHTTP hands the request to the function of its operation.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if page := g.pages[r.URL.Path]; page != nil && r.Method == http.MethodGet {
		page.ServeHTTP(w, r)
		return
	}
	answer := &answer{ResponseWriter: w}
	entry := Request{Time: time.Now(), Method: r.Method, Path: r.URL.Path}
	defer func() {
		entry.Status, entry.Latency, entry.Trace = answer.status, time.Since(entry.Time), w.Header().Get("traceparent")
		g.record(r.Context(), entry)
	}()
	entry.Operation = g.serve(answer, r)
	if answer.status == 0 {
		answer.status = http.StatusOK // what net/http answers for a function that says nothing
	}
}

// serve answers the request and returns the operation that it is for.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) string {
	id, refusal := g.find(r)
	if refusal == nil && r.ContentLength > bodyLimitBytes {
		refusal = tooLarge()
	}
	if refusal != nil {
		refusal.write(w)
		return id
	}
	moveToken(r.Header)
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimitBytes)
	}
	g.serveWith(g.before(id, r), w, r, g.functions[id])
	return id
}

// find returns the operation of a request, or why there is none.
func (g *Gateway) find(r *http.Request) (string, *refusal) {
	path := r.URL.EscapedPath()
	for _, route := range g.routes {
		if !route.matches(path) {
			continue
		}
		if id, ok := route.operation(r.Method); ok {
			return id, nil
		}
		return "", methodNotAllowed(r.Method, route.methods())
	}
	return "", notFound()
}

// moveToken does what the real gateway does with the caller's token: it puts it where its
// own cannot overwrite it. Nobody else may set that header.
func moveToken(header http.Header) {
	header.Del("X-Forwarded-Authorization")
	if token := header.Values("Authorization"); len(token) > 0 {
		header["X-Forwarded-Authorization"] = token
		header.Del("Authorization")
	}
}

// Recent returns the latest requests, newest first.
func (g *Gateway) Recent() []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.recent.NewestFirst()
}

func (g *Gateway) record(ctx context.Context, entry Request) {
	g.mu.Lock()
	g.recent.Add(entry)
	g.mu.Unlock()
	g.logger.LogAttrs(ctx, slog.LevelInfo, "request",
		slog.String("operation", entry.Operation), slog.String("method", entry.Method), slog.String("path", entry.Path),
		slog.Int("status", entry.Status), slog.Duration("latency", entry.Latency), slog.String("traceparent", entry.Trace))
}

// answer remembers the status that a function answers.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the first status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write answers 200 when nothing else was answered.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the connection's own writer.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
