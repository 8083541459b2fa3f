package functiontesting

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/api/operation"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
)

// CheckRefusals sends an operation's function what every function must refuse, each time a
// call that is good but for one thing: its token, its body, its key, its query. Stranger is
// the token of somebody who may not make the call, empty where everybody may.
func CheckRefusals(t *testing.T, handle http.HandlerFunc, id string, issuer *authtest.Issuer, good Call, stranger string) {
	t.Helper()
	op, err := operation.Load(id)
	require.NoError(t, err)
	checkTokens(t, handle, op, issuer, good)
	if stranger != "" {
		call := good
		call.Token = stranger
		Refused(t, call.Do(t, handle), http.StatusForbidden, "PERMISSION_DENIED")
	}
	checkQuery(t, handle, good)
	if op.Body != nil {
		checkBody(t, handle, op, good)
	}
	if op.IdempotencyKey {
		call := good
		call.Header = map[string]string{"Idempotency-Key": ""}
		Refused(t, call.Do(t, handle), http.StatusBadRequest, "IDEMPOTENCY_KEY_MISSING")
	}
}

func checkTokens(t *testing.T, handle http.HandlerFunc, op *operation.Operation, issuer *authtest.Issuer, good Call) {
	t.Helper()
	claims := func(name string, value any) map[string]any {
		return map[string]any{"userId": "jp-00000000-0000-4000-8000-000000000000", "roles": []string{"tutor"}, name: value}
	}
	for _, c := range []struct{ name, token, reason string }{
		{"none", "", "TOKEN_MISSING"},
		{"no token", "nonsense", "TOKEN_INVALID"},
		{"expired", issuer.Token(t, claims("exp", time.Now().Add(-time.Hour).Unix())), "TOKEN_EXPIRED"},
		{"other issuer", issuer.Token(t, claims("iss", "https://issuer.test")), "TOKEN_INVALID"},
		{"wrong audience", issuer.Token(t, claims("aud", "another-project")), "TOKEN_INVALID"},
		{"forged", issuer.Forged(t, claims("sub", "uid")), "TOKEN_INVALID"},
	} {
		if c.token == "" && slices.Contains(op.Access, operation.Public) {
			continue
		}
		call := good
		call.Token = c.token
		answer := call.Do(t, handle)
		Refused(t, answer, http.StatusUnauthorized, c.reason)
		assert.NotEmpty(t, answer.Header.Get("Access-Control-Allow-Origin"), c.name)
	}
}

func checkQuery(t *testing.T, handle http.HandlerFunc, good Call) {
	t.Helper()
	call := good
	separator := "?"
	if strings.Contains(call.Path, "?") {
		separator = "&"
	}
	call.Path += separator + "nonsense=1"
	assert.Equal(t, []string{"nonsense"}, Refused(t, call.Do(t, handle), http.StatusBadRequest, "INVALID_ARGUMENT"))
}

func checkBody(t *testing.T, handle http.HandlerFunc, op *operation.Operation, good Call) {
	t.Helper()
	call := good
	call.Body = `{"nonsense":1}`
	assert.Contains(t, Refused(t, call.Do(t, handle), http.StatusBadRequest, "INVALID_ARGUMENT"), "nonsense")
	call.Body = `[1]`
	assert.Equal(t, []string{"body"}, Refused(t, call.Do(t, handle), http.StatusBadRequest, "INVALID_ARGUMENT"))
	for name := range op.Body.Schema.Properties {
		call.Body = map[string]any{name: []int{1}}
		assert.Contains(t, Refused(t, call.Do(t, handle), http.StatusBadRequest, "INVALID_ARGUMENT"), name)
	}
	call.Body = `{"a":"` + strings.Repeat("x", int(op.BodyLimitBytes)) + `"}`
	Refused(t, call.Do(t, handle), http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE")
}
