package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/kwipper/kwipper/shared/api/operation"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/health"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// requestTimeout bounds a request: more than Prefer: wait=N and a payment gateway take,
// less than callers and the gateway in front wait for.
const requestTimeout = 30 * time.Second

// endpoint handles the requests of one operation.
type endpoint struct {
	id     string
	health *health.Endpoint
	serve  func(context.Context, *Request) (*Response, error)
}

// ServeHTTP answers one request and logs it in one line.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer trigger.Begin(w)()
	if e.health.Serve(w, r) {
		return
	}
	begin := time.Now()
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	ctx, span := telemetry.Serve(ctx, e.id, telemetry.OriginOfHeader(r.Header), trace.SpanKindServer)
	setCORS(w.Header())
	telemetry.Inject(ctx, w.Header())
	if r.Method == http.MethodOptions {
		answerPreflight(w)
		span.End("")
		return
	}
	request := &Request{http: r, writer: w}
	response, err := e.answer(ctx, request)
	line := record{operation: e.id, method: r.Method, path: r.URL.Path, begin: begin, caller: request.caller, err: err}
	if err != nil {
		response = errorResponse(err)
	}
	if request.waited {
		response.setHeader("Preference-Applied", fmt.Sprintf("wait=%d", int(request.Wait().Seconds())))
	}
	trigger.LimitWriting(w)
	line.status, line.writeErr = response.write(w)
	line.log(ctx)
	span.End(line.failure())
}

// answer runs the request up to its response. A panic is an error like another.
func (e *endpoint) answer(ctx context.Context, request *Request) (response *Response, err error) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			panic(reason)
		default:
			response, err = nil, &trigger.Crash{Reason: reason, Stack: debug.Stack()}
		}
	}()
	if err := e.admit(ctx, request); err != nil {
		return nil, err
	}
	if err := request.read(); err != nil {
		return nil, err
	}
	response, err = e.serve(ctx, request)
	if err == nil && response == nil {
		return nil, fmt.Errorf("operation %s gave neither response nor error", e.id)
	}
	return response, err
}

// admit finds out what is asked for and whether the caller may.
func (e *endpoint) admit(ctx context.Context, request *Request) error {
	op, err := operation.Load(e.id)
	if err != nil {
		return err
	}
	r := request.http
	path, ok := op.Match(r.URL.EscapedPath())
	if !ok {
		return fault.New(fault.NotFound, ReasonNotFound, "there is nothing at %s", r.URL.Path)
	}
	if r.Method != op.Method {
		return fault.New(fault.InvalidArgument, trigger.ReasonMethod, "method %s is not allowed here", r.Method)
	}
	request.operation, request.path = op, path
	if request.caller, err = e.verify(ctx, request); err != nil {
		return err
	}
	return request.authorize()
}

// verify returns who calls. Where no token is needed, one that is sent counts all the same.
func (e *endpoint) verify(ctx context.Context, request *Request) (auth.Caller, error) {
	if request.allows(operation.Signature) {
		return auth.Caller{}, nil // the use case verifies the signature of the raw body
	}
	token := auth.UserToken(request.http.Header)
	if token == "" && request.allows(operation.Public) {
		return auth.Caller{}, nil
	}
	users, err := auth.Users(ctx)
	if err != nil {
		return auth.Caller{}, err
	}
	return users.User(ctx, token)
}
