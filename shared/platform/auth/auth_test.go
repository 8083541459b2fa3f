package auth_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
)

const learner = "jp-11111111-1111-4111-8111-111111111111"

func TestUserTokenTellsWhoCalls(t *testing.T) {
	issuer := authtest.New(t)
	verifier, err := auth.NewVerifier(t.Context(), issuer.URL, authtest.Audience)
	require.NoError(t, err)
	caller, err := verifier.User(t.Context(), issuer.User(t, learner, auth.RoleLearner, auth.RoleTutor))
	require.NoError(t, err)
	assert.Equal(t, auth.Caller{
		Subject: "uid-" + learner, UserID: learner, Country: "jp", Roles: []string{"learner", "tutor"}, DisplayName: "Hanako", Language: "ja",
	}, caller)
	assert.True(t, caller.Registered())
	assert.True(t, caller.HasRole(auth.RoleTutor))
	assert.False(t, caller.IsAdministrator())
}

func TestWrongTokensAreRefusedWithTheirReason(t *testing.T) {
	issuer, other := authtest.New(t), authtest.New(t)
	verifier, err := auth.NewVerifier(t.Context(), issuer.URL, authtest.Audience)
	require.NoError(t, err)
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"`+issuer.URL+`","aud":"`+authtest.Audience+`","sub":"x","exp":4102444800}`)) + "."
	for name, test := range map[string]struct{ token, reason string }{
		"missing":        {"", auth.ReasonTokenMissing},
		"no token":       {"hello", auth.ReasonTokenInvalid},
		"unsigned":       {unsigned, auth.ReasonTokenInvalid},
		"expired":        {issuer.Token(t, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), auth.ReasonTokenExpired},
		"not yet valid":  {issuer.Token(t, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), auth.ReasonTokenInvalid},
		"other issuer":   {other.Token(t, nil), auth.ReasonTokenInvalid},
		"other audience": {issuer.Token(t, map[string]any{"aud": "another-project"}), auth.ReasonTokenInvalid},
		"forged":         {issuer.Forged(t, nil), auth.ReasonTokenInvalid},
		"no subject":     {issuer.Token(t, map[string]any{"sub": ""}), auth.ReasonTokenInvalid},
		"wrong types":    {issuer.Token(t, map[string]any{"roles": "tutor"}), auth.ReasonTokenInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier.User(t.Context(), test.token)
			require.Error(t, err)
			assert.Equal(t, fault.Unauthenticated, fault.KindOf(err))
			assert.Equal(t, test.reason, fault.ReasonOf(err))
		})
	}
}

func TestKeysThatCannotBeFetchedAreNoRefusal(t *testing.T) {
	issuer := authtest.New(t)
	issuer.FailKeys(true)
	verifier, err := auth.NewVerifier(t.Context(), issuer.URL, authtest.Audience)
	require.NoError(t, err)
	_, err = verifier.User(t.Context(), issuer.User(t, learner))
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Equal(t, auth.ReasonKeysUnavailable, fault.ReasonOf(err))

	issuer.FailKeys(false)
	token := issuer.User(t, learner)
	assert.Eventually(t, func() bool { // the failed fetch may still be winding up
		_, err := verifier.User(t.Context(), token)
		return err == nil
	}, 10*time.Second, time.Millisecond, "the failure is not kept")
}

func TestWrongSignaturesDoNotFloodTheIssuer(t *testing.T) {
	issuer := authtest.New(t)
	verifier, err := auth.NewVerifier(t.Context(), issuer.URL, authtest.Audience)
	require.NoError(t, err)
	forged := issuer.Forged(t, nil)
	for range 50 {
		_, err := verifier.User(t.Context(), forged)
		assert.Equal(t, auth.ReasonTokenInvalid, fault.ReasonOf(err))
	}
	assert.LessOrEqual(t, issuer.Fetches(), 2)
	_, err = verifier.User(t.Context(), issuer.User(t, learner))
	assert.NoError(t, err)
}

func TestFailedDiscoveryIsNotKept(t *testing.T) {
	issuer := authtest.New(t)
	backend, broken := issuer.URL, true
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, backend+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(front.Close)
	issuer.URL = front.URL
	issuer.UseForUsers(t)
	_, err := auth.Users(t.Context())
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))

	broken = false
	verifier, err := auth.Users(t.Context())
	require.NoError(t, err)
	_, err = verifier.User(t.Context(), issuer.User(t, learner))
	assert.NoError(t, err)
}

func TestServiceTokenMustBeTheInvokers(t *testing.T) {
	issuer := authtest.New(t)
	issuer.UseForServices(t)
	verifier, err := auth.Services(t.Context(), "RenewBilling")
	require.NoError(t, err)
	const audience = "https://functions.test/RenewBilling"
	assert.NoError(t, verifier.Service(t.Context(), issuer.Service(t, audience), authtest.Invoker))

	err = verifier.Service(t.Context(), issuer.Service(t, "https://functions.test/Pay"), authtest.Invoker)
	assert.Equal(t, auth.ReasonTokenInvalid, fault.ReasonOf(err), "another function's token")

	other := map[string]any{"aud": audience, "email": "somebody@else.example", "email_verified": true}
	err = verifier.Service(t.Context(), issuer.Token(t, other), authtest.Invoker)
	assert.Equal(t, fault.PermissionDenied, fault.KindOf(err))

	unverified := map[string]any{"aud": audience, "email": authtest.Invoker}
	err = verifier.Service(t.Context(), issuer.Token(t, unverified), authtest.Invoker)
	assert.Equal(t, fault.PermissionDenied, fault.KindOf(err))
}

func TestTokensOfARequest(t *testing.T) {
	issuer := authtest.New(t)
	issuer.UseForServices(t)
	gateways := issuer.Service(t, "https://functions.test/ListCourses")
	for name, test := range map[string]struct {
		forwarded, authorization, user, service string
	}{
		"none":                      {"", "", "", ""},
		"authorization":             {"", "Bearer a", "a", "a"},
		"forwarded is the user's":   {"Bearer user", "Bearer " + gateways, "user", gateways},
		"only the gateway's own":    {"", "Bearer " + gateways, "", gateways},
		"any case":                  {"", "bearer a", "a", "a"},
		"other scheme":              {"", "Basic a", "", ""},
		"other scheme in forwarded": {"Basic a", "Bearer b", "", "b"},
		"half a token":              {"", "Bearer a.b", "a.b", "a.b"},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			if test.forwarded != "" {
				header.Set("X-Forwarded-Authorization", test.forwarded)
			}
			if test.authorization != "" {
				header.Set("Authorization", test.authorization)
			}
			assert.Equal(t, test.user, auth.UserToken(header))
			assert.Equal(t, test.service, auth.ServiceToken(header))
		})
	}
}
