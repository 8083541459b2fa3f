package identity

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRefusals(t *testing.T) {
	server := startServer(t, Options{})
	ana := signUpUser(t, server, "ana@example.com")
	expired, err := server.MintUserToken("ana@example.com", nil, MintOptions{Expired: true})
	require.NoError(t, err)
	forged, err := server.MintUserToken("ana@example.com", nil, MintOptions{WrongKey: true})
	require.NoError(t, err)
	_, err = server.CreateUser(User{Email: "off@example.com", Password: "correct horse", Disabled: true})
	require.NoError(t, err)

	for name, test := range map[string]struct {
		method  string
		body    object
		message string
	}{
		"sign up twice":          {"signUp", object{"email": "ANA@example.com", "password": "correct horse"}, "EMAIL_EXISTS"},
		"sign up weak":           {"signUp", object{"email": "b@example.com", "password": "12345"}, "WEAK_PASSWORD"},
		"sign up no password":    {"signUp", object{"email": "b@example.com"}, "MISSING_PASSWORD"},
		"sign up no email":       {"signUp", object{"password": "correct horse"}, "MISSING_EMAIL"},
		"sign up bad email":      {"signUp", object{"email": "b at c", "password": "correct horse"}, "INVALID_EMAIL"},
		"sign up as admin":       {"signUp", object{"localId": "mine"}, "INSUFFICIENT_PERMISSION"},
		"sign up with claims":    {"signUp", object{"customAttributes": `{"roles":["tutor"]}`}, "INSUFFICIENT_PERMISSION"},
		"tenant":                 {"signUp", object{"tenantId": "t"}, "UNSUPPORTED_TENANT_OPERATION"},
		"wrong password":         {"signInWithPassword", object{"email": "ana@example.com", "password": "wrong"}, "INVALID_LOGIN_CREDENTIALS"},
		"unknown email":          {"signInWithPassword", object{"email": "no@example.com", "password": "wrong"}, "INVALID_LOGIN_CREDENTIALS"},
		"disabled":               {"signInWithPassword", object{"email": "off@example.com", "password": "correct horse"}, "USER_DISABLED"},
		"custom token":           {"signInWithCustomToken", object{"token": "a.b.c"}, "INVALID_CUSTOM_TOKEN"},
		"user token as custom":   {"signInWithCustomToken", object{"token": ana["idToken"]}, "INVALID_CUSTOM_TOKEN"},
		"no custom token":        {"signInWithCustomToken", object{}, "MISSING_CUSTOM_TOKEN"},
		"lookup without token":   {"lookup", object{}, "MISSING_ID_TOKEN"},
		"lookup of another":      {"lookup", object{"localId": []string{"x"}}, "MISSING_ID_TOKEN"},
		"lookup expired":         {"lookup", object{"idToken": expired}, "TOKEN_EXPIRED"},
		"lookup forged":          {"lookup", object{"idToken": forged}, "INVALID_ID_TOKEN"},
		"claims by oneself":      {"update", object{"idToken": ana["idToken"], "customAttributes": `{"roles":["administrator"]}`}, "INSUFFICIENT_PERMISSION"},
		"verified by oneself":    {"update", object{"idToken": ana["idToken"], "emailVerified": true}, "INSUFFICIENT_PERMISSION"},
		"update without token":   {"update", object{"displayName": "x"}, "MISSING_ID_TOKEN"},
		"update to a taken mail": {"update", object{"idToken": ana["idToken"], "email": "off@example.com"}, "EMAIL_EXISTS"},
		"update bad email":       {"update", object{"idToken": ana["idToken"], "email": "x"}, "INVALID_EMAIL"},
		"update weak password":   {"update", object{"idToken": ana["idToken"], "password": "x"}, "WEAK_PASSWORD"},
		"bad code":               {"update", object{"oobCode": "x"}, "INVALID_OOB_CODE"},
		"delete without token":   {"delete", object{"localId": ana["localId"]}, "MISSING_ID_TOKEN"},
		"code of no type":        {"sendOobCode", object{"email": "ana@example.com"}, "MISSING_REQ_TYPE"},
		"code of other type":     {"sendOobCode", object{"requestType": "EMAIL_SIGNIN"}, "OPERATION_NOT_ALLOWED"},
		"code link":              {"sendOobCode", object{"requestType": "PASSWORD_RESET", "returnOobLink": true}, "INSUFFICIENT_PERMISSION"},
		"reset without code":     {"resetPassword", object{}, "MISSING_OOB_CODE"},
		"reset with bad code":    {"resetPassword", object{"oobCode": "x", "newPassword": "correct horse"}, "INVALID_OOB_CODE"},
		"auth uri":               {"createAuthUri", object{"continueUri": "http://x"}, "MISSING_IDENTIFIER"},
		"wrong type":             {"signUp", object{"email": 7}, "INVALID_ARGUMENT"},
		"too large":              {"signUp", object{"email": strings.Repeat("x", maxBodyBytes)}, "REQUEST_TOO_LARGE"},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := send(t, server, http.MethodPost, accountsPath+":"+test.method, "", test.body)
			assert.GreaterOrEqual(t, status, 400)
			assert.Less(t, status, 500)
			assert.Equal(t, test.message, strings.Split(message(answer), " : ")[0])
			assert.EqualValues(t, status, answer["error"].(object)["code"])
		})
	}
	t.Run("not implemented is named", func(t *testing.T) {
		status, answer := send(t, server, http.MethodPost, accountsPath+":signInWithIdp", "", object{})
		assert.Equal(t, http.StatusNotImplemented, status)
		assert.Contains(t, message(answer), "signInWithIdp")
	})
}

func TestAdministratorWritesClaims(t *testing.T) {
	server := startServer(t, Options{Project: "demo"})
	ana := signUpUser(t, server, "ana@example.com")
	bearer, err := server.AccessToken(t.Context(), "grant-role@demo.iam.gserviceaccount.com")
	require.NoError(t, err)
	oidcToken, err := server.ServiceToken(t.Context(), "grant-role@demo.iam.gserviceaccount.com", "https://functions/pay")
	require.NoError(t, err)
	path := "/identitytoolkit.googleapis.com/v1/projects/demo/accounts"
	body := object{"localId": ana["localId"], "customAttributes": `{"user":"jp-1","country":"JP","roles":["learner"]}`}

	status, answer := send(t, server, http.MethodPost, path+":update", "", body)
	assert.Equal(t, http.StatusUnauthorized, status, answer)
	for _, other := range []string{ana["idToken"].(string), oidcToken, "Owner"} {
		status, answer = send(t, server, http.MethodPost, path+":update", other, body)
		assert.Equal(t, http.StatusUnauthorized, status, answer)
	}
	status, answer = send(t, server, http.MethodPost, path+":update", bearer, body)
	require.Equal(t, http.StatusOK, status, answer)

	for attributes, want := range map[string]string{
		`{"sub":"x"}`: "FORBIDDEN_CLAIM", `[]`: "INVALID_CLAIMS", `null`: "INVALID_CLAIMS", `{} {}`: "INVALID_CLAIMS",
		`{"a":"` + strings.Repeat("x", maxClaimsBytes) + `"}`: "CLAIMS_TOO_LARGE",
	} {
		_, answer := send(t, server, http.MethodPost, path+":update", bearer, object{"localId": ana["localId"], "customAttributes": attributes})
		assert.Equal(t, want, strings.Split(message(answer), " : ")[0], attributes)
	}

	status, answer = send(t, server, http.MethodPost, path+":lookup", bearer, object{"email": []string{"ana@example.com"}})
	require.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, body["customAttributes"].(string), answer["users"].([]any)[0].(object)["customAttributes"].(string))
	status, answer = send(t, server, http.MethodPost, strings.Replace(path, "demo", "other", 1)+":lookup", bearer, object{})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "PROJECT_NOT_FOUND", message(answer))

	_, fresh := refreshed(t, server, ana["refreshToken"].(string))
	claims, err := verifySignature(&server.userKey.private.PublicKey, fresh["id_token"].(string))
	require.NoError(t, err)
	assert.Equal(t, "jp-1", claims["user"])
	assert.Equal(t, "JP", claims["country"])

	status, _ = send(t, server, http.MethodPost, path+":update", bearer, object{"localId": ana["localId"], "disableUser": true})
	require.Equal(t, http.StatusOK, status)
	status, answer = refreshed(t, server, ana["refreshToken"].(string))
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "USER_DISABLED", message(answer))
}

func TestRefreshRefusals(t *testing.T) {
	server := startServer(t, Options{})
	status, answer := refreshed(t, server, "nothing")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "INVALID_REFRESH_TOKEN", message(answer))
	_, answer = refreshed(t, server, "")
	assert.Equal(t, "MISSING_REFRESH_TOKEN", message(answer))

	ana := signUpUser(t, server, "ana@example.com")
	post(t, server, "delete", object{"idToken": ana["idToken"]})
	_, answer = refreshed(t, server, ana["refreshToken"].(string))
	assert.Equal(t, "USER_NOT_FOUND", message(answer))
}

func TestRevocationEndsTokens(t *testing.T) {
	server := startServer(t, Options{})
	ana := signUpUser(t, server, "ana@example.com")
	_, err := server.accounts.update(ana["localId"].(string), func(a *account) error {
		a.ValidSince = time.Now().Add(2 * time.Second)
		return nil
	})
	require.NoError(t, err)
	_, answer := refreshed(t, server, ana["refreshToken"].(string))
	assert.Equal(t, "TOKEN_EXPIRED", message(answer))
	_, answer = send(t, server, http.MethodPost, accountsPath+":lookup", "", object{"idToken": ana["idToken"]})
	assert.Equal(t, "TOKEN_EXPIRED", message(answer))
}

func TestOobCodes(t *testing.T) {
	server := startServer(t, Options{})
	ana := signUpUser(t, server, "ana@example.com")
	post(t, server, "sendOobCode", object{"requestType": "PASSWORD_RESET", "email": "nobody@example.com"})
	post(t, server, "sendOobCode", object{"requestType": "VERIFY_EMAIL", "idToken": ana["idToken"]})
	_, mail := send(t, server, http.MethodGet, "/emulator/v1/projects/"+server.Project()+"/oobCodes", "", nil)
	codes := mail["oobCodes"].([]any)
	require.Len(t, codes, 1, "none for the unknown email")

	response, err := http.Get(codes[0].(object)["oobLink"].(string))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
	user, _ := server.FindUser("ana@example.com")
	assert.True(t, user.EmailVerified)
	status, _ := send(t, server, http.MethodPost, accountsPath+":update", "", object{"oobCode": codes[0].(object)["oobCode"]})
	assert.Equal(t, http.StatusBadRequest, status, "used once")
}

func TestSignUpAtOnceMakesOneAccount(t *testing.T) {
	server := startServer(t, Options{})
	var created atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := server.CreateUser(User{Email: "same@example.com"}); err == nil {
				created.Add(1)
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 1, created.Load())
}

func FuzzParseClaims(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"roles":["tutor"]}`, `{"sub":1}`, "null", "[", `{"a":{"b":[1,2,{}]}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, attributes string) {
		claims, err := parseClaims(attributes)
		if err == nil && attributes != "" {
			_, err := parseClaims(encodeClaims(claims))
			if len(encodeClaims(claims)) <= maxClaimsBytes {
				require.NoError(t, err)
			}
		}
	})
}
