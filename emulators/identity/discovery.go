package identity

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Where Google has the two key sets, without the host.
const (
	userKeysPath    = "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
	serviceKeysPath = "/oauth2/v3/certs"
)

// addIssuers serves discovery and keys of both issuers.
func (s *Server) addIssuers(mux *http.ServeMux) error {
	userPath, err := issuerPath(s.userIssuer)
	if err != nil {
		return err
	}
	servicePath, err := issuerPath(s.serviceIssuer)
	if err != nil {
		return err
	}
	if userPath == servicePath {
		return fmt.Errorf("issuers %s and %s share a path", s.userIssuer, s.serviceIssuer)
	}
	mux.HandleFunc("GET "+userPath+"/.well-known/openid-configuration", s.serveDiscovery(s.userIssuer, s.UserKeysURL()))
	mux.HandleFunc("GET "+servicePath+"/.well-known/openid-configuration", s.serveDiscovery(s.serviceIssuer, s.ServiceKeysURL()))
	mux.HandleFunc("GET "+userKeysPath, serveKeys(s.userKey))
	mux.HandleFunc("GET "+serviceKeysPath, serveKeys(s.serviceKey))
	return nil
}

func (s *Server) serveDiscovery(issuer, keysURL string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{
			"issuer":                                issuer,
			"jwks_uri":                              keysURL,
			"token_endpoint":                        s.URL() + tokenPath,
			"response_types_supported":              []string{"id_token"},
			"subject_types_supported":               []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	}
}

func serveKeys(key *signingKey) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600, must-revalidate, no-transform")
		writeJSON(w, http.StatusOK, key.jwks())
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
}
