// Package mediacdn signs addresses of objects behind Cloud CDN, without asking anybody: an
// HMAC-SHA1 with a key that was added to the backend buckets
// (https://cloud.google.com/cdn/docs/using-signed-urls).
package mediacdn

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Cloud CDN takes no other
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

// KeyLengthBytes is how long the keys of Cloud CDN are.
const KeyLengthBytes = 16

// keyNames are what Cloud CDN allows as the names of keys.
var keyNames = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}$`)

// Signer signs for one host with one key.
type Signer struct {
	host, keyName string
	key           []byte
}

// New returns a signer for the CDN at host, a name without scheme and port. key is the key's
// name, a colon, and the key in base64url as `gcloud compute backend-buckets
// add-signed-url-key` reads it. No error holds the key.
func New(host, key string) (*Signer, error) {
	if u, err := url.Parse("https://" + host); err != nil || u.Host != host || u.Port() != "" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is not the name of a host", host)
	}
	name, encoded, found := strings.Cut(strings.TrimSpace(key), ":")
	if !found || !keyNames.MatchString(name) {
		return nil, errors.New("the key of the CDN is not its name, a colon, and the key in base64url")
	}
	decoded, err := base64.URLEncoding.DecodeString(encoded)
	if err != nil || len(decoded) != KeyLengthBytes {
		return nil, fmt.Errorf("the key %s of the CDN is not %d bytes in base64url", name, KeyLengthBytes)
	}
	return &Signer{host: host, keyName: name, key: decoded}, nil
}

// Sign returns an address from which whoever has it can read the object until it expires (by
// the machine's time, in whole seconds), ranges included. The same query opens what lies under
// the object's name, such as the segments of a stream.
func (s *Signer) Sign(object string, expires time.Time) (string, error) {
	if object == "" || path.Clean("/"+object) != "/"+object || (&url.URL{Path: object}).EscapedPath() != object {
		return "", fmt.Errorf("sign %q for the CDN: it is not a plain path", object)
	}
	if !expires.After(time.Now()) {
		return "", fmt.Errorf("sign %s for the CDN: it would have expired at %s", object, expires.UTC().Format(time.RFC3339))
	}
	address := "https://" + s.host + "/" + object
	policy := fmt.Sprintf("URLPrefix=%s&Expires=%d&KeyName=%s", base64.URLEncoding.EncodeToString([]byte(address)), expires.Unix(), s.keyName)
	mac := hmac.New(sha1.New, s.key)
	mac.Write([]byte(policy))
	return address + "?" + policy + "&Signature=" + base64.URLEncoding.EncodeToString(mac.Sum(nil)), nil
}
