package getuser_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/functions/user/getuser"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

func TestGetUser(t *testing.T) {
	store := userdb.New(functiontesting.Database(t, "user", userdb.Schema()))
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	hanako, err := user.New("uid-1", user.Profile{DisplayName: "花子", RegionCode: "JP", TimeZone: "Asia/Tokyo", LanguageCode: "ja"})
	require.NoError(t, err)
	_, err = store.Insert(t.Context(), idempotency.NewKey("uid-1", "RegisterUser", "jp", "k", "", nil), hanako)
	require.NoError(t, err)
	unknown := user.IDFor("uid-2", "JP")
	self, other, admin := issuer.User(t, hanako.ID), issuer.User(t, unknown), issuer.User(t, unknown, "administrator")
	get := func(id, token string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/" + id, Token: token}.Do(t, getuser.Handle)
	}

	mine := functiontesting.Into[api.User](t, get("me", self), http.StatusOK)
	assert.Equal(t, "users/"+hanako.ID, mine.Name, "the canonical name")
	assert.Equal(t, mine, functiontesting.Into[api.User](t, get(hanako.ID, self), http.StatusOK))
	assert.Equal(t, mine, functiontesting.Into[api.User](t, get(hanako.ID, admin), http.StatusOK))
	functiontesting.Refused(t, get(unknown, admin), http.StatusNotFound, "NOT_FOUND")
	functiontesting.Refused(t, get("me", issuer.Token(t, map[string]any{"sub": "uid-new"})), http.StatusNotFound, "USER_NOT_REGISTERED")
	assert.Equal(t, []string{"user"}, functiontesting.Refused(t, get("NONSENSE", admin), http.StatusBadRequest, "INVALID_ARGUMENT"))

	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/" + hanako.ID, Token: self}
	functiontesting.CheckRefusals(t, getuser.Handle, "GetUser", issuer, good, other)
}
