package identity

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
)

// addTools serves the paths of Firebase's own emulator that read the mail and empty it.
func (s *Server) addTools(mux *http.ServeMux) {
	project := "/emulator/v1/projects/{project}"
	mux.HandleFunc("GET "+project+"/oobCodes", endpoint(s, false, s.listOobCodes))
	mux.HandleFunc("DELETE "+project+"/accounts", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Reset(); err != nil {
			writeError(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{})
	})
	mux.HandleFunc("GET /emulator/action", s.serveAction)
}

func (s *Server) listOobCodes(caller, none) (any, error) {
	codes := []oobCode{}
	err := s.store.Scan(oobPrefix, func(key string, value []byte) error {
		var code oobCode
		if err := json.Unmarshal(value, &code); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		codes = append(codes, code)
		return nil
	})
	return map[string]any{"oobCodes": codes}, err
}

// serveAction is where the link of an email leads.
func (s *Server) serveAction(w http.ResponseWriter, r *http.Request) {
	code, password := r.FormValue("oobCode"), r.FormValue("newPassword")
	var err error
	done := "The email address is verified."
	switch r.FormValue("mode") {
	case "verifyEmail":
		_, err = s.applyOobCode(code)
	case "resetPassword":
		done = "The password is changed."
		if password == "" {
			err = refuse("MISSING_PASSWORD : add &newPassword= to the link")
			break
		}
		_, err = s.resetPassword(caller{}, resetPasswordRequest{OobCode: code, NewPassword: password})
	default:
		err = refuse("INVALID_ARGUMENT : mode is verifyEmail or resetPassword")
	}
	if err != nil {
		writeError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><title>Identity emulator</title><p>%s", html.EscapeString(done))
}
