package identity

import (
	"bytes"
	"encoding/json"
	"slices"
)

// maxClaimsBytes is Firebase's limit on custom claims.
const maxClaimsBytes = 1000

// reservedClaims belong to the issuer.
var reservedClaims = []string{
	"acr", "amr", "at_hash", "aud", "auth_time", "azp", "c_hash", "cnf", "exp", "firebase",
	"iat", "iss", "jti", "nbf", "nonce", "sub", "user_id",
}

// parseClaims reads customAttributes: a JSON object in a string.
func parseClaims(attributes string) (map[string]any, error) {
	if attributes == "" {
		return nil, nil
	}
	if len(attributes) > maxClaimsBytes {
		return nil, refuse("CLAIMS_TOO_LARGE")
	}
	var claims map[string]any
	decoder := json.NewDecoder(bytes.NewReader([]byte(attributes)))
	if err := decoder.Decode(&claims); err != nil || claims == nil || decoder.More() {
		return nil, refuse("INVALID_CLAIMS")
	}
	return claims, checkClaims(claims)
}

func checkClaims(claims map[string]any) error {
	for name := range claims {
		if slices.Contains(reservedClaims, name) {
			return refuse("FORBIDDEN_CLAIM : " + name)
		}
	}
	return nil
}
