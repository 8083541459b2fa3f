package storage

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	signatureAlgorithm = "GOOG4-RSA-SHA256"
	signatureTime      = "20060102T150405Z"
	maxSignedLife      = 7 * 24 * time.Hour
	maxClockSkew       = 15 * time.Minute
)

func isSigned(query url.Values) bool {
	return query.Has("X-Goog-Signature") || query.Has("X-Goog-Algorithm")
}

func mismatch(message string) error {
	return &apiError{http.StatusForbidden, "SignatureDoesNotMatch", message}
}

// verifySignedURL checks a V4 signed request against the keys of those who may sign.
func verifySignedURL(r *http.Request, keys map[string]*rsa.PublicKey, now time.Time) error {
	query := r.URL.Query()
	for name, values := range query {
		if strings.HasPrefix(name, "X-Goog-") && len(values) != 1 {
			return invalid(name + " is given more than once.")
		}
	}
	if algorithm := query.Get("X-Goog-Algorithm"); algorithm != signatureAlgorithm {
		return invalid(fmt.Sprintf("X-Goog-Algorithm %q is not %s.", algorithm, signatureAlgorithm))
	}
	if err := checkSignedLife(query, now); err != nil {
		return err
	}
	email, scope, err := parseCredential(query.Get("X-Goog-Credential"), query.Get("X-Goog-Date"))
	if err != nil {
		return err
	}
	key, known := keys[email]
	if !known {
		return &apiError{http.StatusForbidden, "AccessDenied", "The signing account " + email + " is not known."}
	}
	signature, err := hex.DecodeString(query.Get("X-Goog-Signature"))
	if err != nil {
		return mismatch("X-Goog-Signature is not hexadecimal.")
	}
	headers := strings.Split(query.Get("X-Goog-SignedHeaders"), ";")
	if err := checkSignedHeaders(r, headers); err != nil {
		return err
	}
	for _, host := range []string{hostname(r.Host), r.Host} { // Go signs without the port, others with it
		text := strings.Join([]string{signatureAlgorithm, query.Get("X-Goog-Date"), scope,
			sha256Hex(canonicalRequest(r, query, headers, host))}, "\n")
		sum := sha256.Sum256([]byte(text))
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil {
			return nil
		}
	}
	return mismatch("The request signature does not match: method, path, query and signed headers must be as they were signed.")
}

// checkSignedLife goes by the machine's clock.
func checkSignedLife(query url.Values, now time.Time) error {
	from, err := time.Parse(signatureTime, query.Get("X-Goog-Date"))
	if err != nil {
		return invalid("X-Goog-Date is not a time like " + signatureTime + ".")
	}
	seconds, err := strconv.ParseInt(query.Get("X-Goog-Expires"), 10, 64)
	if err != nil || seconds < 1 || seconds > int64(maxSignedLife/time.Second) {
		return invalid("X-Goog-Expires is not between 1 and 604800 seconds.")
	}
	if from.After(now.Add(maxClockSkew)) {
		return &apiError{http.StatusForbidden, "RequestTimeTooSkewed", "X-Goog-Date lies in the future."}
	}
	if now.After(from.Add(time.Duration(seconds) * time.Second)) {
		return &apiError{http.StatusBadRequest, "ExpiredToken", "The provided token has expired."}
	}
	return nil
}

// parseCredential splits "email/20261122/auto/storage/goog4_request".
func parseCredential(credential, date string) (email, scope string, err error) {
	email, scope, found := strings.Cut(credential, "/")
	parts := strings.Split(scope, "/")
	if !found || len(parts) != 4 || parts[2] != "storage" || parts[3] != "goog4_request" {
		return "", "", invalid("X-Goog-Credential is not EMAIL/DATE/LOCATION/storage/goog4_request.")
	}
	if !strings.HasPrefix(date, parts[0]) {
		return "", "", invalid("X-Goog-Credential and X-Goog-Date differ in their date.")
	}
	return email, scope, nil
}

// checkSignedHeaders requires host and every x-goog- header of the request to be signed.
func checkSignedHeaders(r *http.Request, signed []string) error {
	if !slices.Contains(signed, "host") {
		return mismatch("The header host is not signed.")
	}
	for name := range r.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-goog-") && !slices.Contains(signed, name) && !unsignedHeaders[name] {
			return mismatch("The header " + name + " is not signed.")
		}
	}
	return nil
}

// unsignedHeaders are those that Google's clients add by themselves.
var unsignedHeaders = map[string]bool{
	"x-goog-api-client": true, "x-goog-user-project": true, "x-goog-gcs-idempotency-token": true,
}

func canonicalRequest(r *http.Request, query url.Values, headers []string, host string) string {
	payload := "UNSIGNED-PAYLOAD"
	var lines []string
	for _, name := range headers {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = host
		}
		value = strings.Join(strings.Fields(value), " ")
		if name == "x-goog-content-sha256" {
			payload = value
		}
		lines = append(lines, name+":"+value)
	}
	return strings.Join([]string{
		r.Method, escapePath(r.URL.Path), canonicalQuery(query),
		strings.Join(lines, "\n") + "\n", strings.Join(headers, ";"), payload,
	}, "\n")
}

func canonicalQuery(query url.Values) string {
	kept := url.Values{}
	for name, values := range query {
		if name != "X-Goog-Signature" {
			kept[name] = values
		}
	}
	return strings.ReplaceAll(kept.Encode(), "+", "%20")
}

// escapePath escapes all but unreserved characters and slashes.
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(url.QueryEscape(segment), "+", "%20")
	}
	return strings.Join(segments, "/")
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
