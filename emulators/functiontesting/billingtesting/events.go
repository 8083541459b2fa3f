package billingtesting

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
)

// Push delivers a command to the event function name, which must take it.
func (w *World) Push(t testing.TB, handle http.HandlerFunc, name string, cmd message.Command) {
	t.Helper()
	answer := functiontesting.Push(t, handle, name, w.Services, cmd)
	assert.Equal(t, http.StatusNoContent, answer.Status, "%s", answer.Body)
}

// CheckEventRefusals sends an event function what it must not take from anybody.
func (w *World) CheckEventRefusals(t testing.TB, handle http.HandlerFunc, name string, body any) {
	t.Helper()
	audience := "https://functions.test/" + name
	claims := func(more map[string]any) map[string]any {
		claims := map[string]any{"sub": "1", "aud": audience, "email": authtest.Invoker, "email_verified": true}
		for key, value := range more {
			claims[key] = value
		}
		return claims
	}
	for name, token := range map[string]string{
		"none": "", "a user's": w.Learner, "nonsense": "nonsense",
		"another function's": w.Services.Service(t, audience+"2"),
		"forged":             w.Services.Forged(t, claims(nil)),
		"expired":            w.Services.Token(t, claims(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})),
		"another account's":  w.Services.Token(t, claims(map[string]any{"email": "somebody@example.com"})),
	} {
		answer := functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token, Body: body}.Do(t, handle)
		assert.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, answer.Status, "token: %s", name)
	}
	answer := functiontesting.Call{Method: http.MethodGet, Path: "/", Token: w.Services.Service(t, audience)}.Do(t, handle)
	assert.Equal(t, http.StatusMethodNotAllowed, answer.Status)
}
