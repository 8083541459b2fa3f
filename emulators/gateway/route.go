package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// route is one path template with its operations.
type route struct {
	template   string
	segments   []segment
	operations map[string]string // method -> operation id
}

// segment is one part of a path: a literal, or a parameter with a literal behind it, such
// as {content} or {course}:publish.
type segment struct {
	literal   string // behind the parameter, if there is one
	parameter bool
}

// parseRoutes reads the routes of an OpenAPI document. Each operation needs an id of its own.
func parseRoutes(document []byte) ([]route, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	seen := map[string]bool{}
	var routes []route
	for template, item := range doc.Paths.Map() {
		r := route{template: template, segments: parseTemplate(template), operations: map[string]string{}}
		for method, operation := range item.Operations() {
			id := operation.OperationID
			if id == "" || seen[id] {
				return nil, fmt.Errorf("read the OpenAPI document: operation id %q of %s %s is missing or not its own", id, method, template)
			}
			seen[id], r.operations[method] = true, id
		}
		routes = append(routes, r)
	}
	if len(routes) == 0 {
		return nil, fmt.Errorf("read the OpenAPI document: it has no paths")
	}
	// The most literal first: /courses/{c} must not take what belongs to /courses/{c}:publish.
	slices.SortFunc(routes, func(a, b route) int {
		if by := b.literals() - a.literals(); by != 0 {
			return by
		}
		return strings.Compare(a.template, b.template)
	})
	return routes, nil
}

func parseTemplate(template string) []segment {
	var segments []segment
	for part := range strings.SplitSeq(template, "/") {
		if _, literal, found := strings.Cut(part, "}"); found && strings.HasPrefix(part, "{") {
			segments = append(segments, segment{literal: literal, parameter: true})
			continue
		}
		segments = append(segments, segment{literal: part})
	}
	return segments
}

// literals counts the characters of the template that are none of a parameter.
func (r route) literals() int {
	n := 0
	for _, s := range r.segments {
		n += len(s.literal)
	}
	return n
}

// matches reports whether an escaped path fits the template.
func (r route) matches(path string) bool {
	parts := strings.Split(path, "/")
	if len(parts) != len(r.segments) {
		return false
	}
	for i, s := range r.segments {
		if !s.matches(parts[i]) {
			return false
		}
	}
	return true
}

func (s segment) matches(part string) bool {
	if !s.parameter {
		return part == s.literal
	}
	value, ok := strings.CutSuffix(part, s.literal)
	return ok && value != "" && !strings.Contains(value, ":")
}

// operation returns the id of the operation for method. OPTIONS, which every function
// answers, goes to any of the path's unless the document has it.
func (r route) operation(method string) (string, bool) {
	if id, ok := r.operations[method]; ok {
		return id, true
	}
	if method == http.MethodOptions {
		for _, candidate := range r.methods() {
			return r.operations[candidate], true
		}
	}
	return "", false
}

// methods returns the methods of the path, sorted.
func (r route) methods() []string {
	methods := make([]string, 0, len(r.operations))
	for method := range r.operations {
		methods = append(methods, method)
	}
	slices.Sort(methods)
	return methods
}
