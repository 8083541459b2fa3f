package storage

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

const maxObjectNameBytes = 1024

// objectMetadata is what an uploader says about an object, in the JSON API's names.
type objectMetadata struct {
	Name               string            `json:"name"`
	ContentType        string            `json:"contentType,omitempty"`
	ContentEncoding    string            `json:"contentEncoding,omitempty"`
	ContentDisposition string            `json:"contentDisposition,omitempty"`
	ContentLanguage    string            `json:"contentLanguage,omitempty"`
	CacheControl       string            `json:"cacheControl,omitempty"`
	StorageClass       string            `json:"storageClass,omitempty"`
	CustomTime         time.Time         `json:"customTime,omitzero"`
	MD5Hash            string            `json:"md5Hash,omitempty"`
	CRC32C             string            `json:"crc32c,omitempty"`
	Metadata           map[string]string `json:"metadata,omitempty"`
}

// checkObjectName refuses names that would leave the bucket's directory or not fit in it.
func checkObjectName(name string) error {
	switch {
	case name == "":
		return invalid("The object has no name.")
	case len(name) > maxObjectNameBytes || !utf8.ValidString(name):
		return invalid("The object's name is not UTF-8 of at most 1024 bytes.")
	case strings.ContainsAny(name, "\x00\r\n\\"):
		return invalid("The object's name has characters that are not supported here.")
	case path.Clean("/"+name) != "/"+name:
		return invalid("The object's name has empty, \".\" or \"..\" segments.")
	}
	return nil
}

// resource is an object as the JSON API and notifications show it.
func resource(base string, attrs fakestorage.ObjectAttrs) map[string]any {
	escaped := url.PathEscape(attrs.Name)
	generation := strconv.FormatInt(attrs.Generation, 10)
	self := base + "/storage/v1/b/" + attrs.BucketName + "/o/" + escaped
	shown := map[string]any{
		"kind": "storage#object", "id": attrs.BucketName + "/" + attrs.Name + "/" + generation,
		"selfLink":  self,
		"mediaLink": base + "/download/storage/v1/b/" + attrs.BucketName + "/o/" + escaped + "?generation=" + generation + "&alt=media",
		"name":      attrs.Name, "bucket": attrs.BucketName, "generation": generation, "metageneration": "1",
		"contentType": attrs.ContentType, "storageClass": attrs.StorageClass,
		"size": strconv.FormatInt(attrs.Size, 10), "md5Hash": attrs.Md5Hash, "crc32c": attrs.Crc32c, "etag": attrs.Etag,
		"timeCreated": timestamp(attrs.Created), "updated": timestamp(attrs.Updated),
		"timeStorageClassUpdated": timestamp(attrs.Created),
	}
	for name, value := range map[string]string{
		"contentEncoding": attrs.ContentEncoding, "contentDisposition": attrs.ContentDisposition,
		"contentLanguage": attrs.ContentLanguage, "cacheControl": attrs.CacheControl} {
		if value != "" {
			shown[name] = value
		}
	}
	if len(attrs.Metadata) > 0 {
		shown["metadata"] = attrs.Metadata
	}
	if !attrs.CustomTime.IsZero() {
		shown["customTime"] = timestamp(attrs.CustomTime)
	}
	return shown
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// serveObject answers GET and HEAD of the XML API, ranges included.
func (s *Server) serveObject(w http.ResponseWriter, r *http.Request, bucket, name string) error {
	object, err := s.fake.GetObjectStreaming(bucket, name)
	if err != nil {
		return errNoSuchKey
	}
	defer func() { _ = object.Close() }() // only read
	header := w.Header()
	header.Set("ETag", strconv.Quote(object.Etag))
	header.Set("X-Goog-Generation", strconv.FormatInt(object.Generation, 10))
	header.Set("X-Goog-Metageneration", "1")
	header.Set("X-Goog-Storage-Class", object.StorageClass)
	header.Set("X-Goog-Stored-Content-Length", strconv.FormatInt(object.Size, 10))
	header.Set("X-Goog-Stored-Content-Encoding", orDefault(object.ContentEncoding, "identity"))
	header.Add("X-Goog-Hash", "crc32c="+object.Crc32c)
	header.Add("X-Goog-Hash", "md5="+object.Md5Hash)
	for name, value := range object.Metadata {
		header.Set("X-Goog-Meta-"+name, value)
	}
	query := r.URL.Query()
	for name, value := range map[string]string{
		"Content-Type":        orDefault(query.Get("response-content-type"), orDefault(object.ContentType, "application/octet-stream")),
		"Content-Disposition": orDefault(query.Get("response-content-disposition"), object.ContentDisposition),
		"Content-Encoding":    object.ContentEncoding,
		"Content-Language":    object.ContentLanguage,
		"Cache-Control":       orDefault(object.CacheControl, "private, max-age=0"),
	} {
		if value != "" {
			header.Set(name, value)
		}
	}
	http.ServeContent(w, r, "", object.Updated, object.Content)
	return nil
}

// attributes returns an object's attributes, and whether it exists.
func (s *Server) attributes(bucket, name string) (fakestorage.ObjectAttrs, bool) {
	object, err := s.fake.GetObjectStreaming(bucket, name)
	if err != nil {
		return fakestorage.ObjectAttrs{}, false
	}
	_ = object.Close()
	return object.ObjectAttrs, true
}

func (s *Server) bucketExists(bucket string) bool {
	_, err := s.fake.Backend().GetBucket(bucket)
	return err == nil
}

func checkBucketName(name string) error {
	if len(name) < 3 || len(name) > 222 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.Contains(name, "..") {
		return fmt.Errorf("bucket %q: the name is not 3 to 222 of a-z, 0-9, '-', '_' and '.'", name)
	}
	return nil
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
