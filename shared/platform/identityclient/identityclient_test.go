package identityclient_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/identityclient"
)

func open(t *testing.T, handler http.HandlerFunc) *identityclient.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	t.Setenv("KWIPPER_PROJECT", "p")
	t.Setenv("IDENTITY_ADMIN_ENDPOINT", server.URL+"/identitytoolkit.googleapis.com/")
	client, err := identityclient.Open(t.Context())
	require.NoError(t, err)
	return client
}

func TestSetAccountReplacesClaims(t *testing.T) {
	var got map[string]string
	client := open(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/identitytoolkit.googleapis.com/v1/projects/p/accounts:update", r.URL.Path)
		assert.Equal(t, "Bearer owner", r.Header.Get("Authorization"))
		got = nil
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&got))
	})
	claims := map[string]any{"userId": "jp-1", "country": "jp", "roles": []string{"learner"}}
	require.NoError(t, client.SetAccount(t.Context(), "uid", "花子", claims))
	assert.Equal(t, "uid", got["localId"])
	assert.Equal(t, "花子", got["displayName"])
	assert.JSONEq(t, `{"userId":"jp-1","country":"jp","roles":["learner"]}`, got["customAttributes"])

	require.NoError(t, client.SetAccount(t.Context(), "uid", "", claims))
	assert.NotContains(t, got, "displayName", "an empty name stays as it is")

	err := client.SetAccount(t.Context(), "uid", "", map[string]any{"x": strings.Repeat("x", 1000)})
	assert.ErrorContains(t, err, "bytes")
}

func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		kind   fault.Kind
	}{
		"unknown account": {400, `{"error":{"message":"USER_NOT_FOUND"}}`, fault.NotFound},
		"overloaded":      {429, `{}`, fault.Unavailable},
		"broken":          {502, `<html>`, fault.Unavailable},
		"our mistake":     {400, `{"error":{"message":"INVALID_CLAIMS"}}`, fault.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			client := open(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			err := client.SetAccount(t.Context(), "uid", "", nil)
			require.Error(t, err)
			assert.Equal(t, test.kind, fault.KindOf(err))
		})
	}
}

func TestUnreachableIsUnavailable(t *testing.T) {
	client := open(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	err := client.SetAccount(t.Context(), "uid", "", nil)
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
}
