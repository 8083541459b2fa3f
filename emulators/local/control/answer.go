package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// bodyLimitBytes is how much a call may send.
const bodyLimitBytes = 1 << 20

// call serves a call: it returns what is answered as JSON, nil for nothing.
type call func(ctx context.Context, r *http.Request) (any, error)

// ServeHTTP answers the call.
func (serve call) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := serve(r.Context(), r)
	if err != nil {
		refuse(w, err)
		return
	}
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	send(w, http.StatusOK, answer)
}

func send(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(answer); err != nil {
		slog.Warn("control API: an answer was not sent", "error", err)
	}
}

// refuse answers an error. What went wrong inside is told as it is: who controls the stack
// is its developer.
func refuse(w http.ResponseWriter, err error) {
	f, ok := fault.Of(err)
	switch {
	case ok:
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		f = fault.New(fault.Unavailable, "UNAVAILABLE", "%w", err)
	default:
		f = fault.New(fault.Internal, "INTERNAL", "%w", err)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	status := trigger.HTTPError(f)
	send(w, status.Code, map[string]any{"error": status})
}

// decode reads a JSON object into v, which names all fields there may be.
func decode(r *http.Request, v any) error {
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, bodyLimitBytes))
	if err != nil {
		return fault.New(fault.InvalidArgument, "BODY_TOO_LARGE", "the body is larger than %d bytes", bodyLimitBytes)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return malformed(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("body", "must be one JSON object")
	}
	return nil
}

// malformed names the field that a body fails at.
func malformed(err error) error {
	if _, ok := fault.Of(err); ok {
		return err
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return invalid(wrong.Field, "must not be a %s", wrong.Value)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return invalid(strings.Trim(name, `"`), "there is no such field")
	}
	return invalid("body", "must be a JSON object: %v", err)
}

func invalid(field, format string, args ...any) error {
	return fault.Invalid(fault.Field{Name: field, Description: fmt.Sprintf(format, args...)})
}

// limit reads the query parameter that bounds a list.
func limit(r *http.Request, preset, most int) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return preset, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, invalid("limit", "%q is not a number from 1 to %d", text, most)
	}
	return n, nil
}

// verb splits the last part of a path, as in first:restore.
func verb(r *http.Request, want string) (string, error) {
	name, ok := strings.CutSuffix(r.PathValue("verb"), ":"+want)
	if !ok || name == "" {
		return "", fault.New(fault.NotFound, "NOT_FOUND", "the control API has no such call; did you mean :%s?", want)
	}
	return name, nil
}
