package functiontesting

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
)

// Push delivers a command to the event function name as Pub/Sub does.
func Push(t testing.TB, handle http.HandlerFunc, name string, issuer *authtest.Issuer, cmd message.Command) Answer {
	t.Helper()
	data, err := json.Marshal(cmd)
	require.NoError(t, err)
	return Call{
		Method: http.MethodPost, Path: "/", Token: issuer.Service(t, "https://functions.test/"+name),
		Body: map[string]any{
			"message":      map[string]any{"data": data, "attributes": cmd.Attributes(), "messageId": "1", "publishTime": "2026-11-22T12:00:00Z"},
			"subscription": "projects/" + authtest.Audience + "/subscriptions/" + message.CommandTopic(cmd.Service) + "." + name,
		},
	}.Do(t, handle)
}
