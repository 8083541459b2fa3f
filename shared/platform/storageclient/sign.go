package storageclient

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/storage"
)

// MaxLifetime is how long Cloud Storage lets a signed URL live.
const MaxLifetime = 7 * 24 * time.Hour

// SignRequest asks for the address of one object.
type SignRequest struct {
	Bucket, Object string
	// Expires is in machine time, at most seven days ahead.
	Expires time.Time
	// Filename, when set, makes a browser save the object under this name.
	Filename string
	// ContentType, when set, is what the object is served as.
	ContentType string
}

// SignGet returns an address from which whoever has it can read the object until it
// expires, ranges included. An object's existence is not checked.
func (c *Client) SignGet(request SignRequest) (string, error) {
	if left := time.Until(request.Expires); left <= 0 || left > MaxLifetime {
		return "", fmt.Errorf("sign object %s: it would expire in %s, not within %s", request.Object, left, MaxLifetime)
	}
	query := url.Values{}
	if request.Filename != "" {
		query.Set("response-content-disposition", attachment(request.Filename))
	}
	if request.ContentType != "" {
		query.Set("response-content-type", request.ContentType)
	}
	options := &storage.SignedURLOptions{
		Scheme: storage.SigningSchemeV4, Method: http.MethodGet, Expires: request.Expires,
		QueryParameters: query, GoogleAccessID: c.signer.email, SignBytes: c.signer.sign,
	}
	if c.local != nil {
		options.Hostname, options.Insecure = c.local.host, c.local.insecure
	}
	signed, err := c.storage.Bucket(request.Bucket).SignedURL(request.Object, options)
	if err != nil {
		return "", unavailable(fmt.Errorf("sign object %s: %w", request.Object, err))
	}
	return signed, nil
}

// attachment names the file for every script (RFC 6266 with RFC 2231).
func attachment(filename string) string {
	clean := strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == '/' || r == '\\' {
			return '_'
		}
		return r
	}, filename)
	if value := mime.FormatMediaType("attachment", map[string]string{"filename": clean}); value != "" {
		return value
	}
	return "attachment"
}

// signer signs as a service account; without a key the storage client asks the IAM service.
type signer struct {
	email string
	sign  func([]byte) ([]byte, error)
}

// newSigner parses the key once: the client would do so for every signature.
func newSigner(email, key string) (signer, error) {
	if key == "" {
		return signer{email: email}, nil
	}
	private, err := parseKey(key)
	if err != nil {
		return signer{}, fmt.Errorf("environment variable MEDIA_SIGNER_KEY: %w", err)
	}
	return signer{email: email, sign: func(payload []byte) ([]byte, error) {
		sum := sha256.Sum256(payload)
		return rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, sum[:])
	}}, nil
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("it is not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("it is neither a PKCS #1 nor a PKCS #8 key")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("it is a %T, not an RSA key", parsed)
	}
	return key, nil
}
