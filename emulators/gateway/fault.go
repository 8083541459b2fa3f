package gateway

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// serveWith serves a request with what shall go wrong with it.
func (g *Gateway) serveWith(fault outbound.Fault, w http.ResponseWriter, r *http.Request, function http.Handler) {
	if fault == (outbound.Fault{}) {
		function.ServeHTTP(w, r)
		return
	}
	if !pause(r, fault.Delay) {
		return
	}
	if fault.Status != 0 {
		injected(fault.Status).write(w)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		tooLarge().write(w)
		return
	}
	var copies sync.WaitGroup
	for range fault.Duplicates {
		copies.Go(func() { function.ServeHTTP(newLost(), repeat(r, body)) })
	}
	if fault.LoseResponse {
		function.ServeHTTP(newLost(), repeat(r, body))
		copies.Wait()
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	function.ServeHTTP(w, repeat(r, body))
	copies.Wait()
}

// pause waits unless the caller goes away meanwhile.
func pause(r *http.Request, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// repeat returns a copy of the request with its body from the beginning.
func repeat(r *http.Request, body []byte) *http.Request {
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return again
}

// lost is an answer that nobody gets.
type lost struct{ header http.Header }

func newLost() *lost { return &lost{header: http.Header{}} }

// Header returns headers that are not sent.
func (l *lost) Header() http.Header { return l.header }

// Write sends nothing.
func (l *lost) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader sends nothing.
func (l *lost) WriteHeader(int) {}
