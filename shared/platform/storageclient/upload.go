package storageclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cloud.google.com/go/storage"
	"golang.org/x/oauth2/google"
)

// sessionTimeout bounds the opening of an upload session.
const sessionTimeout = 15 * time.Second

// Upload describes an object that a browser is going to upload.
type Upload struct {
	Bucket, Object string
	ContentType    string
	SizeBytes      int64
	// Origin is that of the browser, which Cloud Storage then allows in its CORS answers.
	Origin   string
	Metadata map[string]string
}

// OpenUpload opens a resumable session and returns its address: whoever has it can upload
// this object, of this type and size, for a week. An object that exists is not overwritten.
func (c *Client) OpenUpload(ctx context.Context, upload Upload) (uri string, err error) {
	resource, err := json.Marshal(map[string]any{
		"name": upload.Object, "contentType": upload.ContentType, "metadata": upload.Metadata,
	})
	if err != nil {
		return "", fmt.Errorf("open upload of %s: %w", upload.Object, err)
	}
	query := url.Values{"uploadType": {"resumable"}, "name": {upload.Object}, "ifGenerationMatch": {"0"}}
	address := c.base + "/upload/storage/v1/b/" + url.PathEscape(upload.Bucket) + "/o?" + query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(resource))
	if err != nil {
		return "", fmt.Errorf("open upload of %s: %w", upload.Object, err)
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("X-Upload-Content-Type", upload.ContentType)
	request.Header.Set("X-Upload-Content-Length", strconv.FormatInt(upload.SizeBytes, 10))
	if upload.Origin != "" {
		request.Header.Set("Origin", upload.Origin)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "", unavailable(fmt.Errorf("open upload of %s: %w", upload.Object, err))
	}
	defer func() { _ = response.Body.Close() }() // nothing is lost when it fails
	return session(upload.Object, response)
}

// session reads the address of the session from the answer.
func session(object string, response *http.Response) (string, error) {
	if response.StatusCode == http.StatusOK {
		if uri := response.Header.Get("Location"); uri != "" {
			return uri, nil
		}
		return "", fmt.Errorf("open upload of %s: the answer names no session", object)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return "", unavailable(fmt.Errorf("open upload of %s: %w", object, err))
	}
	refused := fmt.Errorf("open upload of %s: status %d: %s", object, response.StatusCode, text)
	if response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= http.StatusInternalServerError {
		return "", unavailable(refused)
	}
	return "", refused
}

// authorised returns a client with the application's default credentials.
func authorised(ctx context.Context) (*http.Client, error) {
	client, err := google.DefaultClient(ctx, storage.ScopeReadWrite)
	if err != nil {
		return nil, fmt.Errorf("open the storage client: %w", err)
	}
	client.Timeout = sessionTimeout
	return client, nil
}
