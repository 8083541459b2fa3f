// Package functiontesting gives tests of functions the world around one: databases under
// their real names, and calls over HTTP through Handle.
//
// A function keeps its clients, so the world is one for the whole test process. Tests
// keep apart by using users and courses of their own.
package functiontesting

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// Call is a request to a function.
type Call struct {
	Method string
	Path   string // with its query
	Token  string // of the user; empty for none
	Body   any    // encoded as JSON; a string is sent as it is, nil sends none
	Header map[string]string
}

// Answer is what a function answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do calls a function over HTTP. A POST gets a random Idempotency-Key unless Header has
// one; an empty one there sends none.
func (c Call) Do(t testing.TB, handle http.HandlerFunc) Answer {
	t.Helper()
	server := httptest.NewServer(handle)
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), c.Method, server.URL+c.Path, bytes.NewReader(c.encoded(t)))
	require.NoError(t, err)
	if c.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if c.Method == http.MethodPost {
		request.Header.Set("Idempotency-Key", uuid.NewString())
	}
	for name, value := range c.Header {
		request.Header.Del(name)
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	require.NoError(t, err)
	return Answer{Status: response.StatusCode, Header: response.Header, Body: body.Bytes()}
}

func (c Call) encoded(t testing.TB) []byte {
	t.Helper()
	switch body := c.Body.(type) {
	case nil:
		return nil
	case string:
		return []byte(body)
	default:
		encoded, err := json.Marshal(body)
		require.NoError(t, err)
		return encoded
	}
}

// Into decodes the body of an answer that must have status.
func Into[T any](t testing.TB, a Answer, status int) T {
	t.Helper()
	require.Equal(t, status, a.Status, "%s", a.Body)
	var v T
	require.NoError(t, json.Unmarshal(a.Body, &v), "%s", a.Body)
	return v
}

// Refused checks that an answer is an error of the API with status and reason, and returns
// the fields that it names.
func Refused(t testing.TB, a Answer, status int, reason string) []string {
	t.Helper()
	require.Equal(t, status, a.Status, "%s", a.Body)
	var body struct {
		Error struct {
			Code    int
			Details []struct {
				Reason          string
				FieldViolations []struct{ Field string }
			}
		}
	}
	require.NoError(t, json.Unmarshal(a.Body, &body), "%s", a.Body)
	require.Equal(t, status, body.Error.Code)
	var reasons, fields []string
	for _, detail := range body.Error.Details {
		reasons = append(reasons, detail.Reason)
		for _, violation := range detail.FieldViolations {
			fields = append(fields, violation.Field)
		}
	}
	require.Contains(t, reasons, reason, "%s", a.Body)
	return fields
}
