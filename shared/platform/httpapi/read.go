package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/kwipper/kwipper/shared/api/operation"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// defaultBodyLimitBytes bounds the body of an operation that sets no limit of its own.
const defaultBodyLimitBytes = 1 << 20

// anyMedia is the media type of an operation that takes its body raw.
const anyMedia = "*/*"

// read takes body, query and headers in and validates them against the document.
func (r *Request) read() error {
	if err := r.readBody(); err != nil {
		return err
	}
	query, err := url.ParseQuery(r.http.URL.RawQuery)
	if err != nil {
		return fault.New(fault.InvalidArgument, ReasonInvalid, "the query string is malformed")
	}
	r.query = query
	if err := r.readKey(); err != nil {
		return err
	}
	header := r.http.Header.Clone()
	header.Del("Prefer") // what cannot be read of it is ignored (RFC 7240), never refused
	fields := r.operation.ValidateParameters(r.path, query, header)
	if body := r.operation.Body; body != nil && body.MediaType != anyMedia {
		fields = append(fields, body.Validate(r.body)...)
	}
	if len(fields) > 0 {
		return fault.Invalid(fields...)
	}
	return nil
}

// readBody reads a body up to the limit.
func (r *Request) readBody() error {
	limit := r.operation.BodyLimitBytes
	if limit <= 0 {
		limit = defaultBodyLimitBytes
	}
	if r.http.ContentLength > limit {
		return tooLarge(limit)
	}
	body, err := trigger.ReadBody(r.writer, r.http, limit)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return tooLarge(limit)
		}
		return fault.New(fault.InvalidArgument, ReasonInvalid, "the body could not be read: %w", err)
	}
	if r.operation.Body == nil {
		return refuseBody(body)
	}
	r.body = body
	return r.checkMedia()
}

// refuseBody refuses what is said where nothing is to be said. Clients that cannot send an
// empty body send an empty object.
func refuseBody(body []byte) error {
	if said := string(bytes.TrimSpace(body)); said != "" && said != "{}" {
		return fault.Invalid(fault.Field{Name: "body", Description: "the operation takes none"})
	}
	return nil
}

func tooLarge(limit int64) error {
	return fault.New(fault.InvalidArgument, trigger.ReasonBodyTooLarge, "the body is larger than %d bytes", limit)
}

// checkMedia refuses a body of another media type than the document's.
func (r *Request) checkMedia() error {
	if len(r.body) == 0 || r.operation.Body.MediaType == anyMedia {
		return nil
	}
	media, _, err := mime.ParseMediaType(r.http.Header.Get("Content-Type"))
	if err != nil || media != r.operation.Body.MediaType {
		return fault.New(fault.InvalidArgument, trigger.ReasonMediaType, "the body must be %s", r.operation.Body.MediaType)
	}
	return nil
}

// readKey takes the idempotency key in where the operation needs one.
func (r *Request) readKey() error {
	if !r.operation.IdempotencyKey {
		return nil
	}
	key, err := parseIdempotencyKey(r.http.Header.Values(operation.IdempotencyKeyHeader))
	if err != nil {
		return err
	}
	// Path parameters and not the path: "me" and one's own id are the same request.
	path := fmt.Sprint(r.path)
	r.key = idempotency.NewKey(r.caller.Subject, r.operation.ID, r.caller.Country, key, path, r.body)
	return nil
}
