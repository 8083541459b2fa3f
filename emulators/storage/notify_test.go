package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func notified(events ...string) Options {
	return Options{Notifications: []Notification{{Bucket: bucketName, Topic: "projects/demo/topics/objects", EventTypes: events}}}
}

func waitDelivered(t *testing.T, server *Server) {
	t.Helper()
	require.Eventually(t, func() bool { return server.InFlight() == 0 }, 10*time.Second, 5*time.Millisecond)
}

func TestNotifications(t *testing.T) {
	sink := &topic{refusals: 2}
	options := notified()
	options.Notifier = sink
	server := startServer(t, options)
	c := client(t, server)
	attrs := store(t, c, "a", content(10))
	waitDelivered(t, server)

	require.Equal(t, []string{"OBJECT_FINALIZE a"}, sink.events(), "accepted the third time")
	got := sink.got[0]
	assert.Equal(t, bucketName, got["bucketId"])
	assert.Equal(t, "JSON_API_V1", got["payloadFormat"])
	assert.Equal(t, "projects/_/buckets/"+bucketName+"/notificationConfigs/1", got["notificationConfig"])
	var object struct {
		Kind, Name, Size, Generation, Md5Hash string
		Metadata                              map[string]string
	}
	require.NoError(t, json.Unmarshal(sink.data[0], &object))
	assert.Equal(t, "storage#object", object.Kind)
	assert.Equal(t, "10", object.Size)
	assert.Equal(t, got["objectGeneration"], object.Generation)
	assert.Equal(t, map[string]string{"uploadedBy": "jp-1"}, object.Metadata)
	assert.NotEmpty(t, object.Md5Hash)
	assert.Positive(t, attrs.Generation)

	store(t, c, "a", content(11))
	bucket := c.Bucket(bucketName)
	_, err := bucket.Object("copy").CopierFrom(bucket.Object("a")).Run(context.Background())
	require.NoError(t, err)
	require.NoError(t, bucket.Object("a").Delete(context.Background()))
	waitDelivered(t, server)
	assert.ElementsMatch(t, []string{"OBJECT_FINALIZE a", "OBJECT_DELETE a", "OBJECT_FINALIZE a",
		"OBJECT_FINALIZE copy", "OBJECT_DELETE a"}, sink.events())
}

func TestNotificationsOfOneKind(t *testing.T) {
	sink := &topic{}
	options := notified(EventDelete)
	options.Notifier = sink
	server := startServer(t, options)
	c := client(t, server)
	store(t, c, "a", content(1))
	require.NoError(t, c.Bucket(bucketName).Object("a").Delete(context.Background()))
	waitDelivered(t, server)
	assert.Equal(t, []string{"OBJECT_DELETE a"}, sink.events())
}

func TestNotificationIsSentAfterARestart(t *testing.T) {
	sink := &topic{refusals: 1 << 30}
	options := notified()
	options.Notifier, options.DataDir = sink, t.TempDir()
	server := startServer(t, options)
	store(t, client(t, server), "a", content(10))
	assert.Equal(t, 1, server.InFlight())
	require.NoError(t, server.Close())
	assert.Empty(t, sink.events())

	sink.refusals = 0
	server = startServer(t, options)
	waitDelivered(t, server)
	assert.Equal(t, []string{"OBJECT_FINALIZE a"}, sink.events())
}

// A process may die anywhere between "all bytes are here" and "done".
func TestUploadIsFinishedAfterACrash(t *testing.T) {
	for name, crash := range map[string]func(*testing.T, *Server, *session){
		"before the object": func(*testing.T, *Server, *session) {},
		"object without attributes": func(t *testing.T, server *Server, upload *session) {
			require.NoError(t, os.WriteFile(server.objectsDir()+"/"+bucketName+"/crash.bin", []byte("half"), 0o600))
		},
		"after the object was copied": func(t *testing.T, server *Server, upload *session) {
			require.NoError(t, server.createObject(upload))
		},
		"after the object": func(t *testing.T, server *Server, upload *session) {
			require.NoError(t, server.createObject(upload))
		},
	} {
		t.Run(name, func(t *testing.T) {
			sink := &topic{}
			options := notified()
			options.Notifier, options.DataDir = sink, t.TempDir()
			server := startServer(t, options)
			options.Addr = server.Addr()
			server.extended = !strings.Contains(name, "copied")
			address := openSession(t, server, "crash.bin", "")
			upload := server.sessions.byID[parseUploadID(t, address)]
			upload.Total = 10
			_, err := server.appendChunk(upload, bytes.NewReader(content(10)), 0, 0)
			require.NoError(t, err)
			upload.State = stateCommitting
			require.NoError(t, server.sessions.save(upload))
			crash(t, server, upload)
			require.NoError(t, server.Close())

			server = startServer(t, options)
			waitDelivered(t, server)
			assert.Equal(t, []string{"OBJECT_FINALIZE crash.bin"}, sink.events())
			attrs, found := server.attributes(bucketName, "crash.bin")
			require.True(t, found)
			assert.EqualValues(t, 10, attrs.Size)
			assert.Equal(t, 200, putChunk(t, address, nil, "bytes */10").status)
		})
	}
}

func parseUploadID(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	return parsed.Query().Get("upload_id")
}
