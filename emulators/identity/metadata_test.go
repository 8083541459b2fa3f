package identity

import (
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/compute/metadata"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2/google"
)

// Google's own clients take this server for the metadata server.
func TestMetadataServerOfRealClients(t *testing.T) {
	server := startServer(t, Options{Project: "demo", DefaultServiceAccount: "f@demo.iam.gserviceaccount.com"})
	t.Setenv("GCE_METADATA_HOST", server.Addr())
	client := metadata.NewClient(http.DefaultClient)

	project, err := client.ProjectIDWithContext(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "demo", project)
	email, err := client.EmailWithContext(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, "f@demo.iam.gserviceaccount.com", email)

	idToken, err := client.GetWithContext(t.Context(), "instance/service-accounts/default/identity?audience=https://functions/pay")
	require.NoError(t, err)
	keys := oidc.NewRemoteKeySet(t.Context(), server.ServiceKeysURL())
	_, err = oidc.NewVerifier(server.ServiceIssuer(), keys, &oidc.Config{ClientID: "https://functions/pay"}).Verify(t.Context(), idToken)
	require.NoError(t, err)

	access, err := google.ComputeTokenSource("").Token()
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(tokenLifetime), access.Expiry, time.Minute)
	require.NoError(t, server.verifyAccessToken(access.AccessToken))
}

func TestMetadataRefusals(t *testing.T) {
	server := startServer(t, Options{})
	for name, test := range map[string]struct {
		path   string
		header map[string]string
		status int
	}{
		"no header":   {"token", nil, http.StatusForbidden},
		"a web page":  {"token", map[string]string{metadataHeader: "Google", "Origin": "http://evil"}, http.StatusForbidden},
		"no audience": {"identity", map[string]string{metadataHeader: "Google"}, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest(http.MethodGet, server.URL()+metadataPath+"instance/service-accounts/default/"+test.path, nil)
			require.NoError(t, err)
			for header, value := range test.header {
				request.Header.Set(header, value)
			}
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, test.status, response.StatusCode)
		})
	}
}
