package storageclient_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/storageclient"
)

const bucket = "kwipper-media-jp"

// open makes handler the storage that the client speaks to.
func open(t *testing.T, handler http.HandlerFunc) (*storageclient.Client, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL)
	t.Setenv("MEDIA_SIGNER_EMAIL", "signer@p.example")
	t.Setenv("MEDIA_SIGNER_KEY", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	client, err := storageclient.Open(t.Context())
	require.NoError(t, err)
	return client, address.Host
}

func unreachable(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestSignGet(t *testing.T) {
	client, host := open(t, unreachable)
	signed, err := client.SignGet(storageclient.SignRequest{
		Bucket: bucket, Object: "c/i/r1/lesson one.mp4", Expires: time.Now().Add(time.Hour),
		Filename: "レッスン/1.mp4", ContentType: "video/mp4",
	})
	require.NoError(t, err)
	u, err := url.Parse(signed)
	require.NoError(t, err)
	assert.Equal(t, "http", u.Scheme)
	assert.Equal(t, host, u.Host)
	assert.Equal(t, "/"+bucket+"/c/i/r1/lesson one.mp4", u.Path)
	query := u.Query()
	assert.Equal(t, "GOOG4-RSA-SHA256", query.Get("X-Goog-Algorithm"))
	assert.Contains(t, query.Get("X-Goog-Credential"), "signer@p.example")
	assert.Contains(t, []string{"3599", "3600"}, query.Get("X-Goog-Expires"))
	assert.Equal(t, "video/mp4", query.Get("response-content-type"))
	assert.Contains(t, query.Get("response-content-disposition"), "attachment; filename*=utf-8''")
	assert.NotContains(t, query.Get("response-content-disposition"), "/")
	assert.NotEmpty(t, query.Get("X-Goog-Signature"))

	for _, expires := range []time.Time{{}, time.Now().Add(-time.Second), time.Now().Add(8 * 24 * time.Hour)} {
		_, err = client.SignGet(storageclient.SignRequest{Bucket: bucket, Object: "o", Expires: expires})
		assert.Error(t, err, expires)
	}
}

func TestOpenUpload(t *testing.T) {
	client, _ := open(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "/upload/storage/v1/b/"+bucket+"/o", r.URL.Path)
		assert.Equal(t, "resumable", r.URL.Query().Get("uploadType"))
		assert.Equal(t, "c/i/v.mp4", r.URL.Query().Get("name"))
		assert.Equal(t, "0", r.URL.Query().Get("ifGenerationMatch"))
		assert.Equal(t, "https://app.example", r.Header.Get("Origin"))
		assert.Equal(t, "123", r.Header.Get("X-Upload-Content-Length"))
		assert.Equal(t, "video/mp4", r.Header.Get("X-Upload-Content-Type"))
		assert.JSONEq(t, `{"name":"c/i/v.mp4","contentType":"video/mp4","metadata":{"k":"v"}}`, string(body))
		w.Header().Set("Location", "http://upload.example/session")
	})
	uri, err := client.OpenUpload(t.Context(), storageclient.Upload{
		Bucket: bucket, Object: "c/i/v.mp4", ContentType: "video/mp4", SizeBytes: 123, Origin: "https://app.example",
		Metadata: map[string]string{"k": "v"},
	})
	require.NoError(t, err)
	assert.Equal(t, "http://upload.example/session", uri)
}

func TestFailuresOfOpenUpload(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		kind    fault.Kind
	}{
		"no session":  {func(http.ResponseWriter, *http.Request) {}, fault.Unknown},
		"refused":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, fault.Unknown},
		"overloaded":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, fault.Unavailable},
		"unreachable": {unreachable, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := open(t, test.handler)
			_, err := client.OpenUpload(t.Context(), storageclient.Upload{Bucket: bucket, Object: "o"})
			require.Error(t, err)
			assert.Equal(t, test.kind, fault.KindOf(err))
		})
	}
}

func TestAttrsAndDeleteOfWhatIsGone(t *testing.T) {
	client, _ := open(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	_, err := client.Attrs(t.Context(), bucket, "o")
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
	_, err = client.Head(t.Context(), bucket, "o", 10)
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
	assert.NoError(t, client.Delete(t.Context(), bucket, "o"), "gone is what was asked for")
}

func TestAttrsAndHead(t *testing.T) {
	client, _ := open(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/"+bucket+"/o" || r.URL.Query().Get("alt") == "media" {
			w.Header().Set("Content-Range", "bytes 0-3/10")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, "ftyp")
			return
		}
		_, _ = io.WriteString(w, `{"bucket":"`+bucket+`","name":"o","size":"10","generation":"7","contentType":"video/mp4","metadata":{"k":"v"}}`)
	})
	attributes, err := client.Attrs(t.Context(), bucket, "o")
	require.NoError(t, err)
	assert.EqualValues(t, 10, attributes.SizeBytes)
	assert.EqualValues(t, 7, attributes.Generation)
	assert.Equal(t, map[string]string{"k": "v"}, attributes.Metadata)
	head, err := client.Head(t.Context(), bucket, "o", 4)
	require.NoError(t, err)
	assert.Equal(t, "ftyp", string(head))
}

func TestKeysThatAreNone(t *testing.T) {
	t.Setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:1")
	t.Setenv("MEDIA_SIGNER_EMAIL", "")
	_, err := storageclient.Open(t.Context())
	assert.ErrorContains(t, err, "MEDIA_SIGNER_EMAIL")
	t.Setenv("MEDIA_SIGNER_EMAIL", "signer@p.example")
	for _, key := range []string{"hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		t.Setenv("MEDIA_SIGNER_KEY", key)
		_, err = storageclient.Open(t.Context())
		assert.ErrorContains(t, err, "MEDIA_SIGNER_KEY")
	}
}
