package storage

import (
	"net/http"
	"slices"
)

const exposedHeaders = "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Length, Content-Range, Content-Type, " +
	"ETag, Last-Modified, Location, Range, X-Goog-Generation, X-Goog-Hash, X-GUploader-UploadID"

// answerCORS adds the headers that let a browser read the answer, and tells whether the
// request was a preflight, which is answered then.
func (s *Server) answerCORS(w http.ResponseWriter, r *http.Request) bool {
	header, origin := w.Header(), r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	header.Add("Vary", "Origin")
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	if s.allowsOrigin(r, origin) {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Expose-Headers", exposedHeaders)
		if preflight {
			header.Set("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE")
			header.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
			header.Set("Access-Control-Max-Age", "3600")
		}
	}
	if preflight {
		w.WriteHeader(http.StatusOK)
	}
	return preflight
}

// allowsOrigin goes by the options, but an upload's session belongs to the origin that it
// was opened with: Cloud Storage lets no other page go on with it.
func (s *Server) allowsOrigin(r *http.Request, origin string) bool {
	if id := r.URL.Query().Get("upload_id"); id != "" {
		s.whole.RLock()
		defer s.whole.RUnlock()
		if upload, err := s.sessions.find(id); err == nil {
			return upload.Origin == origin
		}
	}
	return len(s.allowedOrigins) == 0 || slices.Contains(s.allowedOrigins, origin)
}
