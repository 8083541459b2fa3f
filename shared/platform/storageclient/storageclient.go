// Package storageclient signs URLs of Cloud Storage and opens uploads, so that browsers
// move the bytes and functions only hand out addresses.
package storageclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/config"
)

// ReasonObjectNotFound says that a bucket has no such object.
const ReasonObjectNotFound = "NOT_FOUND"

// Client reads, writes and signs for the media buckets.
type Client struct {
	storage *storage.Client
	http    *http.Client // authorised
	base    string       // of the JSON API's uploads
	signer  signer
	local   *endpoint // of an emulator, nil in production
}

var (
	mu      sync.Mutex
	clients = map[clientKey]*Client{}
)

type clientKey struct{ emulator, signer, key string }

// Open returns the client, one in a process. URLs are signed as MEDIA_SIGNER_EMAIL, with
// MEDIA_SIGNER_KEY where it is set and by the IAM service (signBlob) else. A failed opening
// is not kept.
func Open(ctx context.Context) (*Client, error) {
	email, err := config.String("MEDIA_SIGNER_EMAIL")
	if err != nil {
		return nil, err
	}
	key := clientKey{os.Getenv("STORAGE_EMULATOR_HOST"), email, os.Getenv("MEDIA_SIGNER_KEY")}
	mu.Lock()
	defer mu.Unlock()
	if c, ok := clients[key]; ok {
		return c, nil
	}
	c, err := open(context.WithoutCancel(ctx), key)
	if err != nil {
		return nil, err
	}
	clients[key] = c
	return c, nil
}

func open(ctx context.Context, key clientKey) (*Client, error) {
	signer, err := newSigner(key.signer, key.key)
	if err != nil {
		return nil, err
	}
	client, err := storage.NewClient(ctx, storage.WithJSONReads())
	if err != nil {
		return nil, fmt.Errorf("open the storage client: %w", err)
	}
	c := &Client{storage: client, signer: signer}
	if key.emulator != "" {
		c.local, c.http = newEndpoint(key.emulator), &http.Client{Timeout: sessionTimeout}
		c.base = c.local.String()
		return c, nil
	}
	if c.http, err = authorised(ctx); err != nil {
		return nil, err
	}
	c.base = "https://storage.googleapis.com"
	return c, nil
}

// endpoint is where an emulator listens.
type endpoint struct {
	insecure bool
	host     string
}

// newEndpoint reads STORAGE_EMULATOR_HOST, which may have a scheme.
func newEndpoint(address string) *endpoint {
	scheme, host, found := strings.Cut(address, "://")
	if !found {
		return &endpoint{insecure: true, host: strings.TrimSuffix(address, "/")}
	}
	return &endpoint{insecure: scheme != "https", host: strings.TrimSuffix(host, "/")}
}

// String returns the address with its scheme.
func (e endpoint) String() string {
	if e.insecure {
		return "http://" + e.host
	}
	return "https://" + e.host
}

// Attributes describes an object.
type Attributes struct {
	Bucket, Name string
	ContentType  string
	SizeBytes    int64
	Generation   int64
	MD5          []byte
	CRC32C       uint32
	Metadata     map[string]string
}

// Attrs returns what is known of an object, NotFound when there is none.
func (c *Client) Attrs(ctx context.Context, bucket, object string) (Attributes, error) {
	attrs, err := c.storage.Bucket(bucket).Object(object).Attrs(ctx)
	if err != nil {
		return Attributes{}, meaning("read attributes", object, err)
	}
	return Attributes{
		Bucket: attrs.Bucket, Name: attrs.Name, ContentType: attrs.ContentType, SizeBytes: attrs.Size,
		Generation: attrs.Generation, MD5: attrs.MD5, CRC32C: attrs.CRC32C, Metadata: attrs.Metadata,
	}, nil
}

// Head returns the first length bytes of an object, fewer when it is shorter.
func (c *Client) Head(ctx context.Context, bucket, object string, length int64) ([]byte, error) {
	reader, err := c.storage.Bucket(bucket).Object(object).NewRangeReader(ctx, 0, length)
	if err != nil {
		return nil, meaning("read", object, err)
	}
	defer func() { _ = reader.Close() }() // it was only read
	head, err := io.ReadAll(io.LimitReader(reader, length))
	if err != nil {
		return nil, meaning("read", object, err)
	}
	return head, nil
}

// Copy copies an object within or between buckets, without moving bytes through here.
func (c *Client) Copy(ctx context.Context, fromBucket, from, toBucket, to string) error {
	source := c.storage.Bucket(fromBucket).Object(from)
	if _, err := c.storage.Bucket(toBucket).Object(to).Retryer(storage.WithPolicy(storage.RetryAlways)).CopierFrom(source).Run(ctx); err != nil {
		return meaning("copy", from, err)
	}
	return nil
}

// Delete deletes an object. One that is gone already is success.
func (c *Client) Delete(ctx context.Context, bucket, object string) error {
	handle := c.storage.Bucket(bucket).Object(object).Retryer(storage.WithPolicy(storage.RetryAlways))
	err := handle.Delete(ctx)
	if err == nil || errors.Is(err, storage.ErrObjectNotExist) {
		return nil
	}
	return meaning("delete", object, err)
}

// meaning tells objects that do not exist and failures that pass from all others.
func meaning(doing, object string, err error) error {
	if errors.Is(err, storage.ErrObjectNotExist) {
		return fault.New(fault.NotFound, ReasonObjectNotFound, "%s object %s: %w", doing, object, err)
	}
	if status, ok := errors.AsType[*googleapi.Error](err); ok && status.Code != http.StatusTooManyRequests && status.Code < 500 {
		return fmt.Errorf("%s object %s: %w", doing, object, err)
	}
	return unavailable(fmt.Errorf("%s object %s: %w", doing, object, err))
}

func unavailable(err error) error {
	f := fault.New(fault.Unavailable, "UNAVAILABLE", "%w", err)
	f.Message = "the media storage is briefly unavailable"
	return f
}
