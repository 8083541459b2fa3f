package storage

import (
	"context"
	"crypto/rsa"
	"net/http"
	"time"
)

// DefaultAddr is where the emulator listens unless told otherwise.
const DefaultAddr = "127.0.0.1:9199"

// Event types of notifications.
const (
	EventFinalize = "OBJECT_FINALIZE"
	EventDelete   = "OBJECT_DELETE"
)

// Notification sends the events of a bucket to a topic.
type Notification struct {
	Bucket string
	// Topic is given to the Notifier as it is, usually projects/P/topics/T.
	Topic string
	// EventTypes are the events sent; empty means all.
	EventTypes []string
	// ObjectNamePrefix restricts the objects.
	ObjectNamePrefix string
}

// Notifier publishes a notification. It is asked again until it returns nil.
type Notifier interface {
	Notify(ctx context.Context, topic string, data []byte, attributes map[string]string) error
}

// NotifierFunc is a function that is a Notifier.
type NotifierFunc func(ctx context.Context, topic string, data []byte, attributes map[string]string) error

// Notify calls f.
func (f NotifierFunc) Notify(ctx context.Context, topic string, data []byte, attributes map[string]string) error {
	return f(ctx, topic, data, attributes)
}

// Fault is what goes wrong with a request. The zero value is nothing.
type Fault struct {
	Delay        time.Duration // wait before serving
	Status       int           // do not serve, answer this status
	LoseResponse bool          // serve, then cut the connection instead of answering
}

// Options configure a Server. The zero value is an empty server on DefaultAddr that signs
// nobody in and notifies nobody.
type Options struct {
	// Addr is the host and port to listen on; port 0 takes a free one.
	Addr string
	// DataDir keeps objects and unfinished uploads; empty uses a temporary directory.
	DataDir string
	// Buckets are created if they do not exist.
	Buckets []string
	// SigningKeys verify signed URLs, by the email of the service account that signs.
	SigningKeys map[string]*rsa.PublicKey
	// AllowedOrigins may read from a browser; empty allows every origin.
	AllowedOrigins []string
	// Notifications are sent to Notifier, which must not be nil if there are any.
	Notifications []Notification
	Notifier      Notifier
	// Fault, if not nil, decides for each request what goes wrong.
	Fault func(*http.Request) Fault
}
