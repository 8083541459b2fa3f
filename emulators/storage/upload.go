package storage

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

// maxMetadataBytes limits what is said about an object.
const maxMetadataBytes = 64 << 10

// uploadJSON serves POST of the JSON API's /upload/storage/v1/b/{bucket}/o.
func (s *Server) uploadJSON(w http.ResponseWriter, r *http.Request, bucket string) error {
	from, err := s.newRecord(r, bucket)
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("uploadType") {
	case "media":
		from.Object = metadataOfHeaders(r, r.URL.Query().Get("name"))
		return s.uploadWhole(w, r, from, r.Body)
	case "multipart":
		content, err := readMultipart(r, &from.Object)
		if err != nil {
			return err
		}
		return s.uploadWhole(w, r, from, content)
	case "resumable":
		return s.startJSON(w, r, from)
	}
	return invalid("uploadType is not media, multipart or resumable.")
}

// newRecord reads what all kinds of upload have in common.
func (s *Server) newRecord(r *http.Request, bucket string) (record, error) {
	from := record{Bucket: bucket, Origin: r.Header.Get("Origin"), Total: unknown}
	if !s.bucketExists(bucket) {
		return from, errNoSuchBucket
	}
	var err error
	if from.Condition, err = parsePreconditions(r.URL.Query()); err != nil {
		return from, err
	}
	from.Limits, err = parseLengthLimits(r.Header.Get("X-Goog-Content-Length-Range"))
	return from, err
}

// uploadWhole takes an upload that is one request.
func (s *Server) uploadWhole(w http.ResponseWriter, r *http.Request, from record, content io.Reader) error {
	result, err := s.storeWhole(r, from, content)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, resource(baseURL(r), result))
	return nil
}

func (s *Server) storeWhole(r *http.Request, from record, content io.Reader) (result fakestorage.ObjectAttrs, err error) {
	completeMetadata(&from.Object, r)
	if err := checkObjectName(from.Object.Name); err != nil {
		return result, err
	}
	upload, err := s.sessions.begin(from)
	if err != nil {
		return result, err
	}
	if _, err := s.appendChunk(upload, content, 0, 0); err != nil {
		return result, s.abandon(upload, err)
	}
	return s.commit(upload)
}

// startJSON opens a resumable session of the JSON API.
func (s *Server) startJSON(w http.ResponseWriter, r *http.Request, from record) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMetadataBytes))
	if err != nil {
		return invalid("The metadata is too long.")
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &from.Object); err != nil {
			return invalid("The metadata is not JSON: " + err.Error())
		}
	}
	return s.start(w, r, from, http.StatusOK, func(id string) string {
		return baseURL(r) + "/upload/storage/v1/b/" + url.PathEscape(from.Bucket) + "/o?" + url.Values{
			"uploadType": {"resumable"}, "name": {from.Object.Name}, "upload_id": {id}}.Encode()
	})
}

// startSigned opens a resumable session by a signed POST of the XML API.
func (s *Server) startSigned(w http.ResponseWriter, r *http.Request, from record) error {
	if r.Header.Get("X-Goog-Resumable") != "start" {
		return invalid("A POST to an object needs the header x-goog-resumable: start.")
	}
	from.Object = metadataOfHeaders(r, from.Object.Name)
	return s.start(w, r, from, http.StatusCreated, func(id string) string {
		return baseURL(r) + escapePath(r.URL.Path) + "?" + url.Values{"name": {from.Object.Name}, "upload_id": {id}}.Encode()
	})
}

func (s *Server) start(w http.ResponseWriter, r *http.Request, from record, status int, location func(id string) string) error {
	if name := r.URL.Query().Get("name"); name != "" && from.Object.Name == "" {
		from.Object.Name = name
	}
	completeMetadata(&from.Object, r)
	if err := checkObjectName(from.Object.Name); err != nil {
		return err
	}
	if length := r.Header.Get("X-Upload-Content-Length"); length != "" {
		total, err := strconv.ParseUint(length, 10, 62)
		if err != nil {
			return invalid("X-Upload-Content-Length is not a number of bytes.")
		}
		from.Total = int64(total)
		if err := from.Limits.check(from.Total); err != nil {
			return err
		}
	}
	from.Resumable = true
	upload, err := s.sessions.begin(from)
	if err != nil {
		return err
	}
	w.Header().Set("Location", location(upload.ID))
	w.Header().Set("X-GUploader-UploadID", upload.ID)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
	return nil
}

// metadataOfHeaders reads what the XML API and media uploads say in headers.
func metadataOfHeaders(r *http.Request, name string) objectMetadata {
	object := objectMetadata{
		Name:        name,
		ContentType: r.Header.Get("Content-Type"), ContentEncoding: r.Header.Get("Content-Encoding"),
		ContentDisposition: r.Header.Get("Content-Disposition"), ContentLanguage: r.Header.Get("Content-Language"),
		CacheControl: r.Header.Get("Cache-Control"), StorageClass: r.Header.Get("X-Goog-Storage-Class"),
		MD5Hash: r.Header.Get("Content-MD5"),
	}
	for header, values := range r.Header {
		if key, ok := strings.CutPrefix(strings.ToLower(header), "x-goog-meta-"); ok {
			if object.Metadata == nil {
				object.Metadata = map[string]string{}
			}
			object.Metadata[key] = strings.Join(values, ",")
		}
	}
	return object
}

func completeMetadata(object *objectMetadata, r *http.Request) {
	object.ContentType = orDefault(object.ContentType, r.Header.Get("X-Upload-Content-Type"))
	object.declareHashes(r.Header.Values("X-Goog-Hash"))
}

// readMultipart reads the metadata, and returns the content to be streamed.
func readMultipart(r *http.Request, object *objectMetadata) (io.Reader, error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, invalid("Content-Type is not multipart/related with a boundary.")
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	first, err := parts.NextRawPart()
	if err != nil {
		return nil, invalid("The metadata part is missing: " + err.Error())
	}
	if err := json.NewDecoder(io.LimitReader(first, maxMetadataBytes)).Decode(object); err != nil {
		return nil, invalid("The metadata is not JSON: " + err.Error())
	}
	second, err := parts.NextRawPart()
	if err != nil {
		return nil, invalid("The content part is missing: " + err.Error())
	}
	object.Name = orDefault(object.Name, r.URL.Query().Get("name"))
	object.ContentType = orDefault(object.ContentType, second.Header.Get("Content-Type"))
	return second, nil
}

// answerCommitted ends an upload and answers its object.
func (s *Server) answerCommitted(w http.ResponseWriter, r *http.Request, upload *session,
	end func(*session) (fakestorage.ObjectAttrs, error)) error {
	result, err := end(upload)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, resource(baseURL(r), result))
	return nil
}

func (s *Server) refinish(upload *session) (fakestorage.ObjectAttrs, error) {
	s.writes.Lock()
	defer s.writes.Unlock()
	return s.finish(upload)
}

func baseURL(r *http.Request) string { return fmt.Sprintf("http://%s", r.Host) }
