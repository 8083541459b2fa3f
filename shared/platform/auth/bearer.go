package auth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/kwipper/kwipper/shared/platform/config"
)

// UserToken returns the user's token of a request, empty when it has none. The API gateway
// moves it to X-Forwarded-Authorization and puts a token of its own into Authorization,
// also when the user sent none: that one is nobody's.
func UserToken(header http.Header) string {
	if header.Get("X-Forwarded-Authorization") != "" {
		return bearer(header, "X-Forwarded-Authorization")
	}
	token := bearer(header, "Authorization")
	if issuerOf(token) == config.ServiceIssuer() {
		return ""
	}
	return token
}

// ServiceToken returns the token with which Pub/Sub, Cloud Tasks or Cloud Scheduler calls.
func ServiceToken(header http.Header) string { return bearer(header, "Authorization") }

func bearer(header http.Header, name string) string {
	scheme, token, _ := strings.Cut(header.Get(name), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// issuerOf returns who a token says it is from. Nothing may be allowed because of it.
func issuerOf(token string) string {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return ""
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(decoded, &claims) != nil {
		return ""
	}
	return claims.Issuer
}
