package storage

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

// chunkMultiple is what the length of every chunk but the last must be a multiple of.
const chunkMultiple = 256 << 10

// statusClientClosed is the answer to a cancellation.
const statusClientClosed = 499

// continueUpload serves a request to a session's own address: a chunk, a question how far
// it is, or its cancellation.
func (s *Server) continueUpload(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return &apiError{http.StatusMethodNotAllowed, "MethodNotAllowed", "An upload takes PUT, POST and DELETE."}
	}
	upload, err := s.sessions.find(r.URL.Query().Get("upload_id"))
	if err != nil {
		return err
	}
	upload.mu.Lock()
	defer upload.mu.Unlock()
	if err := upload.alive(); err != nil {
		return err
	}
	if r.Method == http.MethodDelete {
		if upload.State == stateDone {
			return errNoSuchUpload
		}
		return s.abandon(upload, &apiError{statusClientClosed, "UploadCancelled", "The upload is cancelled."})
	}
	if upload.State == stateDone { // the answer was lost
		writeJSON(w, http.StatusOK, resource(baseURL(r), *upload.Result))
		return nil
	}
	if upload.State == stateCommitting { // an error stopped it; the bytes are all there
		return s.answerCommitted(w, r, upload, s.refinish)
	}
	complete, err := s.receive(upload, r)
	if err != nil {
		return err
	}
	if complete {
		upload.Object.declareHashes(r.Header.Values("X-Goog-Hash"))
		return s.answerCommitted(w, r, upload, s.commit)
	}
	return s.answerProgress(w, r, upload)
}

// receive stores what the request brings and tells whether the upload has all its bytes.
func (s *Server) receive(upload *session, r *http.Request) (complete bool, err error) {
	extent := contentRange{first: 0, last: unknown, total: unknown}
	header := r.Header.Get("Content-Range")
	if header != "" {
		if extent, err = parseContentRange(header); err != nil {
			return false, err
		}
	} else if r.ContentLength >= 0 {
		extent.total = r.ContentLength
	}
	if err := s.declareTotal(upload, extent.total); err != nil {
		return false, err
	}
	received, err := s.sessions.received(upload)
	if err != nil {
		return false, err
	}
	if extent.isQuery() {
		return upload.Total == received, nil
	}
	if extent.first > received {
		return false, invalid(fmt.Sprintf("Content-Range begins at byte %d, but only %d have arrived.", extent.first, received))
	}
	length := extent.last - extent.first + 1
	isLast := extent.last == unknown || extent.last+1 == extent.total
	if !isLast && length%chunkMultiple != 0 {
		return false, invalid(fmt.Sprintf("Only the last chunk may have a length (%d) that is not a multiple of %d.", length, chunkMultiple))
	}
	if extent.last != unknown && r.ContentLength >= 0 && r.ContentLength != length {
		return false, invalid(fmt.Sprintf("Content-Length is %d, but Content-Range has %d bytes.", r.ContentLength, length))
	}
	received, err = s.appendChunk(upload, r.Body, received-extent.first, received)
	if err != nil {
		return false, err
	}
	if header == "" || extent.last == unknown {
		return true, nil // the body has ended, and with it the upload
	}
	return upload.Total == received, nil
}

// declareTotal takes the length of the whole, once.
func (s *Server) declareTotal(upload *session, total int64) error {
	if total == unknown || total == upload.Total {
		return nil
	}
	if upload.Total != unknown {
		return invalid(fmt.Sprintf("The upload was declared to have %d bytes, not %d.", upload.Total, total))
	}
	if err := upload.Limits.check(total); err != nil {
		return err
	}
	upload.Total = total
	return s.sessions.save(upload)
}

// appendChunk adds a body to the upload, leaving out the bytes that are there already. What
// arrived before the connection broke is kept. It returns how many bytes there are.
func (s *Server) appendChunk(upload *session, body io.Reader, known, received int64) (int64, error) {
	if _, err := io.CopyN(io.Discard, body, known); errors.Is(err, io.EOF) {
		return received, nil
	} else if err != nil {
		return received, &apiError{http.StatusBadRequest, "IncompleteBody", "The request ended early: " + err.Error()}
	}
	file, err := os.OpenFile(s.sessions.file(upload), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return received, fmt.Errorf("open upload: %w", err)
	}
	defer file.Close()
	limit := upload.Total
	if limit == unknown {
		limit = upload.Limits.Max
	}
	if limit != unknown {
		body = io.LimitReader(body, limit-received+1)
	}
	added, readErr := io.Copy(file, body)
	if err := file.Sync(); err != nil {
		return received, fmt.Errorf("store upload: %w", err)
	}
	received += added
	if err := upload.Limits.checkGrowing(received); err != nil {
		return received, s.abandon(upload, err)
	}
	if upload.Total != unknown && received > upload.Total {
		return received, s.abandon(upload, invalid("The upload has more bytes than it declared."))
	}
	if readErr != nil {
		return received, &apiError{http.StatusBadRequest, "IncompleteBody", "The request ended early: " + readErr.Error()}
	}
	return received, nil
}

// answerProgress is 308 with what has arrived. The Go client asks not to get that status.
func (s *Server) answerProgress(w http.ResponseWriter, r *http.Request, upload *session) error {
	received, err := s.sessions.received(upload)
	if err != nil {
		return err
	}
	if received > 0 {
		w.Header().Set("Range", "bytes=0-"+strconv.FormatInt(received-1, 10))
	}
	w.Header().Set("Content-Length", "0")
	if r.Header.Get("X-GUploader-No-308") == "yes" {
		w.Header().Set("X-Http-Status-Code-Override", strconv.Itoa(http.StatusPermanentRedirect))
		w.WriteHeader(http.StatusOK)
		return nil
	}
	w.WriteHeader(http.StatusPermanentRedirect)
	return nil
}
