package auth

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

// keysFreshFor is how long fetched keys are not fetched again. Each token with a wrong
// signature asks for new keys: without this, whoever sends many makes us flood the issuer.
// Issuers announce new keys hours before they sign with them.
const keysFreshFor = 5 * time.Second

// answerLimit bounds a key set or a discovery document.
const answerLimit = 1 << 20

// keyCache is a transport that answers what it has just fetched from memory. Failures are
// not kept.
type keyCache struct {
	next http.RoundTripper

	mu      sync.Mutex
	answers map[string]cached
}

type cached struct {
	header  http.Header
	body    []byte
	fetched time.Time
}

func newKeyCache() *keyCache {
	return &keyCache{next: http.DefaultTransport, answers: map[string]cached{}}
}

// RoundTrip fetches unless it did a moment ago.
func (k *keyCache) RoundTrip(request *http.Request) (*http.Response, error) {
	address := request.URL.String()
	k.mu.Lock()
	known, ok := k.answers[address]
	k.mu.Unlock()
	if ok && time.Since(known.fetched) < keysFreshFor {
		return known.response(request), nil
	}
	response, err := k.next.RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	defer func() { _ = response.Body.Close() }() // it was read to its end
	body, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err != nil {
		return nil, err
	}
	fresh := cached{header: response.Header, body: body, fetched: time.Now()}
	k.mu.Lock()
	k.answers[address] = fresh
	k.mu.Unlock()
	return fresh.response(request), nil
}

func (c cached) response(request *http.Request) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: c.header.Clone(), Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body)), Request: request,
	}
}
