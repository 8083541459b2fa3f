package operation

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
)

// IdempotencyKeyHeader is the header that names a request which may be repeated.
const IdempotencyKeyHeader = "Idempotency-Key"

// The words of Operation.Access; openapi.yaml says what they mean.
const (
	Public        = "public"
	Token         = "token"
	Registered    = "registered"
	Self          = "self"
	Tutor         = "tutor"
	Administrator = "administrator"
	Signature     = "signature"
)

// AccessWords are all words of Operation.Access.
var AccessWords = []string{Public, Token, Registered, Self, Tutor, Administrator, Signature}

// Operation is one operation of the HTTP API.
type Operation struct {
	ID             string      `json:"id"`
	Method         string      `json:"method"`
	Path           string      `json:"path"`    // template, such as /v1/users/{user}
	Service        string      `json:"service"` // user, course, content, subscription, billing or saga
	Access         []string    `json:"access"`  // any one of them suffices
	Parameters     []Parameter `json:"parameters,omitempty"`
	Body           *Body       `json:"body,omitempty"`
	IdempotencyKey bool        `json:"idempotencyKey,omitempty"` // whether the header is required
	BodyLimitBytes int64       `json:"bodyLimitBytes"`
}

// Parameter is a parameter in the path, the query or a header.
type Parameter struct {
	Name     string  `json:"name"`
	In       string  `json:"in"` // path, query or header
	Required bool    `json:"required,omitempty"`
	Schema   *Schema `json:"schema"`
}

// Body is the body of a request. MediaType */* is taken raw.
type Body struct {
	Required  bool    `json:"required,omitempty"`
	MediaType string  `json:"mediaType"`
	Schema    *Schema `json:"schema"`
}

//go:embed operations/*.json
var files embed.FS

var loaded sync.Map // id -> *Operation

// Load returns the operation of that id. It is parsed once and must not be changed.
func Load(id string) (*Operation, error) {
	if op, ok := loaded.Load(id); ok {
		return op.(*Operation), nil
	}
	encoded, err := files.ReadFile("operations/" + id + ".json")
	if err != nil {
		return nil, fmt.Errorf("operation %q is not in openapi.yaml", id)
	}
	var op Operation
	if err := json.Unmarshal(encoded, &op); err != nil {
		return nil, fmt.Errorf("decode operation %s: %w", id, err)
	}
	if err := op.compile(); err != nil {
		return nil, fmt.Errorf("operation %s: %w", id, err)
	}
	first, _ := loaded.LoadOrStore(id, &op)
	return first.(*Operation), nil
}

// All returns the ids of all operations, sorted.
func All() []string {
	entries, err := fs.ReadDir(files, "operations")
	if err != nil {
		panic(err) // embedded at build time
	}
	ids := make([]string, 0, len(entries))
	for _, entry := range entries {
		ids = append(ids, strings.TrimSuffix(entry.Name(), ".json"))
	}
	return ids
}

// Match returns the path parameters, decoded, of an escaped path that fits the template.
// A parameter is never empty and never holds an escaped slash.
func (o *Operation) Match(path string) (map[string]string, bool) {
	template, segments := strings.Split(o.Path, "/"), strings.Split(path, "/")
	if len(template) != len(segments) {
		return nil, false
	}
	parameters := map[string]string{}
	for i, part := range template {
		segment := segments[i]
		open, end := strings.IndexByte(part, '{'), strings.IndexByte(part, '}')
		if open < 0 {
			if part != segment {
				return nil, false
			}
			continue
		}
		value, ok := strings.CutSuffix(segment, part[end+1:])
		if !ok {
			return nil, false
		}
		decoded, err := url.PathUnescape(value)
		if err != nil || decoded == "" || strings.Contains(decoded, "/") {
			return nil, false
		}
		// A verb belongs to another operation's template.
		if part[end+1:] == "" && strings.Contains(value, ":") {
			return nil, false
		}
		parameters[part[open+1:end]] = decoded
	}
	return parameters, true
}
