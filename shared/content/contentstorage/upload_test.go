package contentstorage_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentstorage"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/storageclient"
)

func TestAnUploadInChunksBecomesReady(t *testing.T) {
	w := newWorld(t)
	const chunk = 256 << 10
	data := movie(2*chunk + 1000)
	c := w.create(video(len(data)))
	assert.Equal(t, content.AwaitingUpload, c.State)
	assert.Equal(t, course+"/"+item+"/1/"+c.ID, c.Object)
	header := map[string]string{"Origin": origin}
	for from := 0; from < len(data); from += chunk {
		to := min(from+chunk, len(data))
		header["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(data))
		response, body := do(t, http.MethodPut, c.UploadURI, data[from:to], header)
		assert.Equal(t, origin, response.Header.Get("Access-Control-Allow-Origin"))
		if to == len(data) {
			require.Equal(t, http.StatusOK, response.StatusCode, "%s", body)
			break
		}
		require.Equal(t, http.StatusPermanentRedirect, response.StatusCode, "%s", body)
		header["Content-Range"] = fmt.Sprintf("bytes */%d", len(data)) // as who resumes asks
		response, _ = do(t, http.MethodPut, c.UploadURI, nil, header)
		assert.Equal(t, http.StatusPermanentRedirect, response.StatusCode)
		assert.Equal(t, fmt.Sprintf("bytes=0-%d", to-1), response.Header.Get("Range"))
	}
	u := w.notice(0)
	assert.EqualValues(t, len(data), u.SizeBytes)
	var group sync.WaitGroup
	for range 5 { // notified five times at once
		group.Go(func() { assert.NoError(t, w.finalizer.Finalize(t.Context(), u)) })
	}
	group.Wait()
	done := w.get(c.ID)
	assert.Equal(t, content.Ready, done.State)
	assert.Equal(t, u.Generation, done.Generation)
	require.NoError(t, w.finalizer.Finalize(t.Context(), u))
	assert.Equal(t, done, w.get(c.ID), "a late duplicate changes nothing")
	older := u
	older.Generation, older.SizeBytes = u.Generation-1, 1
	require.NoError(t, w.finalizer.Finalize(t.Context(), older))
	assert.Equal(t, done, w.get(c.ID), "nor does one of an earlier upload")
}

func TestWhatIsNotWhatWasAnnouncedFails(t *testing.T) {
	for name, test := range map[string]struct {
		draft  content.Draft
		data   []byte
		reason string
	}{
		"fewer bytes": {video(2000), movie(1000), "2000 bytes were announced and 1000 uploaded"},
		"no video":    {video(12), []byte("<html></html>")[:12], "the bytes are not video/mp4 but text/html; charset=utf-8"},
		"other video": {video(20), []byte("\x1A\x45\xDF\xA3 and so on 012345")[:20], "the bytes are not video/mp4 but video/webm"},
		"no PDF": {
			content.Draft{Kind: content.File, Filename: "a.pdf", MimeType: "application/pdf", SizeBytes: 5}, []byte("hello"),
			"the bytes are not a PDF but text/plain; charset=utf-8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c := w.create(test.draft)
			w.put(c, test.data)
			require.NoError(t, w.finalizer.Finalize(t.Context(), w.notice(0)))
			failed := w.get(c.ID)
			assert.Equal(t, content.Failed, failed.State)
			assert.Equal(t, test.reason, failed.FailureReason)
			signed, err := w.library.Sign(t.Context(), "jp-tutor", course, item)
			require.NoError(t, err)
			assert.Empty(t, signed)
		})
	}
}

// put writes data as the object of c through a session that was not announced, since the
// storage itself refuses what a session did not announce.
func (w *world) put(c content.Content, data []byte) {
	w.t.Helper()
	client, err := storageclient.Open(w.t.Context())
	require.NoError(w.t, err)
	uri, err := client.OpenUpload(w.t.Context(), storageclient.Upload{
		Bucket: c.Bucket, Object: c.Object, ContentType: c.MimeType, SizeBytes: int64(len(data)), Origin: origin,
	})
	require.NoError(w.t, err)
	c.UploadURI = uri
	w.upload(c, data)
}

func TestAPDFAndAnyOtherFileAreReady(t *testing.T) {
	w := newWorld(t)
	for i, d := range []content.Draft{
		{Kind: content.File, Filename: "a.pdf", MimeType: "application/pdf", SizeBytes: 8},
		{Kind: content.File, Filename: "a.csv", MimeType: "text/csv", SizeBytes: 8},
	} {
		c := w.create(d)
		w.upload(c, []byte("%PDF-1.7"))
		require.NoError(t, w.finalizer.Finalize(t.Context(), w.notice(i)))
		assert.Equal(t, content.Ready, w.get(c.ID).State)
	}
}

func TestAnUploadToADeletedContentIsRemoved(t *testing.T) {
	w := newWorld(t)
	objects, err := contentstorage.Open(t.Context())
	require.NoError(t, err)
	gone := func(c content.Content) {
		t.Helper()
		_, err := objects.Head(t.Context(), c.Bucket, c.Object, 1)
		assert.True(t, fault.Is(err, fault.NotFound), "%v", err)
	}
	c := w.create(video(100))
	require.NoError(t, w.library.Delete(t.Context(), "jp-tutor", course, item, c.ID, ""))
	w.upload(c, movie(100)) // the browser was still at it
	require.NoError(t, w.finalizer.Finalize(t.Context(), w.notice(0)))
	gone(c)

	c = w.create(video(100))
	w.upload(c, movie(100))
	_, err = w.store.ChangeContent(t.Context(), course, item, c.ID, func(c *content.Content) error { c.State = content.Deleted; return nil })
	require.NoError(t, err)
	require.NoError(t, w.finalizer.Finalize(t.Context(), w.notice(1)), "deleted half way")
	gone(c)
	require.NoError(t, w.library.Delete(t.Context(), "jp-tutor", course, item, c.ID, ""), "the deletion goes on where it stopped")

	c = w.create(video(100))
	w.upload(c, movie(100))
	u := w.notice(2)
	require.NoError(t, objects.Delete(t.Context(), c.Bucket, c.Object))
	require.NoError(t, w.finalizer.Finalize(t.Context(), u))
	assert.Equal(t, content.Failed, w.get(c.ID).State)
}

func TestDeleteIsItsUploadersAndChecksTheEtag(t *testing.T) {
	w := newWorld(t)
	c := w.ready(movie(100))
	err := w.library.Delete(t.Context(), "jp-other", course, item, c.ID, "")
	assert.True(t, fault.Is(err, fault.PermissionDenied))
	err = w.library.Delete(t.Context(), "jp-tutor", course, item, c.ID, "old")
	assert.Equal(t, "ETAG_MISMATCH", fault.ReasonOf(err))
	err = w.library.Delete(t.Context(), "jp-tutor", course, item, "jp-none", "")
	assert.True(t, fault.Is(err, fault.PermissionDenied))
	require.NoError(t, w.library.Delete(t.Context(), "jp-tutor", course, item, c.ID, c.Etag()))
}

func TestDraftsThatNobodyCouldPlayAreRefused(t *testing.T) {
	w := newWorld(t)
	for field, d := range map[string]content.Draft{
		"mimeType": {CourseID: course, ItemID: item, Kind: content.Video, Filename: "a.avi", MimeType: "video/avi", SizeBytes: 1},
		"filename": {CourseID: course, ItemID: item, Kind: content.File, Filename: "a\nb", MimeType: "text/csv", SizeBytes: 1},
	} {
		_, err := w.library.Create(t.Context(), key(t, field), d)
		f, ok := fault.Of(err)
		require.True(t, ok)
		assert.Equal(t, field, f.Fields[0].Name)
	}
}
