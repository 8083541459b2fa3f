package staging_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/scripts/internal/staging"
)

// begun sends the head of a request, waits until the function reads its body, and returns
// the connection with what was read of it.
func begun(t *testing.T, address string) (net.Conn, *bufio.Reader) {
	t.Helper()
	var connection net.Conn
	require.Eventually(t, func() bool {
		var err error
		connection, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		return err == nil
	}, 20*time.Second, time.Millisecond, "the function listens")
	t.Cleanup(func() { _ = connection.Close() })
	_, err := io.WriteString(connection, "POST /v1/webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
	require.NoError(t, err)
	reader := bufio.NewReader(connection)
	line, err := reader.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue", strings.TrimSpace(line))
	_, err = reader.ReadString('\n')
	require.NoError(t, err)
	return connection, reader
}

func TestAFunctionAsDeployedAnswersWhatItBeganBeforeItStops(t *testing.T) {
	functions, err := staging.Find(repository)
	require.NoError(t, err)
	var webhook []staging.Function
	for _, f := range functions {
		if f.Name == "PaymentWebhook" { // it reads a body of anyone's
			webhook = append(webhook, f)
		}
	}
	sources, err := staging.Sources(t.Context(), repository, webhook)
	require.NoError(t, err)
	require.Len(t, sources, 1)
	binary := filepath.Join(t.TempDir(), "function")
	require.NoError(t, sources[0].Build(t.Context(), filepath.Join(t.TempDir(), "stage"), binary))
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())

	process, err := staging.Launch(t.Context(), binary, "PaymentWebhook", port, []string{"K_SERVICE=payment-webhook"})
	require.NoError(t, err)
	defer process.Kill()
	connection, reader := begun(t, listener.Addr().String())
	require.NoError(t, process.Terminate())
	select {
	case <-process.Ended():
		t.Fatal("it left a request in flight")
	case <-time.After(100 * time.Millisecond): // to notice the signal
	}
	_, err = io.WriteString(connection, "{}")
	require.NoError(t, err)
	response, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusInternalServerError, response.StatusCode, "without settings it cannot do more")
	<-process.Ended()
	assert.Equal(t, 0, process.ExitCode())
}
