package httpapi

import "net/http"

// setCORS lets front ends of any origin call: tokens travel in a header, not in cookies.
func setCORS(header http.Header) {
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "Retry-After, Preference-Applied, ETag, traceparent")
}

// answerPreflight answers OPTIONS. A function knows its own method only, its path may have
// more; what is not served is refused when it comes.
func answerPreflight(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS")
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Prefer, If-Match")
	header.Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusNoContent)
}
