package identity

import (
	"fmt"
	"net/http"
	"time"
)

const (
	metadataPath   = "/computeMetadata/v1/"
	metadataHeader = "Metadata-Flavor" //nolint:misspell // Google's word
)

// addMetadata serves what Google's clients ask the metadata server for: with
// GCE_METADATA_HOST set to this server they get their tokens here, unmodified.
func (s *Server) addMetadata(mux *http.ServeMux) {
	account := "GET " + metadataPath + "instance/service-accounts/{account}/"
	mux.HandleFunc("GET "+metadataPath+"project/project-id", s.metadata(func(*http.Request) (any, error) {
		return s.project, nil
	}))
	mux.HandleFunc(account+"email", s.metadata(func(r *http.Request) (any, error) {
		return s.serviceAccount(r), nil
	}))
	mux.HandleFunc(account+"identity", s.metadata(func(r *http.Request) (any, error) {
		return s.ServiceToken(r.Context(), s.serviceAccount(r), r.FormValue("audience"))
	}))
	mux.HandleFunc(account+"token", s.metadata(func(r *http.Request) (any, error) {
		issued, err := s.serviceToken(r.Context(), s.serviceAccount(r), accessAudience)
		return map[string]any{
			"access_token": issued.token, "token_type": "Bearer",
			"expires_in": int(time.Until(issued.expiry).Seconds()),
		}, err
	}))
}

func (s *Server) serviceAccount(r *http.Request) string {
	if named := r.PathValue("account"); named != "default" {
		return named
	}
	return s.defaultServiceAccount
}

// metadata refuses requests without the header that no web page can send.
func (s *Server) metadata(value func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(metadataHeader, "Google")
		if r.Header.Get(metadataHeader) != "Google" || r.Header.Get("Origin") != "" {
			http.Error(w, "header "+metadataHeader+": Google is missing", http.StatusForbidden)
			return
		}
		answer, err := value(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if text, ok := answer.(string); ok {
			w.Header().Set("Content-Type", "application/text")
			fmt.Fprint(w, text)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	}
}
