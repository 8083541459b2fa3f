// Package idempotency names a request that its caller may send again, and the answer that
// a repetition gets. It is pure; shared/platform/idempotencydb keeps keys and answers in
// the database that the function writes.
package idempotency

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/message"
)

// Retention is how long an answer is kept (API.md).
const Retention = 48 * time.Hour

// Lease is how long a call to the outside may hold its key before another may take over.
const Lease = 60 * time.Second

// Key names a request of one caller on one route. Its Hash is what is looked up; its
// Fingerprint tells whether a repetition asks for the same.
type Key struct {
	Caller      string // identity uid
	Route       string // operation id
	Country     string // home country of the caller in lower case, empty when not registered yet
	Hash        string // SHA-256 of caller, route and the key that the caller chose, in hex
	Fingerprint string // SHA-256 of path and body, in hex
}

// NewKey makes the key of a request. The body counts by its JSON value: blanks and the
// order of fields make no difference.
func NewKey(caller, route, country, key, path string, body []byte) Key {
	return Key{
		Caller: caller, Route: route, Country: country,
		Hash:        digest(caller, route, key),
		Fingerprint: digest(path, canonical(body)),
	}
}

// NewID returns the id of what the request creates, the same for each repetition: a lower
// case UUID with the country before it, such as "jp-0b8e...".
func (k Key) NewID(country string) string { return message.ID(country, "idempotency", k.Hash) }

// Answer is what is stored with the effect and given again: an HTTP status and a body.
type Answer struct {
	Status int
	Body   json.RawMessage
}

// NewAnswer encodes body as the answer with status.
func NewAnswer(status int, body any) (Answer, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: status, Body: encoded}, nil
}

func digest(parts ...string) string {
	sum := sha256.Sum256(joined(parts))
	return hex.EncodeToString(sum[:])
}

// joined prefixes each part with its length, so that no two lists of parts read the same.
func joined(parts []string) []byte {
	var b []byte
	for _, part := range parts {
		b = strconv.AppendInt(b, int64(len(part)), 10)
		b = append(b, ':')
		b = append(b, part...)
	}
	return b
}

// canonical returns a JSON body without blanks and with its fields sorted; a body that is
// not JSON stays as it is.
func canonical(body []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // 1e400 and large integers keep their digits
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return string(body)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return string(body)
	}
	return string(encoded)
}
