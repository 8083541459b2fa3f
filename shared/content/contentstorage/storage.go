// Package contentstorage keeps the bytes of contents in Cloud Storage.
package contentstorage

import (
	"context"
	"time"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/storageclient"
)

// Storage reaches buckets through Client.
type Storage struct{ Client *storageclient.Client }

// Open returns the storage that the environment names.
func Open(ctx context.Context) (Storage, error) {
	client, err := storageclient.Open(ctx)
	return Storage{Client: client}, err
}

// OpenUpload opens a resumable session for a browser.
func (s Storage) OpenUpload(ctx context.Context, u content.Upload) (string, error) {
	return s.Client.OpenUpload(ctx, storageclient.Upload{
		Bucket: u.Bucket, Object: u.Object, ContentType: u.ContentType, SizeBytes: u.SizeBytes, Origin: u.Origin,
	})
}

// Sign returns a URL of an object until expires.
func (s Storage) Sign(bucket, object, mimeType, filename string, expires time.Time) (string, error) {
	return s.Client.SignGet(storageclient.SignRequest{
		Bucket: bucket, Object: object, Expires: expires, Filename: filename, ContentType: mimeType,
	})
}

// Head returns the first bytes of an object.
func (s Storage) Head(ctx context.Context, bucket, object string, length int64) ([]byte, error) {
	return s.Client.Head(ctx, bucket, object, length)
}

// Delete deletes an object.
func (s Storage) Delete(ctx context.Context, bucket, object string) error {
	return s.Client.Delete(ctx, bucket, object)
}
