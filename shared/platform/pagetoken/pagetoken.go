// Package pagetoken makes the opaque tokens by which lists page. A token says where the
// last page ended, at which timestamp the list is read and for which filter; it is signed,
// so that nobody can read at a place or time of their choosing.
package pagetoken

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/config"
)

// The reasons for which a token is refused.
const (
	ReasonInvalid = "PAGE_TOKEN_INVALID"
	ReasonExpired = "PAGE_TOKEN_EXPIRED"
)

// retention is how long Spanner can read at a token's timestamp: the version retention of
// an hour, less a minute for the read itself.
const retention = 59 * time.Minute

// maxLength bounds what is decoded.
const maxLength = 4096

// signatureBytes is how much of the HMAC a token carries.
const signatureBytes = 16

// Token is where a list goes on. The zero token is its beginning.
type Token struct {
	// ReadTime is the timestamp at which all pages are read; zero for lists that are read
	// strongly.
	ReadTime time.Time
	LastKey  []string // of the last row seen, in the order of the list
}

// IsZero reports whether the token is the beginning.
func (t Token) IsZero() bool { return t.ReadTime.IsZero() && len(t.LastKey) == 0 }

// Codec signs and verifies tokens.
type Codec struct{ key []byte }

// Open returns the codec with the secret in PAGE_TOKEN_KEY.
func Open() (*Codec, error) {
	key, err := config.String("PAGE_TOKEN_KEY")
	if err != nil {
		return nil, err
	}
	return New([]byte(key))
}

// New returns a codec with key, a secret of 16 bytes at least.
func New(key []byte) (*Codec, error) {
	if len(key) < 16 {
		return nil, fmt.Errorf("the key of page tokens has %d bytes, fewer than 16", len(key))
	}
	return &Codec{key: key}, nil
}

// payload is what is signed.
type payload struct {
	ReadTime time.Time `json:"t,omitzero"`
	LastKey  []string  `json:"k,omitempty"`
	Filter   []byte    `json:"f"`
}

// Encode returns the token for the next page of the list that filter describes: all that
// selects or orders it, including whose list it is; not the page size.
func (c *Codec) Encode(token Token, filter any) (string, error) {
	hash, err := filterHash(filter)
	if err != nil {
		return "", err
	}
	encoded, err := json.Marshal(payload{token.ReadTime, token.LastKey, hash})
	if err != nil {
		return "", fmt.Errorf("encode the page token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(c.sign(encoded), encoded...)), nil
}

// Decode reads a token for the list that filter describes; empty is the beginning. It
// refuses what it has not signed, another list's token, and one whose timestamp Spanner
// no longer keeps.
func (c *Codec) Decode(text string, filter any) (Token, error) {
	if text == "" {
		return Token{}, nil
	}
	if len(text) > maxLength {
		return Token{}, invalid("is too long")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < signatureBytes {
		return Token{}, invalid("is not a token that this service gave")
	}
	signature, encoded := raw[:signatureBytes], raw[signatureBytes:]
	if !hmac.Equal(signature, c.sign(encoded)) {
		return Token{}, invalid("is not a token that this service gave")
	}
	var p payload
	if err := json.Unmarshal(encoded, &p); err != nil {
		return Token{}, invalid("is not a token that this service gave")
	}
	hash, err := filterHash(filter)
	if err != nil {
		return Token{}, err
	}
	if subtle.ConstantTimeCompare(hash, p.Filter) != 1 {
		return Token{}, invalid("belongs to a list with other parameters")
	}
	if !p.ReadTime.IsZero() && time.Since(p.ReadTime) > retention {
		return Token{}, &fault.Fault{Kind: fault.InvalidArgument, Reason: ReasonExpired,
			Message: "the page token has expired; start from the first page",
			Fields:  []fault.Field{{Name: "pageToken", Description: "has expired"}}}
	}
	return Token{ReadTime: p.ReadTime, LastKey: p.LastKey}, nil
}

func (c *Codec) sign(encoded []byte) []byte {
	mac := hmac.New(sha256.New, c.key)
	mac.Write(encoded)
	return mac.Sum(nil)[:signatureBytes]
}

func filterHash(filter any) ([]byte, error) {
	encoded, err := json.Marshal(filter)
	if err != nil {
		return nil, fmt.Errorf("encode the filter of a page token: %w", err)
	}
	sum := sha256.Sum256(encoded)
	return sum[:signatureBytes], nil
}

func invalid(description string) error {
	return &fault.Fault{Kind: fault.InvalidArgument, Reason: ReasonInvalid, Message: "pageToken: " + description,
		Fields: []fault.Field{{Name: "pageToken", Description: description}}}
}
