package outbound

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Handle lets next serve a request, whose body has been read, as often as the fault says,
// and returns when all copies are served. With LoseResponse nobody gets the answer: the
// caller ends the connection. Delay and Status are the caller's too.
func (f Fault) Handle(w http.ResponseWriter, r *http.Request, body []byte, next http.Handler) {
	var copies sync.WaitGroup
	for range f.Duplicates {
		copies.Go(func() { next.ServeHTTP(newLost(), repeat(r, body)) })
	}
	if f.LoseResponse {
		w = newLost()
	}
	next.ServeHTTP(w, repeat(r, body))
	copies.Wait()
}

// Pause waits for delay, or returns the error of a context that ends before.
func Pause(ctx context.Context, delay time.Duration) error {
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
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
