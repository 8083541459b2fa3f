package event_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/event"
)

// broken panics when it is read.
type broken struct{}

func (broken) Read([]byte) (int, error) { panic("boom") }

func TestAPanicWhileReadingIsAnsweredAndLoggedOnce(t *testing.T) {
	f := newFixture(t)
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	handler := event.Command("Pay", wire, func(context.Context, string, message.Command) (message.Reply, error) {
		return message.Reply{}, nil
	})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", io.NopCloser(broken{}))
	r.Header.Set("Authorization", "Bearer "+f.issuer.Service(t, "https://functions.test/Pay"))
	answer := httptest.NewRecorder()
	handler(answer, r)
	assert.Equal(t, http.StatusServiceUnavailable, answer.Code, "it is delivered again")
	assert.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
	assert.Contains(t, log.String(), "boom")
	assert.Contains(t, log.String(), "stack_trace")
}
