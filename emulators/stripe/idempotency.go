package stripe

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// answer is kept for an idempotency key.
type answer struct {
	header
	Fingerprint string `json:"fingerprint"`
	Path        string `json:"path"`
	Status      int    `json:"status"`
	Body        string `json:"body"`
	Request     string `json:"request"`
}

func answerID(key string) string { return "key:" + key }

func (rq *request) answer(tx *transaction, given reply) *answer {
	a := &answer{
		Fingerprint: rq.fingerprint(), Path: rq.http.URL.Path,
		Status: given.status, Body: string(given.body), Request: rq.id,
	}
	a.header = header{ID: answerID(rq.key), Object: kindAnswer, Created: tx.store.now().Unix()}
	return a
}

func (rq *request) fingerprint() string {
	sum := sha256.Sum256([]byte(rq.http.URL.Path + "\n" + rq.params.root.canonical()))
	return hex.EncodeToString(sum[:])
}

// begin takes the key, or answers what is stored for it. A key that has been taken is in
// use until end.
func (rq *request) begin() (*answer, *apiError) {
	s := rq.server
	s.keysMu.Lock()
	defer s.keysMu.Unlock()
	if s.keysInUse[rq.key] {
		e := idempotencyError("There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): %s. Please try again later.", rq.key)
		e.Code, e.status = "idempotency_key_in_use", http.StatusConflict
		return nil, e
	}
	var stored *answer
	s.store.view(func(tx *transaction) {
		if a, ok := get[answer](tx, answerID(rq.key)); ok && tx.store.now().Sub(time.Unix(a.Created, 0)) < answerRetention {
			stored = a
		}
	})
	switch {
	case stored == nil:
		s.keysInUse[rq.key] = true
		return nil, nil
	case stored.Path != rq.http.URL.Path:
		return nil, idempotencyError("Keys for idempotent requests can only be used for the same endpoint they were first used for ('%s' vs '%s'). Try using a key other than '%s' if you meant to execute a different request.",
			rq.http.URL.Path, stored.Path, rq.key)
	case stored.Fingerprint != rq.fingerprint():
		return nil, idempotencyError("Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '%s' if you meant to execute a different request.", rq.key)
	}
	return stored, nil
}

func (rq *request) end() {
	rq.server.keysMu.Lock()
	defer rq.server.keysMu.Unlock()
	delete(rq.server.keysInUse, rq.key)
}

func idempotencyError(format string, args ...any) *apiError {
	e := invalid("", format, args...)
	e.Type = "idempotency_error"
	return e
}
