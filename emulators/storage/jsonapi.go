package storage

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// serveJSON is the API of client libraries. Reading and metadata are fakestorage's; whatever
// makes or deletes an object passes by the notifications.
func (s *Server) serveJSON(w http.ResponseWriter, r *http.Request) error {
	uploadID := r.URL.Query().Get("upload_id")
	if uploadID != "" && strings.HasPrefix(r.URL.Path, "/upload/") { // browsers have it as their permission
		return s.continueUpload(w, r)
	}
	if !isLoopback(r) && !hasBearer(r) {
		return &apiError{http.StatusUnauthorized, "required", "Anonymous caller does not have storage access."}
	}
	parts := segments(r.URL.EscapedPath())
	if slices.Equal(parts[:min(3, len(parts))], []string{"upload", "storage", "v1"}) {
		if len(parts) != 6 || parts[3] != "b" || parts[5] != "o" || r.Method != http.MethodPost {
			return &apiError{http.StatusNotFound, "notFound", "There is no such upload method."}
		}
		return s.uploadJSON(w, r, parts[4])
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if err := checkServed(parts); err != nil {
			return err
		}
		s.fake.HTTPHandler().ServeHTTP(w, r)
		return nil
	}
	return s.changeJSON(w, r, parts)
}

// checkServed names what neither fakestorage nor this package does well.
func checkServed(parts []string) error {
	for _, name := range []string{"compose", "notificationConfigs", "restore", "watch", "move"} {
		if len(parts) > 4 && parts[len(parts)-1] == name {
			return &apiError{http.StatusNotImplemented, "notImplemented", name + " is not implemented."}
		}
	}
	if parts[0] == "batch" || parts[0] == "_internal" {
		return &apiError{http.StatusNotImplemented, "notImplemented", parts[0] + " is not implemented."}
	}
	return nil
}

// changeJSON serves what changes buckets and objects.
func (s *Server) changeJSON(w http.ResponseWriter, r *http.Request, parts []string) error {
	if err := checkServed(parts); err != nil {
		return err
	}
	isObject := len(parts) > 5 && parts[0] == "storage" && parts[2] == "b" && parts[4] == "o"
	if isObject && r.Method == http.MethodDelete && !slices.Contains(parts[6:], "acl") {
		condition, err := parsePreconditions(r.URL.Query())
		if err != nil {
			return err
		}
		if generation, err := strconv.ParseInt(r.URL.Query().Get("generation"), 10, 64); err == nil {
			condition.Match = &generation
		}
		if err := s.deleteObject(parts[3], strings.Join(parts[5:], "/"), condition); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	s.writes.Lock()
	defer s.writes.Unlock()
	if at := copyAt(parts); isObject && at > 0 && r.Method == http.MethodPost {
		return s.copyObject(w, r, parts[at+2], strings.Join(parts[at+4:], "/"))
	}
	s.fake.HTTPHandler().ServeHTTP(w, r)
	return nil
}

// copyAt finds ".../rewriteTo/b/{bucket}/o/{object}"; the object's name is a single, escaped
// segment when a client library sends it.
func copyAt(parts []string) int {
	for i := 6; i+4 < len(parts); i++ {
		if (parts[i] == "rewriteTo" || parts[i] == "copyTo") && parts[i+1] == "b" && parts[i+3] == "o" {
			return i
		}
	}
	return 0
}

// copyObject lets fakestorage copy and answers when the notifications are in the journal.
func (s *Server) copyObject(w http.ResponseWriter, r *http.Request, bucket, name string) error {
	if err := checkObjectName(name); err != nil {
		return err
	}
	condition, err := parsePreconditions(r.URL.Query())
	if err != nil {
		return err
	}
	previous, existed := s.attributes(bucket, name)
	if err := condition.check(previous.Generation); err != nil {
		return err
	}
	answer := &held{lost: lost{header: http.Header{}}, status: http.StatusOK}
	s.fake.HTTPHandler().ServeHTTP(answer, r)
	if answer.status == http.StatusOK {
		result, _ := s.attributes(bucket, name)
		overwritten := &previous
		if !existed {
			overwritten = nil
		}
		changes, notices := s.notifier.finalized(result, overwritten)
		if err := s.store.Write(changes...); err != nil {
			return err
		}
		s.notifier.send(notices)
	}
	for name, values := range answer.header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes()) // the client is gone if this fails
	return nil
}

// held is a response kept back.
type held struct {
	lost
	status int
	body   bytes.Buffer
}

func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

// deleteObject deletes an object and notifies.
func (s *Server) deleteObject(bucket, name string, condition preconditions) error {
	if err := checkObjectName(name); err != nil {
		return err
	}
	s.writes.Lock()
	defer s.writes.Unlock()
	object, exists := s.attributes(bucket, name)
	if !exists {
		return errNoSuchKey
	}
	if err := condition.check(object.Generation); err != nil {
		return err
	}
	if err := s.fake.Backend().DeleteObject(bucket, name); err != nil {
		return fmt.Errorf("delete object %s/%s: %w", bucket, name, err)
	}
	changes, notices := s.notifier.deleted(object)
	if err := s.store.Write(changes...); err != nil {
		return err
	}
	s.notifier.send(notices)
	return nil
}
