package identity

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func userVerifier(server *Server) *oidc.IDTokenVerifier {
	keys := oidc.NewRemoteKeySet(context.Background(), server.UserKeysURL())
	return oidc.NewVerifier(server.UserIssuer(), keys, &oidc.Config{ClientID: server.Project()})
}

func TestUserTokenVerifies(t *testing.T) {
	ctx := context.Background()
	server := startServer(t, Options{Project: "demo"})
	user, err := server.CreateUser(User{Email: "Ana@Example.com", Password: "correct horse",
		Claims: map[string]any{"user": "mx-1", "roles": []string{"learner"}}})
	require.NoError(t, err)
	signed := post(t, server, "signInWithPassword", object{"email": "ana@example.com", "password": "correct horse"})

	provider, err := oidc.NewProvider(ctx, server.UserIssuer()) // by discovery
	require.NoError(t, err)
	token, err := provider.Verifier(&oidc.Config{ClientID: "demo"}).Verify(ctx, signed["idToken"].(string))
	require.NoError(t, err)
	claims := object{}
	require.NoError(t, token.Claims(&claims))
	assert.Equal(t, user.LocalID, token.Subject)
	assert.Equal(t, user.LocalID, claims["user_id"])
	assert.Equal(t, "ana@example.com", claims["email"])
	assert.Equal(t, false, claims["email_verified"])
	assert.Equal(t, "mx-1", claims["user"])
	assert.Equal(t, []any{"learner"}, claims["roles"])
	assert.Equal(t, object{"identities": object{"email": []any{"ana@example.com"}}, "sign_in_provider": "password"}, claims["firebase"])
	assert.InDelta(t, time.Now().Unix(), claims["auth_time"], 5)
	assert.Equal(t, time.Hour, token.Expiry.Sub(token.IssuedAt))
}

func TestMintUserToken(t *testing.T) {
	ctx := context.Background()
	server := startServer(t, Options{})
	_, err := server.CreateUser(User{LocalID: "u1", Email: "a@example.com", Claims: map[string]any{"country": "JP"}})
	require.NoError(t, err)

	for name, test := range map[string]struct {
		options MintOptions
		err     string
	}{
		"right":          {MintOptions{}, ""},
		"expired":        {MintOptions{Expired: true}, "expired"},
		"wrong issuer":   {MintOptions{WrongIssuer: true}, "issued by a different provider"},
		"wrong audience": {MintOptions{WrongAudience: true}, "audience"},
		"wrong key":      {MintOptions{WrongKey: true}, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := server.MintUserToken("a@example.com", map[string]any{"roles": "tutor"}, test.options)
			require.NoError(t, err)
			verified, err := userVerifier(server).Verify(ctx, token)
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			claims := object{}
			require.NoError(t, verified.Claims(&claims))
			assert.Equal(t, "u1", claims["sub"])
			assert.Equal(t, "JP", claims["country"])
			assert.Equal(t, "tutor", claims["roles"])
		})
	}

	t.Run("without account", func(t *testing.T) {
		token, err := server.MintUserToken("new@example.com", nil, MintOptions{})
		require.NoError(t, err)
		verified, err := userVerifier(server).Verify(ctx, token)
		require.NoError(t, err)
		assert.NotEmpty(t, verified.Subject)
		assert.Len(t, server.Users(), 1)
	})
	t.Run("reserved claim", func(t *testing.T) {
		_, err := server.MintUserToken("u1", map[string]any{"sub": "x"}, MintOptions{})
		require.ErrorContains(t, err, "FORBIDDEN_CLAIM")
	})
}

func TestServiceTokenVerifies(t *testing.T) {
	ctx := context.Background()
	server := startServer(t, Options{})
	token, err := server.ServiceToken(ctx, "pusher@demo.iam.gserviceaccount.com", "https://functions/pay")
	require.NoError(t, err)

	provider, err := oidc.NewProvider(ctx, server.ServiceIssuer())
	require.NoError(t, err)
	verified, err := provider.Verifier(&oidc.Config{ClientID: "https://functions/pay"}).Verify(ctx, token)
	require.NoError(t, err)
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Azp      string `json:"azp"`
	}
	require.NoError(t, verified.Claims(&claims))
	assert.Equal(t, "pusher@demo.iam.gserviceaccount.com", claims.Email)
	assert.True(t, claims.Verified)
	assert.Equal(t, verified.Subject, claims.Azp)
	assert.Len(t, verified.Subject, 21)

	again, err := server.ServiceToken(ctx, "pusher@demo.iam.gserviceaccount.com", "https://functions/pay")
	require.NoError(t, err)
	assert.Equal(t, token, again, "reused while it has long to live")
	_, err = userVerifier(server).Verify(ctx, token)
	require.Error(t, err, "a service's token is no user's")

	_, err = server.ServiceToken(ctx, "nobody", "aud")
	require.ErrorContains(t, err, "email")
	_, err = server.ServiceToken(ctx, "a@b", "")
	require.ErrorContains(t, err, "audience")
}

func TestIssuersAreConfigurable(t *testing.T) {
	server := startServer(t, Options{Project: "p", UserIssuer: "https://securetoken.google.com/p",
		ServiceIssuer: "https://accounts.google.com"})
	for path, issuer := range map[string]string{
		"/p/.well-known/openid-configuration": "https://securetoken.google.com/p",
		"/.well-known/openid-configuration":   "https://accounts.google.com",
	} {
		status, answer := send(t, server, http.MethodGet, path, "", nil)
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, issuer, answer["issuer"])
	}
	_, err := Start(context.Background(), Options{Addr: "127.0.0.1:0", UserIssuer: "nothing"})
	require.ErrorContains(t, err, "not a URL")
	_, err = Start(context.Background(), Options{Addr: "127.0.0.1:0", UserIssuer: "https://a", ServiceIssuer: "https://b"})
	require.ErrorContains(t, err, "share a path")
}

func BenchmarkUserToken(b *testing.B) {
	server := startServer(b, Options{})
	for b.Loop() {
		_, err := server.MintUserToken("a@example.com", nil, MintOptions{})
		require.NoError(b, err)
	}
}
