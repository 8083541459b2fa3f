package contentstorage_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/emulators/storage"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/content/contentstorage"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
)

const (
	bucket = "kwipper-media-jp"
	signer = "media@test.iam.gserviceaccount.com"
	origin = "https://app.example"
	course = "jp-00000000-0000-4000-8000-00000000000c"
	item   = "jp-00000000-0000-4000-8000-000000000001"
	wait   = 20 * time.Second
)

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// world is the content service over a database and a storage of its own, whose
// notifications are kept.
type world struct {
	t         *testing.T
	store     contentdb.Store
	library   *content.Library
	finalizer *content.Finalizer
	clock     *clock.Travel
	keys      int

	mu      sync.Mutex
	notices []content.Uploaded
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, clock: &clock.Travel{}, store: contentdb.Store{Client: spannertesting.NewDatabase(t, contentdb.Schema()...)}}
	w.clock.SetOffset(1000 * time.Hour) // business time is not the machine's
	server, err := storage.Start(context.Background(), storage.Options{
		Addr: "127.0.0.1:0", Buckets: []string{bucket}, SigningKeys: map[string]*rsa.PublicKey{signer: &signingKey().PublicKey},
		Notifications: []storage.Notification{{Bucket: bucket, Topic: "uploads", EventTypes: []string{storage.EventFinalize}}},
		Notifier:      storage.NotifierFunc(w.notify),
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	t.Setenv("STORAGE_EMULATOR_HOST", server.Addr())
	t.Setenv("MEDIA_SIGNER_EMAIL", signer)
	t.Setenv("MEDIA_SIGNER_KEY", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(signingKey())})))
	objects, err := contentstorage.Open(t.Context())
	require.NoError(t, err)
	w.library = &content.Library{Store: w.store, Storage: objects, Clock: w.clock, BucketTemplate: "kwipper-media-{country}"}
	w.finalizer = &content.Finalizer{Store: w.store, Objects: objects, Clock: w.clock}
	return w
}

func (w *world) notify(_ context.Context, _ string, data []byte, _ map[string]string) error {
	var o struct{ Bucket, Name, Generation, Size string }
	if err := json.Unmarshal(data, &o); err != nil {
		return err
	}
	generation, _ := strconv.ParseInt(o.Generation, 10, 64)
	size, _ := strconv.ParseInt(o.Size, 10, 64)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices = append(w.notices, content.Uploaded{Bucket: o.Bucket, Object: o.Name, Generation: generation, SizeBytes: size})
	return nil
}

// notice returns the nth notification that came.
func (w *world) notice(n int) content.Uploaded {
	w.t.Helper()
	require.Eventually(w.t, func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.notices) > n }, wait, time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notices[n]
}

func (w *world) create(d content.Draft) content.Content {
	w.t.Helper()
	w.keys++
	d.CourseID, d.ItemID, d.Origin = course, item, origin
	if d.OwnerID == "" {
		d.OwnerID = "jp-tutor"
	}
	c, err := w.library.Create(w.t.Context(), idempotency.NewKey("uid", "CreateContent", "jp", fmt.Sprint(w.keys), "/p", nil), d)
	require.NoError(w.t, err)
	return c
}

// movie is what a browser takes for an MP4 video.
func movie(n int) []byte {
	head := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42")
	return append(head, bytes.Repeat([]byte{7}, n-len(head))...)
}

func video(n int) content.Draft {
	return content.Draft{Kind: content.Video, Filename: "レッスン.mp4", MimeType: "video/mp4", SizeBytes: int64(n)}
}

func do(t *testing.T, method, address string, body []byte, header map[string]string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	require.NoError(t, err)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answered, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, answered
}

// upload sends data in one request.
func (w *world) upload(c content.Content, data []byte) {
	w.t.Helper()
	response, body := do(w.t, http.MethodPut, c.UploadURI, data, map[string]string{"Origin": origin})
	require.Equal(w.t, http.StatusOK, response.StatusCode, "%s", body)
}

func (w *world) get(id string) content.Content {
	w.t.Helper()
	c, err := w.store.Content(w.t.Context(), course, item, id)
	require.NoError(w.t, err)
	return c
}

// ready creates, uploads and checks a video, and publishes it.
func (w *world) ready(data []byte) content.Content {
	w.t.Helper()
	c := w.create(video(len(data)))
	w.upload(c, data)
	w.mu.Lock()
	n := len(w.notices)
	w.mu.Unlock()
	w.notice(max(n-1, 0))
	require.Eventually(w.t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, u := range w.notices {
			if u.Object == c.Object {
				return w.finalizer.Finalize(w.t.Context(), u) == nil
			}
		}
		return false
	}, wait, time.Millisecond)
	c, err := w.store.ChangeContent(w.t.Context(), course, item, c.ID, func(c *content.Content) error { c.Published = true; return nil })
	require.NoError(w.t, err)
	require.Equal(w.t, content.Ready, c.State)
	return c
}

// enroll gives a learner the course for so long.
func (w *world) enroll(userID string, life time.Duration) {
	w.t.Helper()
	body, err := json.Marshal(message.Enrollment{
		SubscriptionID: "jp-s-" + userID, UserID: userID, CourseID: course, Country: "jp", AccessUntil: w.clock.Now().Add(life),
	})
	require.NoError(w.t, err)
	p := content.Participant{Store: w.store, Clock: w.clock}
	_, err = p.Handle(w.t.Context(), message.Command{Version: 1, Saga: "saga-" + userID, Step: "Grant", Service: message.Content,
		Name: message.GrantContentAccessCommand, Country: "jp", StartTime: w.clock.Now(), Body: body})
	require.NoError(w.t, err)
}
