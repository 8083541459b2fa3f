package storage

import (
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// handler answers CORS, applies faults and leads to the two APIs.
func (s *Server) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.answerCORS(w, r) {
			return
		}
		if s.fault == nil {
			s.serve(w, r)
			return
		}
		s.serveFaulty(w, r, s.fault(r))
	})
}

func (s *Server) serveFaulty(w http.ResponseWriter, r *http.Request, fault Fault) {
	select {
	case <-time.After(fault.Delay):
	case <-r.Context().Done():
		return
	}
	switch {
	case fault.Status != 0:
		http.Error(w, http.StatusText(fault.Status), fault.Status)
	case fault.LoseResponse:
		s.serve(lost{header: http.Header{}}, r)
		panic(http.ErrAbortHandler) // cuts the connection
	default:
		s.serve(w, r)
	}
}

// lost is a response that never arrives.
type lost struct{ header http.Header }

func (l lost) Header() http.Header         { return l.header }
func (l lost) Write(p []byte) (int, error) { return len(p), nil }
func (l lost) WriteHeader(int)             {}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead { // readers may take their time
		s.whole.RLock()
		defer s.whole.RUnlock()
	}
	if r.URL.Path == "/health/live" {
		w.WriteHeader(http.StatusOK)
		return
	}
	isJSON := false
	for _, prefix := range []string{"/storage/v1/", "/upload/", "/download/storage/v1/", "/batch/", "/_internal/"} {
		isJSON = isJSON || strings.HasPrefix(r.URL.Path, prefix)
	}
	fail, serve := writeXMLError, s.serveXML
	if isJSON {
		fail, serve = writeJSONError, s.serveJSON
	}
	if err := checkPath(r.URL.Path); err != nil {
		fail(w, r, err)
		return
	}
	if err := serve(w, r); err != nil {
		fail(w, r, err)
	}
}

// checkPath refuses "..", "." and empty segments, escaped or not: names become files.
func checkPath(decoded string) error {
	trimmed := strings.TrimSuffix(decoded, "/")
	if trimmed != "" && path.Clean(trimmed) != trimmed || strings.ContainsRune(decoded, 0) {
		return invalid("The path has empty, \".\" or \"..\" segments.")
	}
	return nil
}

// serveXML is the API that the world sees: signed URLs.
func (s *Server) serveXML(w http.ResponseWriter, r *http.Request) error {
	bucket, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if r.URL.Query().Has("upload_id") {
		return s.continueUpload(w, r)
	}
	if err := s.authorize(r); err != nil {
		return err
	}
	if name == "" {
		return &apiError{http.StatusNotImplemented, "NotImplemented", "Buckets are served by the JSON API only."}
	}
	if err := checkObjectName(name); err != nil {
		return err
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.serveObject(w, r, bucket, name)
	case http.MethodDelete:
		if err := s.deleteObject(bucket, name, preconditions{}); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	case http.MethodPut, http.MethodPost:
		from, err := s.newRecord(r, bucket)
		if err != nil {
			return err
		}
		from.Object.Name = name
		if r.Method == http.MethodPost {
			return s.startSigned(w, r, from)
		}
		return s.putSigned(w, r, from)
	}
	return &apiError{http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource."}
}

// putSigned stores an object that comes in one signed PUT.
func (s *Server) putSigned(w http.ResponseWriter, r *http.Request, from record) error {
	from.Object = metadataOfHeaders(r, from.Object.Name)
	if err := from.Limits.check(r.ContentLength); r.ContentLength >= 0 && err != nil {
		return err
	}
	result, err := s.storeWhole(r, from, r.Body)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+result.Etag+`"`)
	w.WriteHeader(http.StatusOK)
	return nil
}

// authorize takes a signed URL or, from programs, a bearer token.
func (s *Server) authorize(r *http.Request) error {
	if isSigned(r.URL.Query()) {
		return verifySignedURL(r, s.signingKeys, time.Now())
	}
	if hasBearer(r) {
		return nil
	}
	return &apiError{http.StatusForbidden, "AccessDenied", "Access denied: the URL is not signed."}
}

func hasBearer(r *http.Request) bool {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return found && token != ""
}

func isLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}

// segments are the unescaped parts of an escaped path.
func segments(escaped string) []string {
	parts := strings.Split(strings.Trim(escaped, "/"), "/")
	for i, part := range parts {
		if unescaped, err := url.PathUnescape(part); err == nil {
			parts[i] = unescaped
		}
	}
	return parts
}
