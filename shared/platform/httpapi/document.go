package httpapi

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/kwipper/kwipper/shared/fault"
)

// document is what the OpenAPI document says of one operation.
type document struct {
	Method         string
	Access         []string
	IdempotencyKey bool // required
	BodyLimitBytes int64
	Media          string // of the body; empty when the operation takes none, */* for a raw one
	match          func(path string) (map[string]string, bool)
	parameters     func(path map[string]string, query url.Values, header http.Header) []fault.Field
	body           func(body []byte) []fault.Field
}

func load(id string) (document, error) {
	return document{}, fmt.Errorf("operation %s is not in the OpenAPI document", id)
}
