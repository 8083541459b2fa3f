package storage

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"log/slog"
	"net/http"
)

// apiError is a refusal in Cloud Storage's words.
type apiError struct {
	status  int
	code    string // the XML API's, for instance SignatureDoesNotMatch
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func invalid(message string) error {
	return &apiError{http.StatusBadRequest, "InvalidArgument", message}
}

var (
	errNoSuchUpload = &apiError{http.StatusNotFound, "NoSuchUpload", "The upload does not exist, or is over."}
	errNoSuchKey    = &apiError{http.StatusNotFound, "NoSuchKey", "The specified key does not exist."}
	errNoSuchBucket = &apiError{http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist."}
	errPrecondition = &apiError{http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold."}
)

// refusalOf hides what is not for the client.
func refusalOf(r *http.Request, err error) *apiError {
	var refusal *apiError
	if errors.As(err, &refusal) {
		return refusal
	}
	slog.ErrorContext(r.Context(), "storage emulator", "method", r.Method, "path", r.URL.Path, "error", err)
	return &apiError{http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again."}
}

func writeJSONError(w http.ResponseWriter, r *http.Request, err error) {
	refusal := refusalOf(r, err)
	writeJSON(w, refusal.status, map[string]any{"error": map[string]any{
		"code": refusal.status, "message": refusal.message,
		"errors": []map[string]string{{"domain": "global", "reason": refusal.code, "message": refusal.message}},
	}})
}

func writeXMLError(w http.ResponseWriter, r *http.Request, err error) {
	refusal := refusalOf(r, err)
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(refusal.status)
	_ = xml.NewEncoder(w).Encode(struct { // the client is gone if this fails
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: refusal.code, Message: refusal.message})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
}
