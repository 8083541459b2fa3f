// Package authtest is a small token issuer for tests: discovery, keys and tokens that are
// right or wrong in one chosen way.
package authtest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/require"
)

// The settings that UseForUsers and UseForServices make.
const (
	Audience = "kwipper-test"
	Invoker  = "invoker@kwipper-test.iam.gserviceaccount.com"
	// FunctionURLTemplate is where event functions are said to be.
	FunctionURLTemplate = "https://functions.test/{name}"
)

// The keys are made once in a process, since that takes long. All issuers share one: a
// token of another issuer is to be refused for its issuer already.
var (
	ownKey      = sync.OnceValues(newKey)
	strangerKey = sync.OnceValues(newKey)
)

func newKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }

// Issuer issues tokens until the test ends.
type Issuer struct {
	URL      string
	server   *httptest.Server
	key      *rsa.PrivateKey
	failKeys atomic.Bool
	fetches  atomic.Int64
}

// New starts an issuer.
func New(t testing.TB) *Issuer {
	t.Helper()
	key, err := ownKey()
	require.NoError(t, err)
	i := &Issuer{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": i.URL, "jwks_uri": i.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", i.serveKeys)
	i.server = httptest.NewServer(mux)
	t.Cleanup(i.server.Close)
	i.URL = i.server.URL
	return i
}

// UseForUsers makes the issuer that of user tokens for the rest of the test.
func (i *Issuer) UseForUsers(t testing.TB) {
	t.Setenv("IDENTITY_ISSUER", i.URL)
	t.Setenv("IDENTITY_AUDIENCE", Audience)
}

// UseForServices makes the issuer that of service tokens for the rest of the test.
func (i *Issuer) UseForServices(t testing.TB) {
	t.Setenv("SERVICE_ISSUER", i.URL)
	t.Setenv("SERVICE_ACCOUNT_INVOKER", Invoker)
	t.Setenv("FUNCTION_URL_TEMPLATE", FunctionURLTemplate)
}

// FailKeys makes the issuer refuse to give its keys, or give them again.
func (i *Issuer) FailKeys(fail bool) { i.failKeys.Store(fail) }

// Fetches returns how often the keys were asked for.
func (i *Issuer) Fetches() int { return int(i.fetches.Load()) }

func (i *Issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	i.fetches.Add(1)
	if i.failKeys.Load() {
		http.Error(w, "no keys today", http.StatusServiceUnavailable)
		return
	}
	answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a test that lost its issuer fails by itself
}

// User returns a token of a registered user with roles.
func (i *Issuer) User(t testing.TB, userID string, roles ...string) string {
	t.Helper()
	return i.Token(t, map[string]any{
		"sub": "uid-" + userID, "userId": userID, "country": "jp", "roles": roles, "name": "Hanako", "language": "ja",
	})
}

// Service returns a token of the invoking service account for audience.
func (i *Issuer) Service(t testing.TB, audience string) string {
	t.Helper()
	return i.Token(t, map[string]any{"sub": "1", "aud": audience, "email": Invoker, "email_verified": true})
}

// Token returns a token with claims over the usual ones: issuer, Audience, an hour from now.
func (i *Issuer) Token(t testing.TB, claims map[string]any) string {
	t.Helper()
	return i.sign(t, i.key, claims)
}

// Forged returns a token that says it is signed by the issuer's key and is not.
func (i *Issuer) Forged(t testing.TB, claims map[string]any) string {
	t.Helper()
	key, err := strangerKey()
	require.NoError(t, err)
	return i.sign(t, key, claims)
}

func (i *Issuer) sign(t testing.TB, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, (&jose.SignerOptions{}).WithType("JWT"))
	require.NoError(t, err)
	now := time.Now()
	all := map[string]any{
		"iss": i.URL, "aud": Audience, "sub": "uid-nobody", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(all, claims)
	token, err := jwt.Signed(signer).Claims(all).Serialize()
	require.NoError(t, err)
	return token
}
