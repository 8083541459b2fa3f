package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/api/operation"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/auth"
)

// Request is a request that was found valid, from a caller who may make it.
type Request struct {
	http      *http.Request
	writer    http.ResponseWriter
	operation *operation.Operation
	path      map[string]string
	query     url.Values
	caller    auth.Caller
	key       idempotency.Key
	body      []byte
	waited    bool
}

// Caller returns who calls, zero for somebody without a token.
func (r *Request) Caller() auth.Caller { return r.caller }

// Path returns a path parameter, decoded; a {user} that was "me" is the caller's id.
func (r *Request) Path(name string) string { return r.path[name] }

// User returns the user that the path names, whom the caller may act for: "me" is resolved.
func (r *Request) User() (string, error) {
	user := r.path["user"]
	if user == "" || user == me {
		return "", fault.New(fault.NotFound, ReasonNotRegistered, "the caller has not registered yet")
	}
	return user, nil
}

// Query returns the first value of a query parameter, empty when it is absent.
func (r *Request) Query(name string) string { return r.query.Get(name) }

// QueryInt returns an integer query parameter, 0 when it is absent.
func (r *Request) QueryInt(name string) int {
	n, err := strconv.Atoi(r.query.Get(name))
	if err != nil {
		return 0 // absent: what is no integer was refused
	}
	return n
}

// QueryBool returns a boolean query parameter, false when it is absent.
func (r *Request) QueryBool(name string) bool {
	yes, err := strconv.ParseBool(r.query.Get(name))
	return err == nil && yes
}

// Decode reads the body into v. The body was validated; what v cannot hold is refused.
func (r *Request) Decode(v any) error {
	err := json.Unmarshal(r.body, v)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.Invalid(fault.Field{Name: wrong.Field, Description: "must not be a JSON " + wrong.Value})
	}
	return fault.New(fault.InvalidArgument, ReasonInvalid, "the body is not what the operation takes: %w", err)
}

// Key returns the idempotency key, scoped to caller and route, where the operation needs one.
func (r *Request) Key() idempotency.Key { return r.key }

// IfMatch returns the etag that the caller expects, without quotes; empty for any.
func (r *Request) IfMatch() string { return parseIfMatch(r.http.Header.Get("If-Match")) }

// Wait returns how long the caller would wait for an operation to end (Prefer: wait=N).
func (r *Request) Wait() time.Duration {
	wait, asked := parseWait(r.http.Header.Values("Prefer"))
	r.waited = r.waited || asked
	return wait
}

// RawBody returns the body as it came.
func (r *Request) RawBody() []byte { return r.body }

// Header returns a header's first value.
func (r *Request) Header(name string) string { return r.http.Header.Get(name) }
