package trigger

import (
	"io"
	"net/http"
	"time"
)

// The functions framework starts its server without time-outs and does not hand it out, so
// each request sets its own on the connection. Cloud Run ends a request after the function's
// timeout_seconds whatever happens; these keep a slow caller from holding a place that long.
// Connections without a request are Cloud Run's own to its instance.
var (
	readTimeout  = 20 * time.Second // for a body; also for the rest of one that was refused
	writeTimeout = 10 * time.Second // for an answer
)

// limitReading begins the time for the body, and takes back what an earlier request on the
// connection left. A writer that knows no deadlines, such as a test's, has none.
func limitReading(w http.ResponseWriter) {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(readTimeout))
	_ = connection.SetWriteDeadline(time.Time{})
}

// ReadBody reads a body of at most limitBytes; a longer one gives *http.MaxBytesError. Who
// began the request with Begin gives its sender 20 seconds.
func ReadBody(w http.ResponseWriter, r *http.Request, limitBytes int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limitBytes))
	if err == nil {
		// Reading goes on, to notice callers that leave: past the deadline that would look like one.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	return body, err
}

// LimitWriting begins the time for the answer, which is complete by now.
func LimitWriting(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
}
