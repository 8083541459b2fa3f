package storage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/killtesting"
)

func TestMain(m *testing.M) {
	killtesting.Main(m, func(dir string) (string, error) {
		server, err := Start(context.Background(), Options{Addr: "127.0.0.1:0", DataDir: dir, Buckets: []string{bucketName}})
		if err != nil {
			return "", err
		}
		return server.Addr(), nil
	})
}

func TestUploadGoesOnAfterKill(t *testing.T) {
	dir := t.TempDir()
	addr, kill := killtesting.Start(t, dir)
	body := content(3*chunkBytes + 17)
	got := request(t, http.MethodPost, "http://"+addr+"/upload/storage/v1/b/"+bucketName+"/o?uploadType=resumable&name=killed.bin", nil, nil)
	require.Equal(t, 200, got.status)
	address := got.header.Get("Location")
	total := len(body)
	require.Equal(t, 308, putChunk(t, address, body[:chunkBytes], fmt.Sprintf("bytes 0-%d/%d", chunkBytes-1, total)).status)

	// The rest is under way, and not at its end, when the process is killed.
	reader, writer := io.Pipe()
	rest, err := http.NewRequest(http.MethodPut, address, reader)
	require.NoError(t, err)
	rest.ContentLength = int64(total - chunkBytes)
	rest.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", chunkBytes, total-1, total))
	sent := make(chan error, 1)
	go func() {
		_, err := http.DefaultTransport.RoundTrip(rest)
		sent <- err
	}()
	_, err = writer.Write(body[chunkBytes : 2*chunkBytes])
	require.NoError(t, err)
	kill()
	_ = writer.CloseWithError(io.ErrClosedPipe)
	require.Error(t, <-sent)

	restarted, kill := killtesting.Start(t, dir)
	defer kill()
	address = strings.Replace(address, addr, restarted, 1)
	got = putChunk(t, address, nil, fmt.Sprintf("bytes */%d", total))
	require.Equal(t, 308, got.status)
	var last int
	_, err = fmt.Sscanf(got.header.Get("Range"), "bytes=0-%d", &last)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, last, chunkBytes-1, "what was acknowledged is there")
	got = putChunk(t, address, body[last+1:], fmt.Sprintf("bytes %d-%d/%d", last+1, total-1, total))
	require.Equal(t, 200, got.status, string(got.body))
	kill()

	again, _ := killtesting.Start(t, dir)
	read := request(t, http.MethodGet, "http://"+again+"/"+bucketName+"/killed.bin", map[string]string{"Authorization": "Bearer t"}, nil)
	assert.True(t, bytes.Equal(body, read.body), "the object is whole after a second kill")
}

func BenchmarkUploadAndRead(b *testing.B) {
	server := startServer(b, Options{})
	body := content(10 << 20)
	b.SetBytes(int64(2 * len(body)))
	for i := 0; b.Loop(); i++ {
		name := fmt.Sprintf("bench/%d", i)
		got := request(b, http.MethodPost, server.URL()+"/upload/storage/v1/b/"+bucketName+"/o?uploadType=media&name="+name, nil, body)
		require.Equal(b, 200, got.status)
		read := request(b, http.MethodGet, server.URL()+"/"+bucketName+"/"+name, map[string]string{"Authorization": "Bearer t"}, nil)
		require.Len(b, read.body, len(body))
	}
}

func BenchmarkSignedGet(b *testing.B) {
	server := startServer(b, Options{})
	require.Equal(b, 200, request(b, http.MethodPost, server.URL()+"/upload/storage/v1/b/"+bucketName+"/o?uploadType=media&name=a", nil, content(1000)).status)
	signed := sign(b, server, "a", http.MethodGet, nil)
	started := time.Now()
	for b.Loop() {
		require.Equal(b, 200, request(b, http.MethodGet, signed, nil, nil).status)
	}
	b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "requests/s")
}
