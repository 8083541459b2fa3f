package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
)

// refusal is an answer of the gateway itself, in the shape of AIP-193 as the functions'
// are, and readable for a front end of any origin.
type refusal struct {
	code    int
	status  string
	reason  string
	message string
	allow   []string
}

func notFound() *refusal {
	return &refusal{code: http.StatusNotFound, status: "NOT_FOUND", reason: "NOT_FOUND", message: "no operation has this path"}
}

func methodNotAllowed(method string, allowed []string) *refusal {
	return &refusal{
		code: http.StatusMethodNotAllowed, status: "INVALID_ARGUMENT", reason: "METHOD_NOT_ALLOWED",
		message: "method " + method + " is not allowed here", allow: allowed,
	}
}

func tooLarge() *refusal {
	return &refusal{
		code: http.StatusRequestEntityTooLarge, status: "INVALID_ARGUMENT", reason: "BODY_TOO_LARGE",
		message: "the body is larger than the gateway takes",
	}
}

// injected is a fault that somebody asked for.
func injected(code int) *refusal {
	return &refusal{code: code, status: "UNAVAILABLE", reason: "UNAVAILABLE", message: "a fault that was asked for"}
}

func (f *refusal) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "Retry-After, Preference-Applied, ETag, traceparent")
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	if len(f.allow) > 0 {
		header.Set("Allow", strings.Join(f.allow, ", "))
	}
	w.WriteHeader(f.code)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{ // the caller may have gone
		"code": f.code, "status": f.status, "message": f.message,
		"details": []any{map[string]any{
			"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": f.reason, "domain": "kwipper", "metadata": map[string]string{},
		}},
	}})
}
