package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

const (
	learner = "jp-11111111-1111-4111-8111-111111111111"
	other   = "jp-22222222-2222-4222-8222-222222222222"
	course  = "jp-33333333-3333-4333-8333-333333333333"
)

const (
	mine       = "/v1/users/" + learner + "/subscriptions"
	subscribes = `{"course":"courses/` + course + `","paymentMethod":"users/me/paymentMethods/` + course + `",` +
		`"price":{"amount":"1480","currencyCode":"JPY"},"returnUri":"https://app.example/done"}`
)

// serving is what the use case of a test does.
type serving func(context.Context, string, *httpapi.Request) (*httpapi.Response, error)

// fixture is one operation with an issuer of tokens.
type fixture struct {
	t       *testing.T
	issuer  *authtest.Issuer
	handler http.HandlerFunc
}

func newFixture(t *testing.T, id string, serve serving) fixture {
	t.Helper()
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	wire := func(context.Context) (string, error) { return "wired", nil }
	return fixture{t: t, issuer: issuer, handler: httpapi.Operation(id, wire, serve)}
}

// request is what a test sends.
type request struct {
	method, path, token, body string
	header                    map[string]string
}

func (f fixture) send(r request) *httptest.ResponseRecorder {
	f.t.Helper()
	sent := httptest.NewRequestWithContext(f.t.Context(), r.method, r.path, strings.NewReader(r.body))
	if r.body != "" {
		sent.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		sent.Header.Set("Authorization", "Bearer "+r.token)
	}
	for name, value := range r.header {
		sent.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	f.handler(answer, sent)
	return answer
}

// failure is an AIP-193 error as a front end reads it.
type failure struct {
	Error struct {
		Code    int
		Message string
		Status  string
		Details []struct {
			Type            string `json:"@type"`
			Reason          string
			Domain          string
			Metadata        map[string]string
			FieldViolations []struct{ Field, Description string }
			Locale, Message string
		}
	}
}

func (f failure) reason() string { return f.Error.Details[0].Reason }

func (f failure) fields() []string {
	var names []string
	for _, detail := range f.Error.Details {
		for _, violation := range detail.FieldViolations {
			names = append(names, violation.Field)
		}
	}
	return names
}

// refused checks the shape that every refusal has and returns it.
func (f fixture) refused(answer *httptest.ResponseRecorder, status int, reason string) failure {
	f.t.Helper()
	require.Equal(f.t, status, answer.Code, answer.Body.String())
	var body failure
	require.NoError(f.t, json.Unmarshal(answer.Body.Bytes(), &body))
	assert.Equal(f.t, status, body.Error.Code)
	assert.NotEmpty(f.t, body.Error.Message)
	assert.NotEmpty(f.t, body.Error.Status)
	require.NotEmpty(f.t, body.Error.Details)
	assert.Equal(f.t, reason, body.reason())
	assert.True(f.t, api.ErrorReason(reason).Valid(), "%s is in the OpenAPI document", reason)
	assert.Equal(f.t, "kwipper", body.Error.Details[0].Domain)
	assert.Equal(f.t, "type.googleapis.com/google.rpc.ErrorInfo", body.Error.Details[0].Type)
	assert.Equal(f.t, "*", answer.Header().Get("Access-Control-Allow-Origin"))
	assert.Equal(f.t, "Retry-After, Preference-Applied, ETag, traceparent", answer.Header().Get("Access-Control-Expose-Headers"))
	assert.NotEmpty(f.t, answer.Header().Get("traceparent"))
	return body
}

var errUnreachable = errors.New("the use case must not be reached")

func unreachable(context.Context, string, *httpapi.Request) (*httpapi.Response, error) {
	return nil, errUnreachable
}
