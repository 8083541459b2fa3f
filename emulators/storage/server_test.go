package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
)

const (
	signerEmail = "media@demo.iam.gserviceaccount.com"
	bucketName  = "kwipper-media-jp"
	objectName  = "courses/c1/items/i1/日本 の.mp4"
)

var signerKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// topic collects notifications, and may refuse some first.
type topic struct {
	mu       sync.Mutex
	refusals int
	got      []map[string]string
	data     [][]byte
}

func (n *topic) Notify(_ context.Context, _ string, data []byte, attributes map[string]string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refusals > 0 {
		n.refusals--
		return assert.AnError
	}
	n.got = append(n.got, attributes)
	n.data = append(n.data, data)
	return nil
}

func (n *topic) events() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var events []string
	for _, attributes := range n.got {
		events = append(events, attributes["eventType"]+" "+attributes["objectId"])
	}
	return events
}

func startServer(t testing.TB, options Options) *Server {
	t.Helper()
	options.Addr = orDefault(options.Addr, "127.0.0.1:0")
	options.Buckets = []string{bucketName}
	options.SigningKeys = map[string]*rsa.PublicKey{signerEmail: &signerKey().PublicKey}
	server, err := Start(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// client is the real one.
func client(t testing.TB, server *Server) *gcs.Client {
	t.Helper()
	t.(*testing.T).Setenv("STORAGE_EMULATOR_HOST", server.Addr())
	c, err := gcs.NewClient(context.Background(), gcs.WithJSONReads())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func content(size int) []byte {
	pattern := make([]byte, size)
	for i := range pattern {
		pattern[i] = byte(i * 7 / 3)
	}
	return pattern
}

func store(t testing.TB, c *gcs.Client, name string, body []byte) *gcs.ObjectAttrs {
	t.Helper()
	w := c.Bucket(bucketName).Object(name).NewWriter(context.Background())
	w.ContentType = "video/mp4"
	w.Metadata = map[string]string{"uploadedBy": "jp-1"}
	_, err := w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return w.Attrs()
}

func sign(t testing.TB, server *Server, name, method string, change func(*gcs.SignedURLOptions)) string {
	t.Helper()
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(signerKey())})
	options := &gcs.SignedURLOptions{
		Scheme: gcs.SigningSchemeV4, Method: method, GoogleAccessID: signerEmail, PrivateKey: key,
		Expires: time.Now().Add(time.Hour), Insecure: true, Hostname: server.Addr(),
	}
	if change != nil {
		change(options)
	}
	signed, err := gcs.SignedURL(bucketName, name, options)
	require.NoError(t, err)
	return signed
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func request(t testing.TB, method, url string, header map[string]string, body []byte) answer {
	t.Helper()
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	require.NoError(t, err)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response.StatusCode, response.Header, read}
}

func TestRealClient(t *testing.T) {
	server := startServer(t, Options{})
	ctx, bucket := context.Background(), client(t, server).Bucket(bucketName)
	c := client(t, server)

	small, large := content(1000), content(40<<20) // the large one goes in chunks of 16 MiB
	attrs := store(t, c, objectName, small)
	assert.EqualValues(t, 1000, attrs.Size)
	assert.Equal(t, "video/mp4", attrs.ContentType)
	store(t, c, "large.bin", large)

	for name, want := range map[string][]byte{objectName: small, "large.bin": large} {
		reader, err := bucket.Object(name).NewReader(ctx)
		require.NoError(t, err)
		got, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.NoError(t, reader.Close())
		assert.True(t, bytes.Equal(want, got), name)
	}
	read, err := bucket.Object(objectName).Attrs(ctx)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"uploadedBy": "jp-1"}, read.Metadata)
	assert.Equal(t, attrs.Generation, read.Generation)
	assert.WithinDuration(t, time.Now(), read.Created, time.Minute)

	_, err = bucket.Object(objectName).If(gcs.Conditions{DoesNotExist: true}).NewWriter(ctx).Write(nil)
	require.NoError(t, err)
	w := bucket.Object(objectName).If(gcs.Conditions{DoesNotExist: true}).NewWriter(ctx)
	_, _ = w.Write(small)
	require.ErrorContains(t, w.Close(), "412")

	patched, err := bucket.Object(objectName).Update(ctx, gcs.ObjectAttrsToUpdate{CacheControl: "no-store"})
	require.NoError(t, err)
	assert.Equal(t, "no-store", patched.CacheControl)
	var listed []string
	for objects := bucket.Objects(ctx, &gcs.Query{Prefix: "courses/c1/"}); ; {
		next, err := objects.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		require.NoError(t, err)
		listed = append(listed, next.Name)
	}
	assert.Equal(t, []string{objectName}, listed)

	_, err = bucket.Object("copy").CopierFrom(bucket.Object(objectName)).Run(ctx)
	require.NoError(t, err)
	require.NoError(t, bucket.Object("copy").Delete(ctx))
	require.ErrorIs(t, bucket.Object("copy").Delete(ctx), gcs.ErrObjectNotExist)
	_, err = bucket.Object("copy").Attrs(ctx)
	require.ErrorIs(t, err, gcs.ErrObjectNotExist)
	_, err = c.Bucket("no-such-bucket").Attrs(ctx)
	require.ErrorIs(t, err, gcs.ErrBucketNotExist)
	missing := c.Bucket("no-such-bucket").Object("x").NewWriter(ctx)
	require.Error(t, missing.Close())
}

func TestStartRefusals(t *testing.T) {
	server := startServer(t, Options{})
	_, err := Start(context.Background(), Options{Addr: server.Addr()})
	require.ErrorContains(t, err, server.Addr())
	_, err = Start(context.Background(), Options{Addr: "127.0.0.1:0", Buckets: []string{"../x"}})
	require.ErrorContains(t, err, "../x")
	_, err = Start(context.Background(), Options{Addr: "127.0.0.1:0", Notifications: []Notification{{Bucket: "b", Topic: "t"}}})
	require.ErrorContains(t, err, "Notifier")
}

func TestPathsThatWouldLeaveTheBucket(t *testing.T) {
	server := startServer(t, Options{})
	for _, path := range []string{
		"/" + bucketName + "/../../etc/passwd", "/" + bucketName + "/a/%2e%2e/%2e%2e/b", "/" + bucketName + "//a",
		"/storage/v1/b/" + bucketName + "/o/..%2F..%2Fx", "/storage/v1/b/%2e%2e/o/x?alt=media",
		"/download/storage/v1/b/" + bucketName + "/o/..%2fx?alt=media",
	} {
		got := request(t, http.MethodGet, server.URL()+path, map[string]string{"Authorization": "Bearer x"}, nil)
		assert.Equal(t, http.StatusBadRequest, got.status, path)
	}
	for _, name := range []string{"../x", "a/../x", "/x", "a//b", "a/", ".", "a\x00b", strings.Repeat("x", 1025)} {
		got := request(t, http.MethodPost, server.URL()+"/upload/storage/v1/b/"+bucketName+"/o?uploadType=resumable",
			nil, []byte(`{"name":"`+strings.ReplaceAll(name, "\x00", `\u0000`)+`"}`))
		assert.Equal(t, http.StatusBadRequest, got.status, name)
	}
	for _, path := range []string{"/_internal/config", "/_internal/delete_all", "/batch/storage/v1"} {
		got := request(t, http.MethodPost, server.URL()+path, nil, nil)
		assert.Equal(t, http.StatusNotImplemented, got.status, path)
	}
}

func TestSnapshotRestoreReset(t *testing.T) {
	server := startServer(t, Options{})
	c := client(t, server)
	before := store(t, c, objectName, content(500))
	address := openSession(t, server, "half.bin", "")
	require.Equal(t, 308, putChunk(t, address, content(chunkMultiple), "bytes 0-262143/300000").status)
	var snapshot bytes.Buffer
	require.NoError(t, server.Snapshot(&snapshot))
	store(t, c, "later", content(5))

	require.NoError(t, server.Reset())
	_, err := c.Bucket(bucketName).Attrs(context.Background())
	require.NoError(t, err, "the bucket is back")
	_, err = c.Bucket(bucketName).Object(objectName).Attrs(context.Background())
	require.ErrorIs(t, err, gcs.ErrObjectNotExist)
	assert.Equal(t, 404, putChunk(t, address, nil, "bytes */300000").status)

	require.NoError(t, server.Restore(&snapshot))
	after, err := c.Bucket(bucketName).Object(objectName).Attrs(context.Background())
	require.NoError(t, err)
	assert.Equal(t, before.Generation, after.Generation)
	assert.Equal(t, before.MD5, after.MD5)
	_, err = c.Bucket(bucketName).Object("later").Attrs(context.Background())
	require.ErrorIs(t, err, gcs.ErrObjectNotExist)
	assert.Equal(t, "bytes=0-262143", putChunk(t, address, nil, "bytes */300000").header.Get("Range"))

	require.Error(t, server.Restore(strings.NewReader("no archive")))
	_, err = c.Bucket(bucketName).Attrs(context.Background())
	require.NoError(t, err, "empty, but at work")
}

func TestOnlyAllowedOriginsRead(t *testing.T) {
	server := startServer(t, Options{AllowedOrigins: []string{"http://localhost:3000"}})
	for origin, want := range map[string]string{"http://localhost:3000": "http://localhost:3000", "http://evil.example": ""} {
		for _, method := range []string{http.MethodOptions, http.MethodGet} {
			got := request(t, method, server.URL()+"/"+bucketName+"/a", map[string]string{"Origin": origin,
				"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}, nil)
			assert.Equal(t, want, got.header.Get("Access-Control-Allow-Origin"), "%s %s", method, origin)
		}
	}
}

func TestFaults(t *testing.T) {
	var fault Fault
	server := startServer(t, Options{Fault: func(*http.Request) Fault { return fault }})
	url := server.URL() + "/storage/v1/b/" + bucketName
	fault = Fault{Status: 503}
	assert.Equal(t, 503, request(t, http.MethodGet, url, nil, nil).status)
	fault = Fault{LoseResponse: true}
	upload, err := http.NewRequest(http.MethodPost, server.URL()+"/upload/storage/v1/b/"+bucketName+"/o?uploadType=media&name=lost", strings.NewReader("x"))
	require.NoError(t, err)
	_, err = http.DefaultTransport.RoundTrip(upload)
	require.Error(t, err)
	fault = Fault{}
	assert.Equal(t, 200, request(t, http.MethodGet, url+"/o/lost", nil, nil).status, "it was served")
}
