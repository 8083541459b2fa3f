package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// door answers as the front door does.
func door(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/status/"):
	case r.URL.Path == "/v1/courses":
		fmt.Fprint(w, `{"courses": []}`)
	case r.URL.Path == "/v1/users/me":
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error": {"code": 401, "status": "UNAUTHENTICATED"}}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error": {"code": 404, "status": "NOT_FOUND"}}`)
	}
}

func TestSmoke(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	for name, c := range map[string]struct {
		path   string // that is answered otherwise
		answer http.HandlerFunc
		wrong  string
	}{
		"in health": {},
		"a service is not ready": {"/status/user", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "database user", http.StatusServiceUnavailable)
		}, "user is ready: GET /status/user answers 503, not 200: database user"},
		"everybody is let in": {"/v1/users/me", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") },
			"nobody is somebody with a forged token: GET /v1/users/me answers 200, not 401"},
		"another answers the refusal": {"/v1/users/me", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html>", http.StatusUnauthorized)
		}, "invalid character"},
		"no catalogue": {"/v1/courses", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"items": []}`) },
			"no courses in"},
		"refused for another reason": {"/v1/nothing-is-here", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error": {"status": "UNIMPLEMENTED"}}`)
		}, "no error of status NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == c.path {
					c.answer(w, r)
					return
				}
				door(w, r)
			}))
			defer server.Close()
			var out bytes.Buffer
			err := run(t.Context(), []string{"--url", server.URL}, &out)
			if c.wrong == "" {
				require.NoError(t, err)
				assert.Contains(t, out.String(), "saga is ready")
				return
			}
			assert.ErrorContains(t, err, c.wrong)
		})
	}
}

func TestArguments(t *testing.T) {
	for name, args := range map[string][]string{
		"nothing":     {},
		"both":        {"--url", "http://127.0.0.1:1", "dev"},
		"two":         {"dev", "prod"},
		"no address":  {"--url", "localhost"},
		"unknown":     {"--fast"},
		"no duration": {"--wait", "long"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Error(t, run(t.Context(), args, &bytes.Buffer{}))
		})
	}
}
