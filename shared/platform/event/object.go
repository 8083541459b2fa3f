package event

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/kwipper/kwipper/shared/fault"
)

// EventObjectFinalized is the type of the notification that an object has been written.
const EventObjectFinalized = "OBJECT_FINALIZE"

// Object is what Cloud Storage notifies of.
type Object struct {
	EventType   string // such as OBJECT_FINALIZE
	Bucket      string
	Name        string
	Generation  int64
	SizeBytes   int64
	ContentType string
	MD5         string // base64
	CRC32C      string // base64, big endian
	Metadata    map[string]string
}

// ObjectNotification serves a push subscription of Cloud Storage notifications
// (payload format JSON_API_V1).
func ObjectNotification[D any](
	name string,
	wire func(context.Context) (D, error),
	handle func(context.Context, D, Object) error,
) http.HandlerFunc {
	return pushed(name, wire, func(ctx context.Context, dependencies D, _ publisher, m Message) error {
		object, err := decodeObject(m)
		if err != nil {
			return err
		}
		return handle(ctx, dependencies, object)
	})
}

// decodeObject reads a notification: attributes say what happened, data is the object's
// resource, in which 64 bit numbers are strings.
func decodeObject(m Message) (Object, error) {
	var resource struct {
		Bucket      string            `json:"bucket"`
		Name        string            `json:"name"`
		Generation  string            `json:"generation"`
		Size        string            `json:"size"`
		ContentType string            `json:"contentType"`
		MD5Hash     string            `json:"md5Hash"`
		CRC32C      string            `json:"crc32c"`
		Metadata    map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(m.Data, &resource); err != nil {
		return Object{}, fault.New(fault.InvalidArgument, ReasonMalformed, "the notification: %w", err)
	}
	object := Object{
		EventType: m.Attributes["eventType"], Bucket: resource.Bucket, Name: resource.Name,
		ContentType: resource.ContentType, MD5: resource.MD5Hash, CRC32C: resource.CRC32C, Metadata: resource.Metadata,
	}
	if object.EventType == "" || object.Bucket == "" || object.Name == "" {
		return Object{}, fault.New(fault.InvalidArgument, ReasonMalformed, "the notification names no event, bucket or object")
	}
	var err error
	if object.Generation, err = number("generation", resource.Generation); err != nil {
		return Object{}, err
	}
	object.SizeBytes, err = number("size", resource.Size)
	return object, err
}

// number reads a 64 bit number; a notification of a deletion may lack it.
func number(name, digits string) (int64, error) {
	if digits == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.InvalidArgument, ReasonMalformed, "the notification's %s %q is no number", name, digits)
	}
	return n, nil
}
