package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

func TestTokensThatAreRefused(t *testing.T) {
	f, stranger := newFixture(t, "Subscribe", unreachable), authtest.New(t)
	for name, test := range map[string]struct{ token, reason string }{
		"missing":        {"", "TOKEN_MISSING"},
		"expired":        {f.issuer.Token(t, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), "TOKEN_EXPIRED"},
		"other issuer":   {stranger.User(t, learner), "TOKEN_INVALID"},
		"wrong audience": {f.issuer.Token(t, map[string]any{"aud": "other"}), "TOKEN_INVALID"},
		"unsigned":       {"eyJhbGciOiJub25lIn0.e30.", "TOKEN_INVALID"},
		"forged":         {f.issuer.Forged(t, map[string]any{"userId": learner}), "TOKEN_INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := f.send(request{method: "POST", path: mine, token: test.token, body: subscribes})
			f.refused(answer, http.StatusUnauthorized, test.reason)
			assert.NotEmpty(t, answer.Header().Get("WWW-Authenticate"))
		})
	}
}

func TestKeysThatCannotBeFetchedAreUnavailable(t *testing.T) {
	f := newFixture(t, "Subscribe", unreachable)
	f.issuer.FailKeys(true)
	answer := f.send(request{method: "POST", path: mine, token: f.issuer.User(t, learner), body: subscribes})
	f.refused(answer, http.StatusServiceUnavailable, "UNAVAILABLE")
	assert.NotEmpty(t, answer.Header().Get("Retry-After"))
}

func TestCallersThatMayNot(t *testing.T) {
	for name, test := range map[string]struct {
		operation, method, path string
		roles                   []string
		claims                  map[string]any // instead of a registered user
		status                  int
		reason                  string
	}{
		"somebody else's": {"Subscribe", "POST", "/v1/users/" + other + "/subscriptions", nil, nil, 403, "PERMISSION_DENIED"},
		"an administrator where only oneself may": {
			"ListInvoices", "GET", "/v1/users/" + other + "/invoices", []string{auth.RoleAdministrator}, nil, 403, "PERMISSION_DENIED"},
		"wrong role":                  {"CreateCourse", "POST", "/v1/courses", []string{auth.RoleLearner}, nil, 403, "PERMISSION_DENIED"},
		"no administrator":            {"GrantRole", "POST", "/v1/users/" + learner + ":grantRole", []string{auth.RoleTutor}, nil, 403, "PERMISSION_DENIED"},
		"not registered":              {"ListOperations", "GET", "/v1/operations", nil, map[string]any{"sub": "new"}, 403, "USER_NOT_REGISTERED"},
		"me, not registered":          {"GetUser", "GET", "/v1/users/me", nil, map[string]any{"sub": "new"}, 404, "USER_NOT_REGISTERED"},
		"another one, not registered": {"GetUser", "GET", "/v1/users/" + other, nil, map[string]any{"sub": "new"}, 403, "USER_NOT_REGISTERED"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, test.operation, unreachable)
			token := f.issuer.User(t, learner, test.roles...)
			if test.claims != nil {
				token = f.issuer.Token(t, test.claims)
			}
			f.refused(f.send(request{method: test.method, path: test.path, token: token}), test.status, test.reason)
		})
	}
}

func TestRequestsThatAreMalformed(t *testing.T) {
	f := newFixture(t, "Subscribe", unreachable)
	token := f.issuer.User(t, learner)
	with := func(old, replacement string) string { return strings.Replace(subscribes, old, replacement, 1) }
	for name, test := range map[string]struct {
		path, body string
		header     map[string]string
		status     int
		reason     string
		field      string
	}{
		"unknown field":       {mine, with(`"price"`, `"colour":"red","price"`), nil, 400, "INVALID_ARGUMENT", "colour"},
		"unknown inner field": {mine, with(`"amount"`, `"tax":1,"amount"`), nil, 400, "INVALID_ARGUMENT", "price.tax"},
		"wrong type":          {mine, with(`"1480"`, `1480`), nil, 400, "INVALID_ARGUMENT", "price.amount"},
		"missing field":       {mine, with(`"course"`, `"curse"`), nil, 400, "INVALID_ARGUMENT", "course"},
		"no JSON":             {mine, `{"course":`, nil, 400, "INVALID_ARGUMENT", "body"},
		"two values":          {mine, subscribes + subscribes, nil, 400, "INVALID_ARGUMENT", "body"},
		"no body":             {mine, "", nil, 400, "INVALID_ARGUMENT", "body"},
		"unknown parameter":   {mine + "?pagesize=3", subscribes, nil, 400, "INVALID_ARGUMENT", "pagesize"},
		"malformed query":     {mine + "?a=%zz", subscribes, nil, 400, "INVALID_ARGUMENT", ""},
		"other media type":    {mine, subscribes, map[string]string{"Content-Type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		"oversize":            {mine, `{"course":"` + strings.Repeat("x", 2<<20) + `"}`, nil, 413, "BODY_TOO_LARGE", ""},
		"no key":              {mine, subscribes, map[string]string{"Idempotency-Key": ""}, 400, "IDEMPOTENCY_KEY_MISSING", "Idempotency-Key"},
		"endless key":         {mine, subscribes, map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}, 400, "IDEMPOTENCY_KEY_INVALID", "Idempotency-Key"},
		"key half quoted":     {mine, subscribes, map[string]string{"Idempotency-Key": `"abc`}, 400, "IDEMPOTENCY_KEY_INVALID", "Idempotency-Key"},
		"key with a newline":  {mine, subscribes, map[string]string{"Idempotency-Key": "a\tb"}, 400, "IDEMPOTENCY_KEY_INVALID", "Idempotency-Key"},
	} {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{"Idempotency-Key": "k-1"}
			for key, value := range test.header {
				header[key] = value
			}
			answer := f.send(request{method: "POST", path: test.path, token: token, body: test.body, header: header})
			refusal := f.refused(answer, test.status, test.reason)
			if test.field != "" {
				assert.Contains(t, refusal.fields(), test.field)
			}
		})
	}
}

func TestBodyWhereNoneIsTaken(t *testing.T) {
	const publish = "/v1/courses/" + learner + ":publish"
	f := newFixture(t, "PublishCourse", unreachable)
	answer := f.send(request{method: "POST", path: publish, token: f.issuer.User(t, learner, auth.RoleTutor), body: `{"force":true}`})
	assert.Contains(t, f.refused(answer, http.StatusBadRequest, "INVALID_ARGUMENT").fields(), "body")

	f = newFixture(t, "PublishCourse", func(context.Context, string, *httpapi.Request) (*httpapi.Response, error) {
		return httpapi.NoContent(), nil
	})
	for _, nothing := range []string{"", "{}", " {}\n"} {
		answer := f.send(request{method: "POST", path: publish, token: f.issuer.User(t, learner, auth.RoleTutor), body: nothing})
		assert.Equal(t, http.StatusNoContent, answer.Code)
	}
}

func TestOversizeWithoutAnnouncedLength(t *testing.T) {
	f := newFixture(t, "Subscribe", unreachable)
	answer := f.send(request{method: "POST", path: mine, token: f.issuer.User(t, learner), body: strings.Repeat("x", 2<<20),
		header: map[string]string{"Idempotency-Key": "k"}})
	f.refused(answer, http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE")
}

func TestOtherPathsAndMethods(t *testing.T) {
	f := newFixture(t, "Subscribe", unreachable)
	f.refused(f.send(request{method: "POST", path: "/v1/other"}), http.StatusNotFound, "NOT_FOUND")
	f.refused(f.send(request{method: "DELETE", path: mine}), http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
}
