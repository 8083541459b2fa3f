package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

const (
	toolkitPath  = "/identitytoolkit.googleapis.com"
	accountsPath = toolkitPath + "/v1/accounts"
	projectsPath = toolkitPath + "/v1/projects/{project}/accounts"
	tokenPath    = "/securetoken.googleapis.com/v1/token"

	maxBodyBytes = 1 << 20
)

// ownerToken is what Firebase's own emulator takes for an administrator.
const ownerToken = "owner"

// apiError is a refusal in the words of the Identity Toolkit API.
type apiError struct {
	code    int
	message string
}

func (e *apiError) Error() string { return e.message }

func refuse(message string) error { return &apiError{http.StatusBadRequest, message} }

// caller is who sent a request.
type caller struct {
	// admin is set when a service account's token came with the request.
	admin bool
	query func(name string) string
}

// endpoint adapts a method of the API, which takes a decoded body and answers a value.
func endpoint[Request any](s *Server, mustBeAdmin bool, run func(caller, Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := call(s, r, mustBeAdmin, w, run)
		if err != nil {
			writeError(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

func call[Request any](s *Server, r *http.Request, mustBeAdmin bool, w http.ResponseWriter,
	run func(caller, Request) (any, error)) (any, error) {
	who, err := s.authenticate(r)
	if err != nil {
		return nil, err
	}
	if mustBeAdmin && !who.admin {
		return nil, &apiError{http.StatusUnauthorized, "UNAUTHENTICATED : a service account's token is required"}
	}
	if project := r.PathValue("project"); project != "" && project != s.project {
		return nil, refuse("PROJECT_NOT_FOUND")
	}
	var request Request
	if r.Method != http.MethodGet {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
		if err != nil {
			return nil, &apiError{http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE"}
		}
		if err := json.Unmarshal(body, &request); err != nil {
			return nil, refuse("INVALID_ARGUMENT : Invalid JSON payload received. " + err.Error())
		}
	}
	return run(who, request)
}

// authenticate reads the bearer token, which only administrators send.
func (s *Server) authenticate(r *http.Request) (caller, error) {
	who := caller{query: r.URL.Query().Get}
	header := r.Header.Get("Authorization")
	if header == "" {
		return who, nil
	}
	token, isBearer := strings.CutPrefix(header, "Bearer ")
	if !isBearer {
		return who, &apiError{http.StatusUnauthorized, "UNAUTHENTICATED : Authorization has no bearer token"}
	}
	if token != ownerToken {
		if err := s.verifyAccessToken(token); err != nil {
			return who, &apiError{http.StatusUnauthorized, "UNAUTHENTICATED : " + err.Error()}
		}
	}
	who.admin = true
	return who, nil
}

// messages are the API's names for what can go wrong inside.
var messages = map[error]string{
	ErrEmailExists:   "EMAIL_EXISTS",
	errLocalIDExists: "DUPLICATE_LOCAL_ID",
	errUserNotFound:  "USER_NOT_FOUND",
	errTokenExpired:  "TOKEN_EXPIRED",
	errTokenInvalid:  "INVALID_ID_TOKEN",
}

func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *apiError
	if !errors.As(err, &refusal) {
		refusal = &apiError{http.StatusInternalServerError, "INTERNAL_ERROR"}
		for cause, message := range messages {
			if errors.Is(err, cause) {
				refusal = &apiError{http.StatusBadRequest, message}
			}
		}
	}
	if refusal.code >= http.StatusInternalServerError {
		slog.ErrorContext(r.Context(), "identity emulator", "path", r.URL.Path, "error", err)
	}
	writeJSON(w, refusal.code, map[string]any{"error": map[string]any{
		"code": refusal.code, "message": refusal.message,
		"errors": []map[string]string{{"message": refusal.message, "reason": "invalid", "domain": "global"}},
	}})
}

// allowBrowsers answers CORS for every origin: the web SDK runs on a page of its own server.
func allowBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		if origin := r.Header.Get("Origin"); origin != "" {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Add("Vary", "Origin")
			header.Set("Access-Control-Allow-Credentials", "true")
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			header.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
			header.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
			header.Set("Access-Control-Max-Age", "3600")
			if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
				header.Set("Access-Control-Allow-Private-Network", "true")
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// notImplemented names what this emulator does not have.
func notImplemented(w http.ResponseWriter, r *http.Request) {
	writeError(w, r, &apiError{http.StatusNotImplemented,
		fmt.Sprintf("NOT_IMPLEMENTED : %s %s", r.Method, r.URL.Path)})
}
