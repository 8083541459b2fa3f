package updateuser_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/identity"
	"github.com/kwipper/kwipper/functions/user/updateuser"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

func TestUpdateUser(t *testing.T) {
	store := userdb.New(functiontesting.Database(t, "user", userdb.Schema()))
	_, err := functiontesting.Identity(t).CreateUser(identity.User{LocalID: "uid-1", Email: "hanako@example.com", Password: "a password"})
	require.NoError(t, err)
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	hanako, err := user.New("uid-1", user.Profile{DisplayName: "花子", GivenName: "花子", RegionCode: "JP", TimeZone: "Asia/Tokyo", LanguageCode: "ja"})
	require.NoError(t, err)
	_, err = store.Insert(t.Context(), idempotency.NewKey("uid-1", "RegisterUser", "jp", "k", "", nil), hanako)
	require.NoError(t, err)
	self := issuer.User(t, hanako.ID)
	patch := func(query, etag string, body any) functiontesting.Answer {
		return functiontesting.Call{
			Method: http.MethodPatch, Path: "/v1/users/me" + query, Token: self, Body: body, Header: map[string]string{"If-Match": etag},
		}.Do(t, updateuser.Handle)
	}

	changed := functiontesting.Into[api.User](t, patch("", `"1"`, map[string]any{"regionCode": "PH", "timeZone": "Asia/Manila"}), http.StatusOK)
	assert.Equal(t, api.RegionCode("PH"), changed.RegionCode)
	assert.Equal(t, "花子", changed.GivenName, "what the body has not stays")
	assert.Equal(t, "users/"+hanako.ID, changed.Name)
	functiontesting.Refused(t, patch("", `"1"`, map[string]any{"displayName": "x"}), http.StatusConflict, "ETAG_MISMATCH")
	functiontesting.Refused(t, patch("", "", map[string]any{"displayName": "x", "etag": "1"}), http.StatusConflict, "ETAG_MISMATCH")

	cleared := functiontesting.Into[api.User](t, patch("?updateMask=givenName", "", map[string]any{"displayName": "ignored"}), http.StatusOK)
	assert.Empty(t, cleared.GivenName)
	assert.Equal(t, "花子", cleared.DisplayName)
	fields := functiontesting.Refused(t, patch("?updateMask=displayName", "", map[string]any{}), http.StatusBadRequest, "INVALID_ARGUMENT")
	assert.Equal(t, []string{"displayName"}, fields)
	fields = functiontesting.Refused(t, patch("?updateMask=roles", "", map[string]any{}), http.StatusBadRequest, "INVALID_ARGUMENT")
	assert.Equal(t, []string{"updateMask"}, fields)

	functiontesting.Into[api.User](t, patch("", "", map[string]any{"displayName": "Hana", "languageCode": "en"}), http.StatusOK)
	account, _ := functiontesting.Identity(t).FindUser("uid-1")
	assert.Equal(t, "Hana", account.DisplayName)
	assert.Equal(t, "en", account.Claims["language"])

	good := functiontesting.Call{Method: http.MethodPatch, Path: "/v1/users/" + hanako.ID, Token: self, Body: map[string]any{"displayName": "x"}}
	functiontesting.CheckRefusals(t, updateuser.Handle, "UpdateUser", issuer, good, issuer.User(t, user.IDFor("uid-2", "JP"), "tutor"))
}
