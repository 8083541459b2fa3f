package control

import (
	"context"
	_ "embed"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/shared/api/document"
	"github.com/kwipper/kwipper/shared/fault"
)

//go:embed console.html
var page []byte

// base is the path below which all calls are.
const base = "/local/v1/"

// server serves the control API of a stack.
type server struct {
	*stack.Stack
	travel sync.Mutex // one advance at a time
}

// New returns the handler of the control API and the console. It answers from the very
// start; until the stack is ready all but the console is 503.
func New(s *stack.Stack) http.Handler {
	c := &server{Stack: s}
	calls := map[string]call{
		"GET status": c.status, "GET requests": c.requests, "GET invariants": c.invariants,
		"GET clock": c.clock, "POST clock:advance": c.advance,
		"GET faults": c.listFaults, "POST faults": c.addFault, "DELETE faults": c.clearFaults,
		"GET faults/{id}": c.getFault, "DELETE faults/{id}": c.removeFault,
		"GET snapshots": c.listSnapshots, "POST snapshots": c.saveSnapshot, "POST snapshots/{verb}": c.restoreSnapshot, "POST reset": c.reset,
		"GET sagas": c.listSagas, "GET sagas/{operation}": c.getSaga, "POST sagas/{verb}": c.resumeSaga,
		"GET messages": c.messages, "POST messages/{verb}": c.redeliver,
		"GET traces": c.listTraces, "GET traces/{id}": c.getTrace,
		"POST tokens": c.token,
	}
	mux := http.NewServeMux()
	for pattern, serve := range calls {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+base+path, c.ready(serve))
	}
	mux.Handle(base, call(func(context.Context, *http.Request) (any, error) {
		return nil, fault.New(fault.NotFound, "NOT_FOUND", "the control API has no such call")
	}))
	mux.HandleFunc("GET /{$}", serveFile("text/html; charset=utf-8", page))
	mux.HandleFunc("GET /traces", serveFile("text/html; charset=utf-8", tracesPage))
	mux.HandleFunc("GET /openapi.yaml", serveFile("application/yaml", document.Text()))
	return local(mux)
}

// ready refuses what is asked before the stack is ready.
func (c *server) ready(next call) call {
	return func(ctx context.Context, r *http.Request) (any, error) {
		if !c.Serving() {
			return nil, fault.New(fault.Unavailable, "STARTING", "the stack is starting").After(1e9)
		}
		return next(ctx, r)
	}
}

// local keeps out web pages of elsewhere that a browser on this machine has open: by the
// name that they call us by, and by where they come from.
func local(next http.Handler) http.Handler {
	guarded := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			refuse(w, fault.New(fault.PermissionDenied, "HOST_NOT_LOCAL", "the control API is called by a loopback address or localhost"))
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// policy lets the console use what it brings along and this server, and nothing else.
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func serveFile(mediaType string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", policy)
		_, _ = w.Write(content) // the caller may have gone
	}
}
