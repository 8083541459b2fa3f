package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

func TestRequestReachesTheUseCase(t *testing.T) {
	var keys []idempotency.Key
	f := newFixture(t, "Subscribe", func(_ context.Context, dependencies string, r *httpapi.Request) (*httpapi.Response, error) {
		assert.Equal(t, "wired", dependencies)
		user, err := r.User()
		require.NoError(t, err)
		assert.Equal(t, learner, user)
		assert.Equal(t, learner, r.Path("user"))
		assert.Equal(t, "Hanako", r.Caller().DisplayName)
		assert.Equal(t, 10*time.Second, r.Wait(), "at most ten seconds")
		var body struct{ Course string }
		require.NoError(t, r.Decode(&body))
		assert.Equal(t, "courses/"+course, body.Course)
		keys = append(keys, r.Key())
		return httpapi.Accepted(struct{ Name, Etag string }{"operations/1", "v1"}), nil
	})
	send := func(path, key, body string) {
		answer := f.send(request{method: "POST", path: path, token: f.issuer.User(t, learner), body: body,
			header: map[string]string{"Idempotency-Key": key, "Prefer": "respond-async, wait=60"}})
		require.Equal(t, http.StatusAccepted, answer.Code, answer.Body.String())
		assert.Equal(t, "wait=10", answer.Header().Get("Preference-Applied"))
		assert.Equal(t, `"v1"`, answer.Header().Get("ETag"))
		assert.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
		assert.Equal(t, "application/json; charset=utf-8", answer.Header().Get("Content-Type"))
	}
	send(mine, "8a6c", subscribes)
	send("/v1/users/me/subscriptions", `"8a6c"`, " "+subscribes+"\n")
	send(mine, "8a6c", strings.Replace(subscribes, "1480", "1481", 1))
	assert.Equal(t, keys[0], keys[1], "bare or quoted, me or by name, with blanks or without")
	assert.Equal(t, keys[0].Hash, keys[2].Hash)
	assert.NotEqual(t, keys[0].Fingerprint, keys[2].Fingerprint)
	assert.Equal(t, "jp", keys[0].Country)
}

func TestPreferencesAreNeverRefused(t *testing.T) {
	f := newFixture(t, "Subscribe", func(_ context.Context, _ string, r *httpapi.Request) (*httpapi.Response, error) {
		assert.Zero(t, r.Wait())
		return httpapi.Accepted(struct{}{}), nil
	})
	answer := f.send(request{method: "POST", path: mine, token: f.issuer.User(t, learner), body: subscribes,
		header: map[string]string{"Idempotency-Key": "k", "Prefer": "wait=soon, " + strings.Repeat("x", 100)}})
	assert.Equal(t, http.StatusAccepted, answer.Code, answer.Body.String())
	assert.Empty(t, answer.Header().Get("Preference-Applied"))
}

func BenchmarkOperation(b *testing.B) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	b.Cleanup(func() { slog.SetDefault(before) })
	issuer := authtest.New(b)
	b.Setenv("IDENTITY_ISSUER", issuer.URL)
	b.Setenv("IDENTITY_AUDIENCE", authtest.Audience)
	wire := func(context.Context) (string, error) { return "", nil }
	handler := httpapi.Operation("Subscribe", wire, func(context.Context, string, *httpapi.Request) (*httpapi.Response, error) {
		return httpapi.Accepted(struct{}{}), nil
	})
	token := "Bearer " + issuer.User(b, learner)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, mine, strings.NewReader(subscribes))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k")
		r.Header.Set("Authorization", token)
		answer := httptest.NewRecorder()
		handler(answer, r)
		if answer.Code != http.StatusAccepted {
			b.Fatal(answer.Body.String())
		}
	}
}

func TestGatewayMovesTheToken(t *testing.T) {
	f := newFixture(t, "GetUser", func(_ context.Context, _ string, r *httpapi.Request) (*httpapi.Response, error) {
		return httpapi.OK(r.Caller().UserID), nil
	})
	answer := f.send(request{method: "GET", path: "/v1/users/me", token: "the.gateway.own",
		header: map[string]string{"X-Forwarded-Authorization": "Bearer " + f.issuer.User(t, learner)}})
	assert.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
}

func TestPublicOperationsUseATokenIfThereIsOne(t *testing.T) {
	f := newFixture(t, "ListCourses", func(_ context.Context, _ string, r *httpapi.Request) (*httpapi.Response, error) {
		return httpapi.OK(map[string]any{"user": r.Caller().UserID, "pageSize": r.QueryInt("pageSize")}), nil
	})
	answer := f.send(request{method: "GET", path: "/v1/courses?pageSize=7"})
	assert.JSONEq(t, `{"user":"","pageSize":7}`, answer.Body.String())
	answer = f.send(request{method: "GET", path: "/v1/courses", token: f.issuer.User(t, learner)})
	assert.JSONEq(t, `{"user":"`+learner+`","pageSize":0}`, answer.Body.String())
	f.refused(f.send(request{method: "GET", path: "/v1/courses", token: "bad"}), http.StatusUnauthorized, "TOKEN_INVALID")
}

func TestAdministratorsActForOthersWhereTheyMay(t *testing.T) {
	f := newFixture(t, "GetUser", func(_ context.Context, _ string, r *httpapi.Request) (*httpapi.Response, error) {
		user, err := r.User()
		return httpapi.OK(user), err
	})
	answer := f.send(request{method: "GET", path: "/v1/users/" + other, token: f.issuer.User(t, learner, auth.RoleAdministrator)})
	assert.Equal(t, `"`+other+`"`, strings.TrimSpace(answer.Body.String()))
}

func TestPreflight(t *testing.T) {
	f := newFixture(t, "Subscribe", unreachable)
	answer := f.send(request{method: "OPTIONS", path: mine, header: map[string]string{"Origin": "https://app.example"}})
	assert.Equal(t, http.StatusNoContent, answer.Code)
	assert.Equal(t, "*", answer.Header().Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "Authorization, Content-Type, Idempotency-Key, Prefer, If-Match", answer.Header().Get("Access-Control-Allow-Headers"))
	assert.Contains(t, answer.Header().Get("Access-Control-Allow-Methods"), "POST")
}

func TestFaultsOfTheUseCase(t *testing.T) {
	localized := fault.New(fault.FailedPrecondition, "CARD_DECLINED", "declined").
		With(trigger.LocalizedMessageKey, "カードが拒否されました").With(trigger.LocaleKey, "ja").With("declineCode", "generic")
	for name, test := range map[string]struct {
		err        error
		status     int
		reason     string
		retryAfter string
	}{
		"not found":   {fault.New(fault.NotFound, "NOT_FOUND", "no"), 404, "NOT_FOUND", ""},
		"in flight":   {fault.New(fault.Conflict, "IDEMPOTENCY_KEY_IN_FLIGHT", "busy").After(1500 * time.Millisecond), 409, "IDEMPOTENCY_KEY_IN_FLIGHT", "2"},
		"key reused":  {fault.New(fault.InvalidArgument, "IDEMPOTENCY_KEY_REUSED", "other"), 422, "IDEMPOTENCY_KEY_REUSED", ""},
		"unknown":     {errors.New("secret detail"), 500, "INTERNAL", ""},
		"time is up":  {fmt.Errorf("query: %w", context.DeadlineExceeded), 503, "UNAVAILABLE", "1"},
		"unavailable": {fault.New(fault.Unavailable, "UNAVAILABLE", "later"), 503, "UNAVAILABLE", "1"},
		"wrapped":     {fmt.Errorf("subscribe: %w", localized), 400, "CARD_DECLINED", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, "GetUser", func(context.Context, string, *httpapi.Request) (*httpapi.Response, error) { return nil, test.err })
			answer := f.send(request{method: "GET", path: "/v1/users/me", token: f.issuer.User(t, learner)})
			body := f.refused(answer, test.status, test.reason)
			assert.Equal(t, test.retryAfter, answer.Header().Get("Retry-After"))
			assert.NotContains(t, answer.Body.String(), "secret")
			if name == "wrapped" {
				assert.Equal(t, map[string]string{"declineCode": "generic"}, body.Error.Details[0].Metadata)
				assert.Equal(t, "ja", body.Error.Details[1].Locale)
			}
		})
	}
}

func TestPanicIsAnInternalErrorLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	f := newFixture(t, "GetUser", func(context.Context, string, *httpapi.Request) (*httpapi.Response, error) { panic("boom") })
	answer := f.send(request{method: "GET", path: "/v1/users/me", token: f.issuer.User(t, learner)})
	f.refused(answer, http.StatusInternalServerError, "INTERNAL")
	assert.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
	assert.Contains(t, log.String(), "boom")
	assert.Contains(t, log.String(), "operation_test.go")
}

func TestFailedWiringIsNotKept(t *testing.T) {
	f, attempts := newFixture(t, "GetUser", unreachable), 0
	f.handler = httpapi.Operation("GetUser", func(context.Context) (string, error) {
		if attempts++; attempts == 1 {
			return "", errors.New("no database today")
		}
		return "wired", nil
	}, func(context.Context, string, *httpapi.Request) (*httpapi.Response, error) {
		return httpapi.NoContent(), nil
	})
	get := request{method: "GET", path: "/v1/users/me", token: f.issuer.User(t, learner)}
	f.refused(f.send(get), http.StatusInternalServerError, "INTERNAL")
	assert.Equal(t, http.StatusNoContent, f.send(get).Code)
	assert.Equal(t, http.StatusNoContent, f.send(get).Code)
	assert.Equal(t, 2, attempts)
}

func TestWebhookGetsItsBodyRaw(t *testing.T) {
	f := newFixture(t, "PaymentWebhook", func(_ context.Context, _ string, r *httpapi.Request) (*httpapi.Response, error) {
		assert.Equal(t, "{ not json", string(r.RawBody()))
		assert.Equal(t, "t=1,v1=ab", r.Header("Stripe-Signature"))
		return httpapi.NoContent(), nil
	})
	answer := f.send(request{method: "POST", path: "/v1/webhooks/stripe", body: "{ not json", header: map[string]string{"Stripe-Signature": "t=1,v1=ab"}})
	assert.Equal(t, http.StatusNoContent, answer.Code, answer.Body.String())
}

func TestAnswersThatCannotBeSent(t *testing.T) {
	for name, test := range map[string]struct {
		response *httpapi.Response
		status   int
	}{
		"no response":    {nil, http.StatusInternalServerError},
		"not encodable":  {httpapi.OK(func() {}), http.StatusInternalServerError},
		"without status": {&httpapi.Response{Body: "x"}, http.StatusOK},
		"without either": {&httpapi.Response{}, http.StatusNoContent},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, "GetUser", func(context.Context, string, *httpapi.Request) (*httpapi.Response, error) { return test.response, nil })
			answer := f.send(request{method: "GET", path: "/v1/users/me", token: f.issuer.User(t, learner)})
			assert.Equal(t, test.status, answer.Code)
			if test.status == http.StatusInternalServerError {
				f.refused(answer, test.status, "INTERNAL")
			}
		})
	}
}

func TestStoredAnswersAreGivenAgain(t *testing.T) {
	f := newFixture(t, "GetUser", func(context.Context, string, *httpapi.Request) (*httpapi.Response, error) {
		answer, err := idempotency.NewAnswer(http.StatusCreated, map[string]string{"name": "users/1", "etag": "7"})
		return httpapi.Stored(answer), err
	})
	answer := f.send(request{method: "GET", path: "/v1/users/me", token: f.issuer.User(t, learner)})
	assert.Equal(t, http.StatusCreated, answer.Code)
	assert.Equal(t, `"7"`, answer.Header().Get("ETag"))
	assert.JSONEq(t, `{"name":"users/1","etag":"7"}`, answer.Body.String())
}
