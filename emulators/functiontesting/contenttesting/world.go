// Package contenttesting gives tests of the Content service's functions media to work on.
package contenttesting

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/storage"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/content/contentstorage"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
)

// Origin is that of the browser that uploads.
const Origin = "https://app.example"

// World is the Content service with an item of a course, its tutor, another one, a
// learner who has the course and one who has not.
type World struct {
	Issuer             *authtest.Issuer // of user tokens
	Services           *authtest.Issuer // of the tokens of pushes
	Store              contentdb.Store
	TutorID, LearnerID string
	Tutor, OtherTutor  string // tokens
	Learner, Other     string // tokens
	CourseID, ItemID   string
	library            *content.Library
	finalizer          *content.Finalizer
}

// media is the storage of the test process, with what it notified of.
var media struct {
	once   sync.Once
	err    error
	mu     sync.Mutex
	notice map[string]Notice // by object
}

// Notice is a notification of an object.
type Notice struct {
	Data       []byte
	Attributes map[string]string
}

// New makes a world. Its people and its course are new, so that worlds in one process keep
// apart; the storage is one, since functions keep their client.
func New(t testing.TB) *World {
	t.Helper()
	media.once.Do(func() { media.err = start() })
	require.NoError(t, media.err)
	require.NoError(t, os.Setenv("PAGE_TOKEN_KEY", "a key for tests, 16 bytes at least"))
	issuer, services := authtest.New(t), authtest.New(t)
	issuer.UseForUsers(t)
	services.UseForServices(t)
	store := contentdb.Store{Client: functiontesting.Database(t, "content", contentdb.Schema())}
	objects, err := contentstorage.Open(t.Context())
	require.NoError(t, err)
	id := func() string { return "jp-" + uuid.NewString() }
	w := &World{
		Issuer: issuer, Services: services, Store: store, TutorID: id(), LearnerID: id(), CourseID: id(), ItemID: id(),
		library:   &content.Library{Store: store, Storage: objects, Clock: clock.Wall{}, BucketTemplate: "kwipper-media-{country}"},
		finalizer: &content.Finalizer{Store: store, Objects: objects, Clock: clock.Wall{}},
	}
	w.Tutor = issuer.User(t, w.TutorID, auth.RoleLearner, auth.RoleTutor)
	w.OtherTutor = issuer.User(t, id(), auth.RoleLearner, auth.RoleTutor)
	w.Learner, w.Other = issuer.User(t, w.LearnerID, auth.RoleLearner), issuer.User(t, id(), auth.RoleLearner)
	w.Enroll(t, w.LearnerID, w.CourseID, time.Now().Add(time.Hour))
	return w
}

func start() error {
	const signer = "media@test.iam.gserviceaccount.com"
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	media.notice = map[string]Notice{}
	server, err := storage.Start(context.Background(), storage.Options{
		Addr: "127.0.0.1:0", Buckets: []string{"kwipper-media-jp"}, SigningKeys: map[string]*rsa.PublicKey{signer: &key.PublicKey},
		Notifications: []storage.Notification{{Bucket: "kwipper-media-jp", Topic: "uploads", EventTypes: []string{storage.EventFinalize}}},
		Notifier:      storage.NotifierFunc(keep),
	})
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"STORAGE_EMULATOR_HOST": server.Addr(), "MEDIA_SIGNER_EMAIL": signer, "MEDIA_BUCKET_TEMPLATE": "kwipper-media-{country}",
		"MEDIA_SIGNER_KEY": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

func keep(_ context.Context, _ string, data []byte, attributes map[string]string) error {
	media.mu.Lock()
	defer media.mu.Unlock()
	media.notice[attributes["objectId"]] = Notice{Data: data, Attributes: attributes}
	return nil
}

// Notified waits for the notification of a content's object.
func Notified(t testing.TB, c content.Content) Notice {
	t.Helper()
	var found Notice
	require.Eventually(t, func() bool {
		media.mu.Lock()
		defer media.mu.Unlock()
		var ok bool
		found, ok = media.notice[c.Object]
		return ok
	}, 20*time.Second, time.Millisecond)
	return found
}

// Enroll gives a user a course until a time.
func (w *World) Enroll(t testing.TB, userID, courseID string, until time.Time) {
	t.Helper()
	body, err := json.Marshal(message.Enrollment{SubscriptionID: "jp-" + uuid.NewString(), UserID: userID, CourseID: courseID, Country: "jp", AccessUntil: until})
	require.NoError(t, err)
	_, err = w.Store.Grant(t.Context(), message.Command{Version: 1, Saga: "jp-" + uuid.NewString(), Step: "Grant", Service: message.Content,
		Name: message.GrantContentAccessCommand, Country: "jp", StartTime: time.Now(), Body: body}, decoded(t, body))
	require.NoError(t, err)
}

func decoded(t testing.TB, body []byte) (e message.Enrollment) {
	t.Helper()
	require.NoError(t, json.Unmarshal(body, &e))
	return e
}

// Movie is n bytes that a browser takes for an MP4 video.
func Movie(n int) []byte {
	head := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42")
	return append(head, bytes.Repeat([]byte{7}, n-len(head))...)
}

// Draft makes a video of the tutor's that awaits its upload.
func (w *World) Draft(t testing.TB, sizeBytes int) content.Content {
	t.Helper()
	c, err := w.library.Create(t.Context(), idempotency.NewKey(w.TutorID, "test", "jp", uuid.NewString(), "", nil), content.Draft{
		CourseID: w.CourseID, ItemID: w.ItemID, OwnerID: w.TutorID, Origin: Origin, Kind: content.Video, Filename: "レッスン.mp4",
		MimeType: "video/mp4", SizeBytes: int64(sizeBytes), DurationSeconds: 3,
	})
	require.NoError(t, err)
	return c
}

// Published makes a video of the tutor's that is uploaded and published.
func (w *World) Published(t testing.TB, data []byte) content.Content {
	t.Helper()
	c := w.Draft(t, len(data))
	Upload(t, c.UploadURI, data)
	var o struct {
		Generation int64 `json:",string"`
	}
	require.NoError(t, json.Unmarshal(Notified(t, c).Data, &o))
	require.NoError(t, w.finalizer.Finalize(t.Context(), content.Uploaded{Bucket: c.Bucket, Object: c.Object, Generation: o.Generation, SizeBytes: c.SizeBytes}))
	c, err := w.Store.ChangeContent(t.Context(), c.CourseID, c.ItemID, c.ID, func(c *content.Content) error { c.Published = true; return nil })
	require.NoError(t, err)
	require.Equal(t, content.Ready, c.State)
	return c
}

// PublishItem gives an item of a course a published video, without its bytes.
func (w *World) PublishItem(t testing.TB, courseID, itemID string) {
	t.Helper()
	id := "jp-" + uuid.NewString()
	_, err := w.Store.CreateContent(t.Context(), idempotency.NewKey(w.TutorID, "test", "jp", id, "", nil), courseID, itemID,
		func(_ context.Context, revision int) (content.Content, error) {
			return content.Content{
				ID: id, CourseID: courseID, ItemID: itemID, OwnerID: w.TutorID, Country: "jp", Kind: content.Video, State: content.Ready,
				Published: true, Filename: "f.mp4", MimeType: "video/mp4", SizeBytes: 9, Revision: revision, Bucket: "none", Object: id,
				CreateTime: time.Now(), UpdateTime: time.Now(),
			}, nil
		})
	require.NoError(t, err)
}

// Upload sends data as a browser does.
func Upload(t testing.TB, uri string, data []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, uri, bytes.NewReader(data))
	require.NoError(t, err)
	request.Header.Set("Origin", Origin)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// Path returns the path of the item's contents with what follows it.
func (w *World) Path(suffix string) string {
	return "/v1/courses/" + w.CourseID + "/items/" + w.ItemID + "/contents" + suffix
}
