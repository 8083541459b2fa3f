package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func startServer(t testing.TB, options Options) *Server {
	t.Helper()
	if options.Addr == "" {
		options.Addr = "127.0.0.1:0"
	}
	server, err := Start(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return server
}

type object = map[string]any

// send calls the server and returns the status and the decoded answer.
func send(t testing.TB, server *Server, method, path, bearer string, body any) (int, object) {
	t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequest(method, server.URL()+path, bytes.NewReader(encoded))
	require.NoError(t, err)
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	return do(t, request)
}

func do(t testing.TB, request *http.Request) (int, object) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer := object{}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return response.StatusCode, answer
}

// call posts to accounts:method and requires success.
func post(t testing.TB, server *Server, method string, body object) object {
	t.Helper()
	status, answer := send(t, server, http.MethodPost, accountsPath+":"+method+"?key=any", "", body)
	require.Equal(t, http.StatusOK, status, "%s: %v", method, answer)
	return answer
}

func message(answer object) string {
	inner, _ := answer["error"].(object)
	text, _ := inner["message"].(string)
	return text
}

func refreshed(t testing.TB, server *Server, refreshToken string) (int, object) {
	t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}
	request, err := http.NewRequest(http.MethodPost, server.URL()+tokenPath+"?key=any", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(t, request)
}

func signUpUser(t testing.TB, server *Server, email string) object {
	t.Helper()
	return post(t, server, "signUp", object{"email": email, "password": "correct horse", "returnSecureToken": true})
}

func TestStartNamesTheTakenPort(t *testing.T) {
	first := startServer(t, Options{})
	_, err := Start(context.Background(), Options{Addr: first.Addr()})
	require.ErrorContains(t, err, first.Addr())
}

func TestEverythingSurvivesARestart(t *testing.T) {
	options := Options{DataDir: t.TempDir(), UserIssuer: "https://securetoken.google.com/p",
		ServiceIssuer: "https://accounts.google.com"}
	server := startServer(t, options)
	signed := signUpUser(t, server, "ana@example.com")
	require.NoError(t, server.Close())

	server = startServer(t, options)
	info := post(t, server, "lookup", object{"idToken": signed["idToken"]})
	assert.Len(t, info["users"], 1)
	status, _ := refreshed(t, server, signed["refreshToken"].(string))
	assert.Equal(t, http.StatusOK, status)
	post(t, server, "signInWithPassword", object{"email": "ana@example.com", "password": "correct horse"})
}

func TestSnapshotRestoreReset(t *testing.T) {
	server := startServer(t, Options{})
	kept := signUpUser(t, server, "kept@example.com")
	var snapshot bytes.Buffer
	require.NoError(t, server.Snapshot(&snapshot))
	signUpUser(t, server, "lost@example.com")

	require.NoError(t, server.Reset())
	assert.Empty(t, server.Users())

	require.NoError(t, server.Restore(&snapshot))
	_, found := server.FindUser("lost@example.com")
	assert.False(t, found)
	status, answer := refreshed(t, server, kept["refreshToken"].(string))
	require.Equal(t, http.StatusOK, status, answer)
	post(t, server, "lookup", object{"idToken": kept["idToken"]})
}

func TestRestoreOnAnotherServerKeepsItsKeys(t *testing.T) {
	from, to := startServer(t, Options{}), startServer(t, Options{})
	signUpUser(t, from, "moved@example.com")
	var snapshot bytes.Buffer
	require.NoError(t, from.Snapshot(&snapshot))
	before := to.userKey.id
	require.NoError(t, to.Restore(&snapshot))
	key, err := loadSigningKey(to.store, "user")
	require.NoError(t, err)
	assert.Equal(t, before, key.id)
	post(t, to, "signInWithPassword", object{"email": "moved@example.com", "password": "correct horse"})
}

func TestCORS(t *testing.T) {
	server := startServer(t, Options{})
	request, err := http.NewRequest(http.MethodOptions, server.URL()+accountsPath+":signUp", nil)
	require.NoError(t, err)
	request.Header.Set("Origin", "http://localhost:5173")
	request.Header.Set("Access-Control-Request-Method", "POST")
	request.Header.Set("Access-Control-Request-Headers", "content-type,x-client-version,x-firebase-gmpid")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusNoContent, response.StatusCode)
	assert.Equal(t, "http://localhost:5173", response.Header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, response.Header.Get("Access-Control-Allow-Headers"), "x-firebase-gmpid")
}
