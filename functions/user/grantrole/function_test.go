package grantrole_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/identity"
	"github.com/kwipper/kwipper/functions/user/grantrole"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

func TestGrantRole(t *testing.T) {
	store := userdb.New(functiontesting.Database(t, "user", userdb.Schema()))
	_, err := functiontesting.Identity(t).CreateUser(identity.User{LocalID: "uid-1", Email: "hanako@example.com", Password: "a password"})
	require.NoError(t, err)
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	hanako, err := user.New("uid-1", user.Profile{DisplayName: "花子", RegionCode: "JP", TimeZone: "Asia/Tokyo", LanguageCode: "ja"})
	require.NoError(t, err)
	_, err = store.Insert(t.Context(), idempotency.NewKey("uid-1", "RegisterUser", "jp", "k", "", nil), hanako)
	require.NoError(t, err)
	unknown := user.IDFor("uid-2", "JP")
	admin := issuer.User(t, unknown, "administrator")
	good := functiontesting.Call{
		Method: http.MethodPost, Path: "/v1/users/" + hanako.ID + ":grantRole", Token: admin, Body: map[string]any{"role": "TUTOR"},
	}

	for range 2 {
		granted := functiontesting.Into[api.User](t, good.Do(t, grantrole.Handle), http.StatusOK)
		assert.Equal(t, []api.Role{api.RoleLEARNER, api.RoleTUTOR}, granted.Roles)
		assert.Equal(t, "2", granted.Etag, "a repetition changes nothing")
	}
	account, _ := functiontesting.Identity(t).FindUser("uid-1")
	assert.Equal(t, []any{"learner", "tutor"}, account.Claims["roles"])

	missing := good
	missing.Path = "/v1/users/" + unknown + ":grantRole"
	functiontesting.Refused(t, missing.Do(t, grantrole.Handle), http.StatusNotFound, "NOT_FOUND")
	functiontesting.CheckRefusals(t, grantrole.Handle, "GrantRole", issuer, good, issuer.User(t, hanako.ID, "learner", "tutor"))
}
