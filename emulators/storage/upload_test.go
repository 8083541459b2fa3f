package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const chunkBytes = chunkMultiple

// openSession opens a resumable upload by the JSON API, as a function does for a browser.
func openSession(t testing.TB, server *Server, name, origin string) string {
	t.Helper()
	got := request(t, http.MethodPost, server.URL()+"/upload/storage/v1/b/"+bucketName+"/o?uploadType=resumable&name="+name,
		map[string]string{"Origin": origin, "Content-Type": "application/json", "X-Upload-Content-Type": "video/mp4",
			"X-Goog-Content-Length-Range": "1,1000000"}, []byte(`{"metadata":{"a":"b"}}`))
	require.Equal(t, 200, got.status, string(got.body))
	return got.header.Get("Location")
}

func putChunk(t testing.TB, address string, body []byte, contentRange string) answer {
	t.Helper()
	return request(t, http.MethodPut, address, map[string]string{"Content-Range": contentRange}, body)
}

func TestResumableUploadSurvivesAnInterruption(t *testing.T) {
	for name, open := range map[string]func(*testing.T, *Server) string{
		"JSON API": func(t *testing.T, server *Server) string { return openSession(t, server, "a/video.mp4", "") },
		"signed POST": func(t *testing.T, server *Server) string {
			headers := map[string]string{"Content-Type": "video/mp4", "X-Goog-Resumable": "start", "X-Goog-Meta-A": "b"}
			signed := sign(t, server, "a/video.mp4", http.MethodPost, func(o *gcs.SignedURLOptions) {
				o.ContentType, o.Headers = "video/mp4", []string{"x-goog-resumable:start", "x-goog-meta-a:b"}
			})
			got := request(t, http.MethodPost, signed, headers, nil)
			require.Equal(t, 201, got.status, string(got.body))
			return got.header.Get("Location")
		},
	} {
		t.Run(name, func(t *testing.T) {
			options := Options{DataDir: t.TempDir()}
			server := startServer(t, options)
			options.Addr = server.Addr()
			body := content(2*chunkBytes + 1000)
			total := strconv.Itoa(len(body))
			address := open(t, server)

			got := putChunk(t, address, nil, "bytes */"+total)
			assert.Equal(t, 308, got.status)
			assert.Empty(t, got.header.Get("Range"))
			got = putChunk(t, address, body[:chunkBytes], fmt.Sprintf("bytes 0-%d/%s", chunkBytes-1, total))
			assert.Equal(t, 308, got.status)
			assert.Equal(t, fmt.Sprintf("bytes=0-%d", chunkBytes-1), got.header.Get("Range"))

			require.NoError(t, server.Close())
			server = startServer(t, options)

			got = putChunk(t, address, nil, "bytes */"+total)
			assert.Equal(t, 308, got.status)
			assert.Equal(t, fmt.Sprintf("bytes=0-%d", chunkBytes-1), got.header.Get("Range"))
			// Half of what is sent now has arrived before.
			got = putChunk(t, address, body, fmt.Sprintf("bytes 0-%d/%s", len(body)-1, total))
			require.Equal(t, 200, got.status, string(got.body))
			var object map[string]any
			require.NoError(t, json.Unmarshal(got.body, &object))
			assert.Equal(t, total, object["size"])
			assert.Equal(t, map[string]any{"a": "b"}, object["metadata"])
			again := putChunk(t, address, nil, "bytes */"+total)
			assert.Equal(t, 200, again.status)
			assert.JSONEq(t, string(got.body), string(again.body), "asked again after the answer was lost")

			read := request(t, http.MethodGet, sign(t, server, "a/video.mp4", http.MethodGet, nil), nil, nil)
			assert.True(t, bytes.Equal(body, read.body))
			assert.Equal(t, "video/mp4", read.header.Get("Content-Type"))
		})
	}
}

func TestBrokenConnectionKeepsWhatArrived(t *testing.T) {
	server := startServer(t, Options{})
	address := openSession(t, server, "cut.bin", "")
	cut := &failingReader{data: content(100_000)}
	r, err := http.NewRequest(http.MethodPut, address, cut)
	require.NoError(t, err)
	r.ContentLength = 300_000
	r.Header.Set("Content-Range", "bytes 0-299999/300000")
	_, err = http.DefaultTransport.RoundTrip(r)
	require.Error(t, err)
	require.Eventually(t, func() bool {
		return putChunk(t, address, nil, "bytes */300000").header.Get("Range") == "bytes=0-99999"
	}, 5*time.Second, 10*time.Millisecond)
	rest := content(300_000)[100_000:]
	assert.Equal(t, 200, putChunk(t, address, rest, "bytes 100000-299999/300000").status)
}

type failingReader struct{ data []byte }

func (f *failingReader) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		return 0, assert.AnError
	}
	n := copy(p, f.data)
	f.data = f.data[n:]
	return n, nil
}

func TestChunkRefusals(t *testing.T) {
	server := startServer(t, Options{})
	for name, test := range map[string]struct {
		body         []byte
		contentRange string
		status       int
	}{
		"gap":                 {content(10), "bytes 5-14/15", 400},
		"not a multiple":      {content(10), "bytes 0-9/100", 400},
		"too large":           {nil, "bytes */1000001", 400},
		"too large unknown":   {content(4 * chunkBytes), fmt.Sprintf("bytes 0-%d/*", 4*chunkBytes-1), 400},
		"lengths differ":      {content(10), "bytes 0-10/11", 400},
		"no range":            {content(10), "bytes", 400},
		"inverted":            {content(10), "bytes 9-0/10", 400},
		"beyond its total":    {content(10), "bytes 0-9/5", 400},
		"empty, but at least": {nil, "bytes */0", 400},
	} {
		t.Run(name, func(t *testing.T) {
			address := openSession(t, server, "refused.bin", "")
			assert.Equal(t, test.status, putChunk(t, address, test.body, test.contentRange).status)
		})
	}
	t.Run("other total", func(t *testing.T) {
		address := openSession(t, server, "refused.bin", "")
		assert.Equal(t, 308, putChunk(t, address, nil, "bytes */10").status)
		assert.Equal(t, 400, putChunk(t, address, nil, "bytes */11").status)
	})
	t.Run("wrong hash", func(t *testing.T) {
		address := openSession(t, server, "refused.bin", "")
		got := request(t, http.MethodPut, address, map[string]string{"X-Goog-Hash": "crc32c=AAAAAA=="}, content(10))
		assert.Equal(t, 400, got.status)
	})
	t.Run("cancelled", func(t *testing.T) {
		address := openSession(t, server, "refused.bin", "")
		assert.Equal(t, 499, request(t, http.MethodDelete, address, nil, nil).status)
		assert.Equal(t, 404, putChunk(t, address, nil, "bytes */10").status)
	})
	t.Run("unknown", func(t *testing.T) {
		assert.Equal(t, 404, putChunk(t, server.URL()+"/upload/storage/v1/b/b/o?upload_id=x", nil, "bytes */10").status)
	})
	_, found := server.attributes(bucketName, "refused.bin")
	assert.False(t, found)
}

func TestOneOfManyUploadsOfANewObjectWins(t *testing.T) {
	server := startServer(t, Options{})
	statuses := make(chan int, 10)
	var group sync.WaitGroup
	for i := range 10 {
		got := request(t, http.MethodPost, server.URL()+"/upload/storage/v1/b/"+bucketName+"/o?uploadType=resumable&name=new&ifGenerationMatch=0", nil, nil)
		group.Go(func() { statuses <- putChunk(t, got.header.Get("Location"), content(100+i), "").status })
	}
	group.Wait()
	close(statuses)
	counts := map[int]int{}
	for status := range statuses {
		counts[status]++
	}
	assert.Equal(t, map[int]int{200: 1, 412: 9}, counts)
}

func TestTheLastChunkSentManyTimesAtOnce(t *testing.T) {
	sink := &topic{}
	options := notified()
	options.Notifier = sink
	server := startServer(t, options)
	address := openSession(t, server, "once.bin", "")
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { assert.Equal(t, 200, putChunk(t, address, content(100), "bytes 0-99/100").status) })
	}
	group.Wait()
	waitDelivered(t, server)
	assert.Equal(t, []string{"OBJECT_FINALIZE once.bin"}, sink.events())
}

func TestSessionsEndAfterAWeek(t *testing.T) {
	options := Options{DataDir: t.TempDir()}
	server := startServer(t, options)
	options.Addr = server.Addr()
	address := openSession(t, server, "late.bin", "")
	upload := server.sessions.byID[parseUploadID(t, address)]
	upload.CreatedAt = time.Now().Add(-sessionLifetime - time.Minute)
	require.NoError(t, server.sessions.save(upload))
	assert.Equal(t, http.StatusGone, putChunk(t, address, nil, "bytes */10").status)
	require.NoError(t, server.Close())
	startServer(t, options)
	assert.Equal(t, http.StatusNotFound, putChunk(t, address, nil, "bytes */10").status)
}

func TestFileSystemWithoutExtendedAttributes(t *testing.T) {
	server := startServer(t, Options{})
	server.extended = false
	address := openSession(t, server, "copied.bin", "")
	require.Equal(t, 200, putChunk(t, address, content(1000), "bytes 0-999/1000").status)
	read := request(t, http.MethodGet, sign(t, server, "copied.bin", http.MethodGet, nil), nil, nil)
	assert.True(t, bytes.Equal(content(1000), read.body))
	assert.Equal(t, "video/mp4", read.header.Get("Content-Type"))
}

func TestSessionBelongsToItsOrigin(t *testing.T) {
	server := startServer(t, Options{})
	address := openSession(t, server, "browser.bin", "http://localhost:3000")
	preflight := func(origin string) string {
		return request(t, http.MethodOptions, address, map[string]string{"Origin": origin,
			"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-range"}, nil).header.Get("Access-Control-Allow-Origin")
	}
	assert.Equal(t, "http://localhost:3000", preflight("http://localhost:3000"))
	assert.Empty(t, preflight("http://evil.example"))
	got := request(t, http.MethodPut, address, map[string]string{"Origin": "http://localhost:3000", "Content-Range": "bytes */10"}, nil)
	assert.Equal(t, "http://localhost:3000", got.header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, got.header.Get("Access-Control-Expose-Headers"), "Range")
}

func FuzzParseContentRange(f *testing.F) {
	for _, seed := range []string{"bytes 0-5/10", "bytes 0-5/*", "bytes */10", "bytes */*", "bytes 5-0/1", "bytes -1-2/3", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		parsed, err := parseContentRange(header)
		if err != nil || parsed.isQuery() {
			return
		}
		assert.GreaterOrEqual(t, parsed.first, int64(0))
		if parsed.last != unknown {
			assert.GreaterOrEqual(t, parsed.last, parsed.first)
		}
	})
}
