package control_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/control"
	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/stack"
)

func testRefusals(t *testing.T, c client) {
	for _, test := range []struct {
		call, body string
		status     int
		field      string
	}{
		{"GET nothing", "", 404, ""},
		{"POST clock:advance", ``, 400, "body"},
		{"POST clock:advance", `{}`, 400, "duration"},
		{"POST clock:advance", `{"duration":"1h","until":"2030-01-01T00:00:00Z"}`, 400, "duration"},
		{"POST clock:advance", `{"duration":"-1h"}`, 400, "duration"},
		{"POST clock:advance", `{"duration":"90w"} {}`, 400, "body"},
		{"POST clock:advance", `{"duration":"P9Y"}`, 400, "duration"},
		{"POST clock:advance", `{"until":"2001-01-01T00:00:00Z"}`, 400, "until"},
		{"POST clock:advance", `{"duratoin":"1h"}`, 400, "duratoin"},
		{"POST faults", `{"target":"spanner","effect":"STATUS","status":404}`, 400, "status"},
		{"POST faults", `{"target":"Payy","effect":"DUPLICATE"}`, 400, "target"},
		{"POST faults", `{"target":"Pay","effect":"DELAY","delay":5}`, 400, "delay"},
		{"POST faults", `{"target":"Pay","effect":"DUPLICATE","declineCode":"x"}`, 400, "declineCode"},
		{"POST faults", `{"target":"Pay","effect":"REFUSE"}`, 400, "reason"},
		{"POST faults", `{"target":"stripe","effect":"STATUS","status":404}`, 400, "status"},
		{"POST faults", `{"target":"stripe","effect":"CRASH_AFTER"}`, 400, "effect"},
		{"POST faults", `{"target":"stripe","effect":"EXPLODE"}`, 400, "effect"},
		{"POST faults", `{"target":"stripe","effect":"LOST_RESPONSE","seed":4}`, 400, "seed"},
		{"POST faults", `{"target":"stripe","effect":"DELAY"}`, 400, "delay"},
		{"GET faults/x", "", 404, ""},
		{"DELETE faults/stripe-x", "", 404, ""},
		{"POST snapshots", `{"name":"../x"}`, 400, "name"},
		{"POST snapshots", `{"name":"sample"}`, 409, ""},
		{"POST snapshots/none:restore", "", 404, ""},
		{"POST snapshots/none:remove", "", 404, ""},
		{"POST reset", `{"data":"some"}`, 400, "data"},
		{"GET sagas/none", "", 404, ""},
		{"GET sagas?limit=0", "", 400, "limit"},
		{"GET messages?limit=many", "", 400, "limit"},
		{"POST messages/none:redeliver", "", 404, ""},
		{"POST tokens", `{}`, 400, "user"},
		{"POST tokens", `{"user":"x","role":"king"}`, 400, "role"},
		{"POST tokens", `{"user":"x","expired":"yes"}`, 400, "expired"},
		{"POST tokens", `{"user":"x","claims":{"sub":"y"}}`, 400, "claims"},
	} {
		method, path, _ := strings.Cut(test.call, " ")
		reason, field := c.refused(method, path, test.body, test.status)
		assert.NotEmpty(t, reason, "%s %s", test.call, test.body)
		assert.Equal(t, test.field, field, "%s %s", test.call, test.body)
	}
}

func testTokens(t *testing.T, c client, s *stack.Stack) {
	get := func(body string) error {
		t.Helper()
		var answer struct {
			Token string
			Known bool
		}
		c.do(http.MethodPost, "tokens", body, &answer)
		user := s.Browser()
		user.Token = answer.Token
		return user.Call(t.Context(), http.MethodGet, "/users/me", nil, nil)
	}
	require.NoError(t, get(`{"user":"learner.jp@kwipper.local"}`))
	for _, u := range s.Status().Users {
		require.NoError(t, get(`{"user":"`+u.Name+`"}`))
	}
	for _, wrong := range []string{"expired", "wrongIssuer", "wrongAudience", "wrongKey"} {
		require.ErrorContains(t, get(`{"user":"learner.jp@kwipper.local","`+wrong+`":true}`), "401", wrong)
	}
	assert.Equal(t, "USER_NOT_REGISTERED", frontend.Reason(get(`{"user":"stranger@example.com"}`)))
	var token struct{ Token string }
	c.do(http.MethodPost, "tokens", `{"user":"learner.jp@kwipper.local","role":"tutor","claims":{"extra":1}}`, &token)
	tutor := s.Browser()
	tutor.Token = token.Token
	err := tutor.Call(t.Context(), http.MethodPost, "/courses", map[string]any{}, nil)
	assert.Equal(t, "INVALID_ARGUMENT", frontend.Reason(err), "a tutor gets as far as validation")
}

// testStrangers calls as pages of elsewhere in a browser on this machine would.
func testStrangers(t *testing.T, c client) {
	for name, spoil := range map[string]func(*http.Request){
		"rebound name": func(r *http.Request) { r.Host = "evil.example:4000" },
		"other origin": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"other site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+"reset", strings.NewReader(`{"data":"empty"}`))
		require.NoError(t, err)
		spoil(request)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, http.StatusForbidden, response.StatusCode, name)
	}
}

// TestNotReadyIsSaid asks from the very start on.
func TestNotReadyIsSaid(t *testing.T) {
	handler := control.New(&stack.Stack{})
	recorder := httptest.NewRecorder()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/local/v1/status", nil)
	require.NoError(t, err)
	handler.ServeHTTP(recorder, request)
	assert.Equal(t, http.StatusServiceUnavailable, recorder.Code)
	assert.Equal(t, "1", recorder.Header().Get("Retry-After"))
	assert.Contains(t, recorder.Body.String(), "starting")
}
