package trigger_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// connect returns a connection to a server that begins requests as triggers do.
func connect(t *testing.T, handle http.HandlerFunc) net.Conn {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer trigger.Begin(w)()
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

func TestABodyThatDoesNotComeIsGivenUp(t *testing.T) {
	trigger.SetReadTimeout(t, 50*time.Millisecond)
	failed := make(chan error, 1)
	connection := connect(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := trigger.ReadBody(w, r, 100)
		failed <- err
		w.WriteHeader(http.StatusBadRequest)
	})
	_, err := io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
	require.NoError(t, err)
	assert.ErrorIs(t, <-failed, os.ErrDeadlineExceeded)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	require.NoError(t, response.Body.Close())
}

func TestTheRestOfARefusedBodyIsNotWaitedFor(t *testing.T) {
	trigger.SetReadTimeout(t, 50*time.Millisecond)
	connection := connect(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	_, err := io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
	require.NoError(t, err)
	answer, err := io.ReadAll(connection)
	require.NoError(t, err, "the server hangs up")
	assert.True(t, strings.HasPrefix(string(answer), "HTTP/1.1 401"), "%s", answer)
}

func TestWorkGoesOnPastTheTimeForTheBody(t *testing.T) {
	trigger.SetReadTimeout(t, 20*time.Millisecond)
	connection := connect(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := trigger.ReadBody(w, r, 100)
		if err == nil {
			select {
			case <-r.Context().Done():
				err = errors.New("taken for a caller who left")
			case <-time.After(100 * time.Millisecond): // five times as long as the body had
			}
		}
		trigger.LimitWriting(w)
		_, _ = fmt.Fprint(w, string(body), err)
	})
	reader := bufio.NewReader(connection)
	for range 2 { // the second on the same connection
		_, err := io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")
		require.NoError(t, err)
		response, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, "body<nil>", string(answer))
	}
}

func TestALongBodyIsCutOff(t *testing.T) {
	recorder := httptest.NewRecorder()
	defer trigger.Begin(recorder)()
	request := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader("eleven bytes"))
	_, err := trigger.ReadBody(recorder, request, 11)
	_, tooLong := errors.AsType[*http.MaxBytesError](err)
	assert.True(t, tooLong)
}
