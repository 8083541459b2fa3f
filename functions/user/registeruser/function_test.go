package registeruser_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/identity"
	"github.com/kwipper/kwipper/functions/user/registeruser"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

var body = map[string]any{
	"displayName": "花子", "givenName": "花子", "familyName": "山田", "regionCode": "JP", "timeZone": "Asia/Tokyo", "languageCode": "ja",
}

func call(token, key string, body any) functiontesting.Call {
	return functiontesting.Call{Method: http.MethodPost, Path: "/v1/users", Token: token, Body: body, Header: map[string]string{"Idempotency-Key": key}}
}

// signUp makes an identity and returns its uid and a token.
func signUp(t *testing.T, email string) (uid, token string) {
	t.Helper()
	server := functiontesting.Identity(t)
	account, err := server.CreateUser(identity.User{Email: email, Password: "a password"})
	require.NoError(t, err)
	token, err = server.MintUserToken(account.LocalID, nil, identity.MintOptions{})
	require.NoError(t, err)
	t.Setenv("IDENTITY_ISSUER", server.UserIssuer())
	t.Setenv("IDENTITY_AUDIENCE", server.Project())
	return account.LocalID, token
}

func TestRegisterUser(t *testing.T) {
	functiontesting.Database(t, "user", userdb.Schema())
	uid, token := signUp(t, "hanako@example.com")

	first := functiontesting.Into[api.User](t, call(token, "k1", body).Do(t, registeruser.Handle), http.StatusCreated)
	assert.Equal(t, "花子", first.DisplayName)
	assert.Equal(t, []api.Role{api.RoleLEARNER}, first.Roles)
	assert.Regexp(t, "^users/jp-", first.Name)

	again := call(token, `"k1"`, body).Do(t, registeruser.Handle)
	assert.Equal(t, first, functiontesting.Into[api.User](t, again, http.StatusCreated), "a repetition, its key in quotes")
	assert.Equal(t, `"1"`, again.Header.Get("ETag"))

	account, ok := functiontesting.Identity(t).FindUser(uid)
	require.True(t, ok)
	assert.Equal(t, "users/"+account.Claims["userId"].(string), first.Name)
	assert.Equal(t, "jp", account.Claims["country"])
	assert.Equal(t, []any{"learner"}, account.Claims["roles"])
	assert.Equal(t, "花子", account.DisplayName)

	other := map[string]any{"displayName": "Hanako", "regionCode": "MX", "timeZone": "America/Mexico_City", "languageCode": "es"}
	functiontesting.Refused(t, call(token, "k1", other).Do(t, registeruser.Handle), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")
	functiontesting.Refused(t, call(token, "k2", other).Do(t, registeruser.Handle), http.StatusConflict, "USER_ALREADY_REGISTERED")
}

func TestRegisterUserNamesWrongFields(t *testing.T) {
	functiontesting.Database(t, "user", userdb.Schema())
	_, token := signUp(t, "taro@example.com")
	for field, value := range map[string]string{
		"displayName": "a\u202eb", "regionCode": "US", "timeZone": "Mars/Olympus", "languageCode": "zz-zz-zz-zz",
	} {
		wrong := map[string]any{"displayName": "太郎", "regionCode": "JP", "timeZone": "Asia/Tokyo", "languageCode": "ja", field: value}
		fields := functiontesting.Refused(t, call(token, "k", wrong).Do(t, registeruser.Handle), http.StatusBadRequest, "INVALID_ARGUMENT")
		assert.Equal(t, []string{field}, fields)
	}
}

func TestRegisterUserRefuses(t *testing.T) {
	functiontesting.Database(t, "user", userdb.Schema())
	functiontesting.Identity(t)
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	good := functiontesting.Call{Method: http.MethodPost, Path: "/v1/users", Token: issuer.Token(t, map[string]any{"sub": "uid-9"}), Body: body}
	functiontesting.CheckRefusals(t, registeruser.Handle, "RegisterUser", issuer, good, "")
}
