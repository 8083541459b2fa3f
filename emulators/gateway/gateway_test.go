package gateway_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/gateway"
	"github.com/kwipper/kwipper/emulators/outbound"
)

const document = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /v1/courses:
    get: {operationId: ListCourses, responses: {default: {description: d}}}
  /v1/courses/{course}:
    parameters: [{name: course, in: path, required: true, schema: {type: string}}]
    get: {operationId: GetCourse, responses: {default: {description: d}}}
    patch: {operationId: UpdateCourse, responses: {default: {description: d}}}
  /v1/courses/{course}:publish:
    parameters: [{name: course, in: path, required: true, schema: {type: string}}]
    post: {operationId: PublishCourse, responses: {default: {description: d}}}
  /v1/courses/{course}/contents:sign:
    parameters: [{name: course, in: path, required: true, schema: {type: string}}]
    get: {operationId: SignContents, responses: {default: {description: d}}}
  /v1/courses/{course}/contents/{content}:
    parameters: [{name: course, in: path, required: true, schema: {type: string}}, {name: content, in: path, required: true, schema: {type: string}}]
    get: {operationId: GetContent, responses: {default: {description: d}}}
`

func echo(id string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_ = json.NewEncoder(w).Encode(map[string]string{
			"operation": id, "path": r.URL.EscapedPath(), "body": string(body),
			"token": r.Header.Get("X-Forwarded-Authorization"), "authorization": r.Header.Get("Authorization"),
		})
	})
}

func newGateway(t *testing.T, options gateway.Options) *gateway.Gateway {
	t.Helper()
	options.Document = []byte(document)
	options.Logger = slog.New(slog.DiscardHandler)
	if options.Functions == nil {
		options.Functions = echo
	}
	g, err := gateway.New(options)
	require.NoError(t, err)
	return g
}

func send(g http.Handler, r *http.Request) (*httptest.ResponseRecorder, map[string]string) {
	recorder := httptest.NewRecorder()
	g.ServeHTTP(recorder, r)
	var body map[string]string
	_ = json.Unmarshal(recorder.Body.Bytes(), &body)
	return recorder, body
}

func TestRoutes(t *testing.T) {
	g := newGateway(t, gateway.Options{})
	for request, want := range map[string]string{
		"GET /v1/courses":                    "ListCourses",
		"GET /v1/courses?pageSize=3":         "ListCourses",
		"GET /v1/courses/jp-1":               "GetCourse",
		"PATCH /v1/courses/jp-1":             "UpdateCourse",
		"POST /v1/courses/jp-1:publish":      "PublishCourse",
		"GET /v1/courses/jp-1/contents:sign": "SignContents",
		"GET /v1/courses/jp-1/contents/jp-2": "GetContent",
		"GET /v1/courses/a%2Fb":              "GetCourse",
		"OPTIONS /v1/courses/jp-1":           "GetCourse",
		"OPTIONS /v1/courses/jp-1:publish":   "PublishCourse",
	} {
		method, path, _ := strings.Cut(request, " ")
		answer, body := send(g, httptest.NewRequest(method, path, nil))
		assert.Equal(t, http.StatusOK, answer.Code, request)
		assert.Equal(t, want, body["operation"], request)
	}
}

func TestRefusalsHaveTheShapeOfTheFunctions(t *testing.T) {
	g := newGateway(t, gateway.Options{})
	large := httptest.NewRequest(http.MethodPatch, "/v1/courses/jp-1", nil)
	large.ContentLength = 33 << 20
	for name, test := range map[string]struct {
		request *http.Request
		status  int
		reason  string
		allow   string
	}{
		"no route":      {httptest.NewRequest(http.MethodGet, "/v2/courses", nil), 404, "NOT_FOUND", ""},
		"empty segment": {httptest.NewRequest(http.MethodGet, "/v1/courses/", nil), 404, "NOT_FOUND", ""},
		"unknown verb":  {httptest.NewRequest(http.MethodPost, "/v1/courses/jp-1:burn", nil), 404, "NOT_FOUND", ""},
		"wrong method":  {httptest.NewRequest(http.MethodDelete, "/v1/courses/jp-1", nil), 405, "METHOD_NOT_ALLOWED", "GET, PATCH"},
		"oversize":      {large, 413, "BODY_TOO_LARGE", ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer, _ := send(g, test.request)
			var body struct {
				Error struct {
					Code    int
					Details []struct{ Reason string }
				}
			}
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &body))
			assert.Equal(t, test.status, answer.Code)
			assert.Equal(t, test.status, body.Error.Code)
			assert.Equal(t, test.reason, body.Error.Details[0].Reason)
			assert.Equal(t, test.allow, answer.Header().Get("Allow"))
			assert.Equal(t, "*", answer.Header().Get("Access-Control-Allow-Origin"))
		})
	}
}

func TestTokenIsMoved(t *testing.T) {
	g := newGateway(t, gateway.Options{})
	r := httptest.NewRequest(http.MethodGet, "/v1/courses", nil)
	r.Header.Set("X-Forwarded-Authorization", "Bearer smuggled")
	_, body := send(g, r)
	assert.Empty(t, body["token"], "only the gateway sets it")
	r = httptest.NewRequest(http.MethodGet, "/v1/courses", nil)
	r.Header.Set("Authorization", "Bearer mine")
	_, body = send(g, r)
	assert.Equal(t, "Bearer mine", body["token"])
	assert.Empty(t, body["authorization"])
}

func TestFaultsOnDemand(t *testing.T) {
	for name, test := range map[string]struct {
		fault  outbound.Fault
		served int32
		status int // 0: no answer
	}{
		"status":        {outbound.Fault{Status: 503}, 0, 503},
		"duplicate":     {outbound.Fault{Duplicates: 2}, 3, 200},
		"delay":         {outbound.Fault{Delay: time.Millisecond}, 1, 200},
		"lost response": {outbound.Fault{LoseResponse: true}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var served atomic.Int32
			g := newGateway(t, gateway.Options{
				BeforeServe: func(string, *http.Request) outbound.Fault { return test.fault },
				Functions: func(string) http.Handler {
					return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						body, err := io.ReadAll(r.Body)
						assert.NoError(t, err)
						assert.Equal(t, "hello", string(body))
						served.Add(1)
					})
				},
			})
			server := httptest.NewServer(g)
			t.Cleanup(server.Close)
			response, err := http.Post(server.URL+"/v1/courses/jp-1:publish", "text/plain", strings.NewReader("hello"))
			if test.status == 0 {
				assert.Error(t, err)
			} else {
				require.NoError(t, err)
				assert.NoError(t, response.Body.Close())
				assert.Equal(t, test.status, response.StatusCode)
			}
			assert.Equal(t, test.served, served.Load())
			assert.Equal(t, test.status, g.Recent()[0].Status)
		})
	}
}

func TestRequestsAreRemembered(t *testing.T) {
	g := newGateway(t, gateway.Options{})
	send(g, httptest.NewRequest(http.MethodGet, "/v1/courses", nil))
	send(g, httptest.NewRequest(http.MethodGet, "/nothing", nil))
	recent := g.Recent()
	require.Len(t, recent, 2)
	assert.Equal(t, 404, recent[0].Status)
	assert.Equal(t, "ListCourses", recent[1].Operation)
	assert.Equal(t, 200, recent[1].Status)
}

func TestDocumentsThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no document": "hello",
		"no paths":    "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}",
		"no id":       strings.Replace(document, "operationId: GetCourse,", "", 1),
		"the same id": strings.Replace(document, "GetCourse", "ListCourses", 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gateway.New(gateway.Options{Document: []byte(text), Functions: echo})
			assert.Error(t, err)
		})
	}
	_, err := gateway.New(gateway.Options{Document: []byte(document), Functions: func(id string) http.Handler {
		if id == "PublishCourse" {
			return nil
		}
		return echo(id)
	}})
	assert.ErrorContains(t, err, "PublishCourse")
}

func TestServerServesTheProjectsDocument(t *testing.T) {
	text, err := os.ReadFile("../../shared/api/document/openapi.yaml")
	require.NoError(t, err)
	server, err := gateway.Start(t.Context(), "127.0.0.1:0", gateway.Options{
		Document: text, Functions: echo, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	response, err := http.Get("http://" + server.Addr() + "/v1/courses/jp-1/items/jp-2/contents:sign")
	require.NoError(t, err)
	var body map[string]string
	require.NoError(t, json.NewDecoder(response.Body).Decode(&body))
	require.NoError(t, response.Body.Close())
	assert.Equal(t, "SignContents", body["operation"])
	require.NoError(t, server.Close())
	_, err = gateway.Start(t.Context(), "not an address", gateway.Options{Document: text, Functions: echo})
	assert.Error(t, err)
}
