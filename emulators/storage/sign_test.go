package storage

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSignedGet(t *testing.T) {
	server := startServer(t, Options{})
	body := content(100_000)
	store(t, client(t, server), objectName, body)
	signed := sign(t, server, objectName, http.MethodGet, func(o *gcs.SignedURLOptions) {
		o.QueryParameters = url.Values{"response-content-disposition": {`attachment; filename="a b.mp4"`}}
	})

	for name, test := range map[string]struct {
		rangeHeader, contentRange string
		status                    int
		want                      []byte
	}{
		"whole":         {"", "", 200, body},
		"first bytes":   {"bytes=0-9", "bytes 0-9/100000", 206, body[:10]},
		"from":          {"bytes=99990-", "bytes 99990-99999/100000", 206, body[99990:]},
		"suffix":        {"bytes=-5", "bytes 99995-99999/100000", 206, body[99995:]},
		"beyond":        {"bytes=100000-", "bytes */100000", 416, nil},
		"past the end":  {"bytes=99990-200000", "bytes 99990-99999/100000", 206, body[99990:]},
		"several parts": {"bytes=0-1,5-6", "", 206, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := request(t, http.MethodGet, signed, map[string]string{"Range": test.rangeHeader, "Origin": "http://localhost:3000"}, nil)
			assert.Equal(t, test.status, got.status)
			assert.Equal(t, test.contentRange, got.header.Get("Content-Range"))
			assert.Equal(t, "http://localhost:3000", got.header.Get("Access-Control-Allow-Origin"))
			assert.Contains(t, got.header.Get("Access-Control-Expose-Headers"), "Content-Range")
			if test.want != nil {
				assert.True(t, bytes.Equal(test.want, got.body))
				assert.Equal(t, "video/mp4", got.header.Get("Content-Type"))
				assert.Equal(t, `attachment; filename="a b.mp4"`, got.header.Get("Content-Disposition"))
				assert.NotEmpty(t, got.header.Get("ETag"))
				again := request(t, http.MethodGet, signed, map[string]string{"If-None-Match": got.header.Get("ETag")}, nil)
				assert.Equal(t, http.StatusNotModified, again.status)
			}
		})
	}
	t.Run("head", func(t *testing.T) {
		got := request(t, http.MethodHead, sign(t, server, objectName, http.MethodHead, nil), nil, nil)
		assert.Equal(t, 200, got.status)
		assert.Equal(t, "100000", got.header.Get("Content-Length"))
	})
	t.Run("missing object", func(t *testing.T) {
		assert.Equal(t, 404, request(t, http.MethodGet, sign(t, server, "none", http.MethodGet, nil), nil, nil).status)
	})
	t.Run("bearer token of a program", func(t *testing.T) {
		got := request(t, http.MethodGet, server.URL()+"/"+bucketName+"/"+escapePath(objectName), map[string]string{"Authorization": "Bearer t"}, nil)
		assert.Equal(t, 200, got.status)
	})
}

func TestSignedURLRefusals(t *testing.T) {
	server := startServer(t, Options{})
	c := client(t, server)
	store(t, c, objectName, content(10))
	store(t, c, "other", content(10))
	good := sign(t, server, objectName, http.MethodGet, nil)
	replace := func(old, with string) string {
		changed := strings.Replace(good, old, with, 1)
		require.NotEqual(t, good, changed)
		return changed
	}
	parsed, err := url.Parse(good)
	require.NoError(t, err)

	for name, test := range map[string]struct {
		method, url string
		header      map[string]string
		status      int
		code        string
	}{
		"not signed":        {"GET", server.URL() + parsed.Path, nil, 403, "AccessDenied"},
		"other object":      {"GET", replace(parsed.EscapedPath(), "/"+bucketName+"/other"), nil, 403, "SignatureDoesNotMatch"},
		"other method":      {"PUT", good, nil, 403, "SignatureDoesNotMatch"},
		"delete":            {"DELETE", good, nil, 403, "SignatureDoesNotMatch"},
		"longer life":       {"GET", replace("X-Goog-Expires=3599", "X-Goog-Expires=7200"), nil, 403, "SignatureDoesNotMatch"},
		"more query":        {"GET", good + "&response-content-type=text/html", nil, 403, "SignatureDoesNotMatch"},
		"other signature":   {"GET", replace("X-Goog-Signature=", "X-Goog-Signature=00"), nil, 403, "SignatureDoesNotMatch"},
		"no signature":      {"GET", good[:strings.Index(good, "&X-Goog-Signature")], nil, 403, "SignatureDoesNotMatch"},
		"other signer":      {"GET", replace("media%40demo", "other%40demo"), nil, 403, "AccessDenied"},
		"other host":        {"GET", replace("127.0.0.1", "localhost"), nil, 403, "SignatureDoesNotMatch"},
		"other algorithm":   {"GET", replace("GOOG4-RSA-SHA256", "GOOG4-HMAC-SHA256"), nil, 400, "InvalidArgument"},
		"twice a parameter": {"GET", good + "&X-Goog-Expires=7200", nil, 400, "InvalidArgument"},
		"unsigned header":   {"GET", good, map[string]string{"X-Goog-Meta-A": "b"}, 403, "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			got := request(t, test.method, test.url, test.header, nil)
			assert.Equal(t, test.status, got.status, string(got.body))
			assert.Contains(t, string(got.body), "<Code>"+test.code+"</Code>")
		})
	}
}

func TestSignedURLExpires(t *testing.T) {
	server := startServer(t, Options{})
	r, err := http.NewRequest(http.MethodGet, sign(t, server, objectName, http.MethodGet, nil), nil)
	require.NoError(t, err)
	require.NoError(t, verifySignedURL(r, server.signingKeys, time.Now().Add(59*time.Minute)))
	require.ErrorContains(t, verifySignedURL(r, server.signingKeys, time.Now().Add(61*time.Minute)), "ExpiredToken")
	require.ErrorContains(t, verifySignedURL(r, server.signingKeys, time.Now().Add(-time.Hour)), "RequestTimeTooSkewed")
}

func TestSignedHeaders(t *testing.T) {
	server := startServer(t, Options{})
	signed := sign(t, server, "put.bin", http.MethodPut, func(o *gcs.SignedURLOptions) {
		o.ContentType = "application/pdf"
		o.Headers = []string{"x-goog-content-length-range:5,10"}
	})
	header := map[string]string{"Content-Type": "application/pdf", "X-Goog-Content-Length-Range": "5,10"}
	assert.Equal(t, 400, request(t, http.MethodPut, signed, header, content(11)).status)
	assert.Equal(t, 400, request(t, http.MethodPut, signed, header, content(4)).status)
	assert.Equal(t, 403, request(t, http.MethodPut, signed, map[string]string{"Content-Type": "application/pdf"}, content(8)).status)
	assert.Equal(t, 403, request(t, http.MethodPut, signed, map[string]string{
		"Content-Type": "text/html", "X-Goog-Content-Length-Range": "5,10"}, content(8)).status)
	assert.Equal(t, 200, request(t, http.MethodPut, signed, header, content(8)).status)
	attrs, found := server.attributes(bucketName, "put.bin")
	require.True(t, found)
	assert.EqualValues(t, 8, attrs.Size)
	assert.Equal(t, "application/pdf", attrs.ContentType)
}

func FuzzVerifySignedURL(f *testing.F) {
	f.Add("GET", "/b/o?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=a/20261122/auto/storage/goog4_request&X-Goog-Date=20261122T000000Z&X-Goog-Expires=1&X-Goog-SignedHeaders=host&X-Goog-Signature=00")
	f.Fuzz(func(t *testing.T, method, target string) {
		parsed, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{Method: method, URL: parsed, Host: "h", Header: http.Header{}}
		require.Error(t, verifySignedURL(r, nil, time.Now()))
	})
}
