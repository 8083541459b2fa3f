package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/idempotency"
)

// Response is an answer: a status, a body that is encoded as JSON, and headers of its own.
type Response struct {
	Status int
	Body   any
	Header http.Header
}

// OK answers 200 with body.
func OK(body any) *Response { return &Response{Status: http.StatusOK, Body: body} }

// Created answers 201 with body.
func Created(body any) *Response { return &Response{Status: http.StatusCreated, Body: body} }

// Accepted answers 202 with body.
func Accepted(body any) *Response { return &Response{Status: http.StatusAccepted, Body: body} }

// NoContent answers 204.
func NoContent() *Response { return &Response{Status: http.StatusNoContent} }

// Stored answers what an idempotency key keeps.
func Stored(answer idempotency.Answer) *Response {
	if len(answer.Body) == 0 {
		return &Response{Status: answer.Status}
	}
	return &Response{Status: answer.Status, Body: answer.Body}
}

// errorResponse is the AIP-193 error that err means.
func errorResponse(err error) *Response {
	body := toError(err)
	response := &Response{Status: body.Error.Code, Body: body}
	switch after := retryAfter(err); {
	case after > 0:
		response.setHeader("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
	case response.Status == http.StatusServiceUnavailable:
		response.setHeader("Retry-After", "1")
	}
	if response.Status == http.StatusUnauthorized {
		response.setHeader("WWW-Authenticate", `Bearer realm="kwipper"`)
	}
	return response
}

func (r *Response) setHeader(name, value string) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set(name, value)
}

// write sends the response and returns the status that was sent. A body that cannot be
// encoded is an internal error.
func (r *Response) write(w http.ResponseWriter) (int, error) {
	if r.Body == nil {
		r.begin(w, http.StatusNoContent)
		return r.Status, nil
	}
	encoded, err := encode(r.Body)
	if err != nil {
		err = fmt.Errorf("encode the answer: %w", err)
		status, _ := errorResponse(err).write(w) // an error's body can be encoded
		return status, err
	}
	header := w.Header()
	if tag := etag(r.Body); tag != "" {
		header.Set("ETag", tag)
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(encoded)))
	r.begin(w, http.StatusOK)
	if _, err := w.Write(encoded); err != nil {
		slog.Debug("the caller has gone", "error", err)
	}
	return r.Status, nil
}

// begin sends the headers; a response without a status has the given one.
func (r *Response) begin(w http.ResponseWriter, status int) {
	header := w.Header()
	for name, values := range r.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Status == 0 {
		r.Status = status
	}
	w.WriteHeader(r.Status)
}

// encode writes JSON that leaves URLs readable.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// etag returns the etag that a body carries, as the header has it.
func etag(body any) string {
	var tag string
	if raw, ok := body.(json.RawMessage); ok {
		var fields struct {
			Etag string `json:"etag"`
		}
		if json.Unmarshal(raw, &fields) == nil {
			tag = fields.Etag
		}
	} else if value := reflect.Indirect(reflect.ValueOf(body)); value.Kind() == reflect.Struct {
		if field := value.FieldByName("Etag"); field.IsValid() && field.Kind() == reflect.String {
			tag = field.String()
		}
	}
	if tag == "" || strings.HasPrefix(tag, `"`) {
		return tag
	}
	return `"` + tag + `"`
}
