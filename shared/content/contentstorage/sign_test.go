package contentstorage_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
)

func key(t *testing.T, name string) idempotency.Key {
	return idempotency.NewKey("uid", "CreateContent", "jp", t.Name()+name, "/p", nil)
}

func TestWhoMaySeeWhat(t *testing.T) {
	w := newWorld(t)
	published := w.ready(movie(100))
	draft := w.create(video(100))
	foreign := video(100)
	foreign.OwnerID = "jp-stranger"
	strange := w.create(foreign)
	w.enroll("jp-learner", time.Hour)

	see := func(userID string) []string {
		visible, _, err := w.library.Visible(t.Context(), userID, course, item)
		require.NoError(t, err)
		var ids []string
		for _, c := range visible {
			ids = append(ids, c.ID)
		}
		return ids
	}
	assert.ElementsMatch(t, []string{published.ID, draft.ID}, see("jp-tutor"), "not what a stranger uploads to their course")
	assert.Equal(t, []string{published.ID}, see("jp-learner"))
	assert.Equal(t, []string{strange.ID}, see("jp-stranger"), "only their own")
	_, _, err := w.library.Visible(t.Context(), "jp-nobody", course, item)
	assert.Equal(t, "SUBSCRIPTION_REQUIRED", fault.ReasonOf(err))
	_, err = w.library.Get(t.Context(), "jp-learner", course, item, draft.ID)
	assert.True(t, fault.Is(err, fault.NotFound))
	_, err = w.library.Get(t.Context(), "jp-nobody", course, item, draft.ID)
	assert.Equal(t, "SUBSCRIPTION_REQUIRED", fault.ReasonOf(err))

	w.clock.SetOffset(w.clock.Offset() + time.Hour)
	_, _, err = w.library.Visible(t.Context(), "jp-learner", course, item)
	assert.Equal(t, "SUBSCRIPTION_REQUIRED", fault.ReasonOf(err), "access ends by business time")
}

func TestASignedURLGivesTheVeryBytesAndRanges(t *testing.T) {
	w := newWorld(t)
	data := movie(1000)
	c := w.ready(data)
	w.enroll("jp-learner", 24*time.Hour)
	signed, err := w.library.Sign(t.Context(), "jp-learner", course, item)
	require.NoError(t, err)
	require.Len(t, signed, 1)
	assert.Equal(t, c.Name(), signed[0].Name)
	assert.InDelta(t, content.MaxURLLife.Seconds(), time.Until(signed[0].ExpireTime).Seconds(), 5, "machine time, four hours at most")

	response, body := do(t, http.MethodGet, signed[0].URI, nil, map[string]string{"Origin": origin})
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, data, body)
	assert.Equal(t, "video/mp4", response.Header.Get("Content-Type"))
	assert.NotEmpty(t, response.Header.Get("Access-Control-Allow-Origin"))
	response, body = do(t, http.MethodGet, signed[0].URI, nil, map[string]string{"Range": "bytes=10-19"})
	assert.Equal(t, http.StatusPartialContent, response.StatusCode)
	assert.Equal(t, data[10:20], body)
	response, _ = do(t, http.MethodGet, signed[0].DownloadURI, nil, nil)
	assert.Contains(t, response.Header.Get("Content-Disposition"), "attachment")
	assert.Contains(t, response.Header.Get("Content-Disposition"), url.PathEscape("レッスン"))
}

func TestWhatABrowserWouldRunIsNeverOpenedInPlace(t *testing.T) {
	w := newWorld(t)
	page := []byte("<html><script>1</script></html>")
	c := w.create(content.Draft{Kind: content.File, Filename: "page.html", MimeType: "text/HTML", SizeBytes: int64(len(page))})
	w.upload(c, page)
	_, err := w.store.ChangeContent(t.Context(), course, item, c.ID, func(c *content.Content) error { c.State = content.Ready; return nil })
	require.NoError(t, err)
	signed, err := w.library.Sign(t.Context(), "jp-tutor", course, item)
	require.NoError(t, err)
	require.Len(t, signed, 1)
	response, _ := do(t, http.MethodGet, signed[0].URI, nil, nil)
	assert.Contains(t, response.Header.Get("Content-Disposition"), "attachment")

	_, err = w.library.Create(t.Context(), key(t, "dots"), content.Draft{CourseID: course, ItemID: item, Kind: content.File, Filename: "..", MimeType: "text/plain", SizeBytes: 1})
	f, _ := fault.Of(err)
	require.NotNil(t, f)
	assert.Equal(t, "filename", f.Fields[0].Name)
}

func TestASignedURLCannotBeAlteredAndServesOneObject(t *testing.T) {
	w := newWorld(t)
	mine, other := w.ready(movie(100)), w.ready(movie(200))
	signed, err := w.library.Sign(t.Context(), "jp-tutor", course, item)
	require.NoError(t, err)
	uri := ""
	for _, s := range signed {
		if s.Name == mine.Name() {
			uri = s.URI
		}
	}
	u, err := url.Parse(uri)
	require.NoError(t, err)
	with := func(name, value string) string {
		altered, query := *u, u.Query()
		query.Set(name, value)
		altered.RawQuery = query.Encode()
		return altered.String()
	}
	for name, altered := range map[string]string{
		"another object":     strings.Replace(uri, mine.ID, other.ID, 1),
		"a longer life":      with("X-Goog-Expires", "604800"),
		"a later date":       with("X-Goog-Date", time.Now().Add(time.Hour).UTC().Format("20060102T150405Z")),
		"another type":       with("response-content-type", "text/html"),
		"a parameter more":   with("response-content-disposition", "inline"),
		"another signature":  with("X-Goog-Signature", strings.Repeat("00", 256)),
		"no signature":       strings.Split(uri, "?")[0],
		"a step out of it":   strings.Replace(uri, mine.ID, "x/../"+mine.ID, 1),
		"another credential": with("X-Goog-Credential", "somebody@test/20270101/auto/storage/goog4_request"),
	} {
		response, _ := do(t, http.MethodGet, altered, nil, nil)
		assert.Contains(t, []int{400, 401, 403}, response.StatusCode, name)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPost} {
		response, _ := do(t, method, uri, []byte("x"), nil)
		assert.GreaterOrEqual(t, response.StatusCode, 400, method)
	}
	response, body := do(t, http.MethodGet, uri, nil, nil)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Len(t, body, 100)
}

func TestASignedURLLivesNoLongerThanAccess(t *testing.T) {
	w := newWorld(t)
	w.ready(movie(100))
	w.enroll("jp-hour", time.Hour)
	signed, err := w.library.Sign(t.Context(), "jp-hour", course, item)
	require.NoError(t, err)
	assert.LessOrEqual(t, time.Until(signed[0].ExpireTime), time.Hour)
	assert.Greater(t, time.Until(signed[0].ExpireTime), 59*time.Minute)

	w.enroll("jp-last", 4*time.Second)
	signed, err = w.library.Sign(t.Context(), "jp-last", course, item)
	require.NoError(t, err)
	over := time.Now().Add(4 * time.Second)
	status := func() (served bool, asked time.Time) {
		asked = time.Now()
		response, _ := do(t, http.MethodGet, signed[0].URI, nil, nil)
		return response.StatusCode == http.StatusOK, asked
	}
	require.Eventually(t, func() bool {
		served, asked := status()
		assert.True(t, served || time.Now().After(signed[0].ExpireTime), "it works as long as was promised")
		assert.False(t, served && asked.After(over), "it works when access is over")
		return !served
	}, wait, 50*time.Millisecond)
	require.Eventually(t, func() bool { return time.Now().After(over) }, wait, 50*time.Millisecond)
	_, err = w.library.Sign(t.Context(), "jp-last", course, item)
	assert.Equal(t, "SUBSCRIPTION_REQUIRED", fault.ReasonOf(err))
}
