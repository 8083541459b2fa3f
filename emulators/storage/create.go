package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/pkg/xattr"
)

// attributesName is the extended attribute of an object's file in which fakestorage keeps
// what it knows of the object. Where the file system has none it uses a file beside it.
const attributesName = "user.metadata"

// hasExtendedAttributes asks the file system in the way that fakestorage does.
func hasExtendedAttributes(dir string) bool {
	_, err := xattr.Get(dir, attributesName)
	var missing *xattr.Error
	return xattr.XATTR_SUPPORTED && (err == nil || errors.As(err, &missing) && errors.Is(missing.Err, xattr.ENOATTR))
}

// createObject makes an object of an upload's bytes. Needs the lock of writes.
func (s *Server) createObject(upload *session) error {
	file, err := os.OpenFile(s.sessions.file(upload), os.O_RDWR|os.O_CREATE, 0o600) // an empty upload has none
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	defer file.Close()
	if s.extended {
		err = s.moveObject(upload, file)
	} else {
		err = s.copyUpload(upload, file)
	}
	if err != nil {
		return fmt.Errorf("create object %s/%s: %w", upload.Bucket, upload.Object.Name, err)
	}
	return nil
}

// moveObject makes the upload's file the object's: attributes and content appear at once, and
// nothing passes through memory, where fakestorage would hold the whole.
func (s *Server) moveObject(upload *session, file *os.File) error {
	encoded, err := s.encodeAttributes(upload)
	if err != nil {
		return err
	}
	if err := xattr.FSet(file, attributesName, encoded); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	path := filepath.Join(s.objectsDir(), url.PathEscape(upload.Bucket), filepath.FromSlash(upload.Object.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// encodeAttributes writes the attributes in fakestorage's own type, which has no name outside
// but which a failed reading returns empty.
func (s *Server) encodeAttributes(upload *session) ([]byte, error) {
	empty, _ := s.fake.Backend().GetObject("", "")
	attributes, object := empty.ObjectAttrs, upload.Object
	now := time.Now().UTC()
	attributes.StorageClass = orDefault(object.StorageClass, "STANDARD")
	attributes.ContentType = orDefault(object.ContentType, "application/octet-stream")
	attributes.ContentEncoding = object.ContentEncoding
	attributes.ContentDisposition = object.ContentDisposition
	attributes.ContentLanguage = object.ContentLanguage
	attributes.CacheControl = object.CacheControl
	attributes.Crc32c, attributes.Md5Hash, attributes.Etag = object.CRC32C, object.MD5Hash, object.MD5Hash
	attributes.Metadata = object.Metadata
	attributes.Created, attributes.Updated = now.Format(time.RFC3339Nano), now.Format(time.RFC3339Nano)
	attributes.Deleted = time.Time{}.Format(time.RFC3339Nano)
	attributes.CustomTime = object.CustomTime.Format(time.RFC3339Nano)
	attributes.Generation = now.UnixMicro()
	if upload.Previous != nil {
		attributes.Generation = max(attributes.Generation, upload.Previous.Generation+1)
	}
	return json.Marshal(attributes)
}

// copyUpload has fakestorage write the object.
func (s *Server) copyUpload(upload *session, file *os.File) error {
	object := upload.Object
	return s.fake.CreateObjectStreaming(fakestorage.StreamingObject{
		ObjectAttrs: fakestorage.ObjectAttrs{
			BucketName: upload.Bucket, Name: object.Name,
			ContentType:        orDefault(object.ContentType, "application/octet-stream"),
			ContentEncoding:    object.ContentEncoding,
			ContentDisposition: object.ContentDisposition, ContentLanguage: object.ContentLanguage,
			CacheControl: object.CacheControl, StorageClass: object.StorageClass,
			CustomTime: object.CustomTime, Metadata: object.Metadata,
		},
		Content: file,
	})
}
